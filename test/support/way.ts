// A way to a server, of our own, on which all that networks do can be acted out: delays, cuts, links that stay open and
// carry nothing, and bytes that stand still before a certain text.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

/** The longest text that is found where two pieces meet. */
const overlapBytes = 64

type Direction = 'toServer' | 'toClient'

export class Way {
  readonly port: number
  readonly #links = new Set<Link>()
  #stopped: ReadonlySet<Direction> = new Set()
  #delayMs = 0
  #isClosed = false
  #cutAfter: string | null = null
  #stopBefore: { readonly text: string; readonly done: () => void } | null = null
  /** How often `cutAfter` came about. */
  cuts = 0
  /** What the server has sent so far, over all connections. */
  bytesBack = 0
  #bytesBackMax = Number.POSITIVE_INFINITY

  constructor(port: number) {
    this.port = port
  }

  /** The same server by this way. */
  to(url: string): string {
    const there = new URL(url)
    there.hostname = '127.0.0.1'
    there.port = String(this.port)
    return there.href
  }

  /** The next time that a client sends this text, the server gets it, and the client loses its connection. */
  cutAfter(text: string): void {
    this.#cutAfter = text
  }

  /** The next time that a client sends this text, all that clients send stands still; resolves when it does. */
  stopBefore(text: string): Promise<void> {
    return new Promise((done) => {
      this.#stopBefore = { text, done }
    })
  }

  /** Once the server has sent so many bytes, all connections are lost, and each new one is at once. */
  breakAfter(bytesBack: number): void {
    this.#bytesBackMax = bytesBack
  }

  /** What clients send arrives no more; what the server sends does. */
  stop(): void {
    this.#stopped = new Set(['toServer'])
  }

  /** Nothing arrives any more, and nobody is told: connections stay open, and new ones open. */
  silence(): void {
    this.#stopped = new Set(['toServer', 'toClient'])
  }

  /** Each piece arrives this much later, in its order. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** All connections are lost. */
  cut(): void {
    for (const link of this.#links) link.end()
  }

  /** All connections are lost, and each new one is at once. */
  close(): void {
    this.#isClosed = true
    this.cut()
  }

  /** As at the beginning; what stood still arrives now. */
  heal(): void {
    this.#stopped = new Set()
    this.#delayMs = 0
    this.#isClosed = false
    for (const link of this.#links) link.release()
  }

  /** How many pieces stand still. */
  get standing(): number {
    return [...this.#links].reduce((sum, link) => sum + link.standing, 0)
  }

  join(client: Socket, server: Socket): void {
    const link = new Link({ toServer: server, toClient: client })
    if (this.#isClosed) {
      link.end()
      return
    }
    this.#links.add(link)
    let tail = ''
    client.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      this.#look(link, (sought) => (tail.slice(1 - sought.length) + text).includes(sought))
      tail = (tail + text).slice(-overlapBytes)
      this.#pass(link, bytes, 'toServer')
    })
    server.on('data', (bytes) => {
      this.bytesBack += bytes.length
      if (this.bytesBack >= this.#bytesBackMax) this.cut()
      else if (link.isDeaf) link.end()
      else this.#pass(link, bytes, 'toClient')
    })
    for (const socket of [client, server])
      socket
        .on('error', () => {})
        .on('close', () => {
          link.end()
          this.#links.delete(link)
        })
  }

  #look(link: Link, passes: (sought: string) => boolean): void {
    if (this.#cutAfter !== null && passes(this.#cutAfter)) {
      this.#cutAfter = null
      this.cuts++
      link.isDeaf = true
    }
    if (this.#stopBefore !== null && passes(this.#stopBefore.text)) {
      this.stop()
      this.#stopBefore.done()
      this.#stopBefore = null
    }
  }

  #pass(link: Link, bytes: Buffer, direction: Direction): void {
    link.add(direction, { bytes, dueAt: performance.now() + this.#delayMs })
    const move = () => link.move(this.#stopped)
    if (this.#delayMs > 0) setTimeout(move, this.#delayMs + 1)
    else move()
  }
}

interface Piece {
  readonly bytes: Buffer
  /** Not before this moment. */
  dueAt: number
}

/** One connection: whatever happens on it, bytes arrive in their order or not at all. */
class Link {
  readonly #to: Readonly<Record<Direction, Socket>>
  readonly #pieces: Readonly<Record<Direction, Piece[]>> = { toServer: [], toClient: [] }
  /** The client hears nothing more. */
  isDeaf = false

  constructor(to: Readonly<Record<Direction, Socket>>) {
    this.#to = to
  }

  get standing(): number {
    return this.#pieces.toServer.length + this.#pieces.toClient.length
  }

  add(direction: Direction, piece: Piece): void {
    this.#pieces[direction].push(piece)
  }

  move(stopped: ReadonlySet<Direction>): void {
    for (const direction of ['toServer', 'toClient'] as const) {
      if (stopped.has(direction)) continue
      const pieces = this.#pieces[direction]
      while (pieces[0] !== undefined && pieces[0].dueAt <= performance.now())
        this.#to[direction].write(pieces.shift()?.bytes ?? '')
    }
  }

  /** All that stands arrives at once. */
  release(): void {
    for (const pieces of Object.values(this.#pieces)) for (const piece of pieces) piece.dueAt = 0
    this.move(new Set())
  }

  end(): void {
    for (const socket of Object.values(this.#to)) socket.destroy()
  }
}

/** Ends with the test. */
export async function wayTo(t: ExecutionContext, url: string): Promise<Way> {
  const { hostname, port } = new URL(url)
  const listener = createServer((client) => way.join(client, connect(Number(port), hostname)))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const way = new Way((listener.address() as AddressInfo).port)
  t.teardown(() => {
    listener.close()
    way.cut()
  })
  return way
}
