// One keep-alive connection that sends one request at a time and reads no more of the answer than it must: the load
// generator shares the machine with what it measures.
import { connect, type Socket } from 'node:net'

export interface Reply {
  readonly status: number
  readonly body: string
  readonly bytes: number
  /** Empty where the answer does not have it. */
  header(name: string): string
}

/** What is longer nobody looks at. */
const bodyReadMax = 65_536
const headEnd = Buffer.from('\r\n\r\n')

export class LoadConnection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #answer: ((reply: Reply) => void) | null = null
  #fail: ((error: Error) => void) | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail?.(error))
    socket.on('close', () => this.#fail?.(new Error('the server closed the connection')))
  }

  static open(port: number): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject)
        resolve(new LoadConnection(socket))
      })
      socket.once('error', reject)
    })
  }

  send(request: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the server closed the connection'))
      this.#answer = resolve
      this.#fail = reject
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#fail = null
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf(headEnd)
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const status = Number(head.slice(9, 12))
    const length = status === 304 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const total = end + headEnd.length + length
    if (this.#received.length < total) return
    const reply = {
      status,
      body: length > bodyReadMax ? '' : this.#received.toString('utf8', end + headEnd.length, total),
      bytes: total,
      header: (name: string) => new RegExp(`\r\n${name}: ([^\r]+)`, 'i').exec(head)?.[1] ?? '',
    }
    this.#received = this.#received.subarray(total)
    this.#answer?.(reply)
  }
}

export function httpRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
): string {
  let text = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  if (body === null) return `${text}\r\n`
  const length = Buffer.byteLength(body)
  return `${text}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`
}
