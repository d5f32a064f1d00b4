// The way of a request to the server and of its answer back: over connections that are kept, as clients do, or byte by byte where
// no client would send such a thing.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Request } from './requests.ts'

export interface Answer {
  /** 0 where the server hung up without a word. */
  readonly status: number
  readonly contentType: string
  readonly retryAfter: string | undefined
  /** Their names, in small letters. */
  readonly headers: readonly string[]
  readonly requestId: string
  readonly text: string
  readonly body: unknown
}

const host = '127.0.0.1'
const endOfEvent = '\n\n'

export class Sockets {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true })

  constructor(port: number) {
    this.#port = port
  }

  close(): void {
    this.#agent.destroy()
  }

  /** A stream has no end of its own: it is read as far as its first event. */
  async ask({ route, url, headers, payload, bytes }: Request): Promise<Answer> {
    if (bytes !== null) return this.#send(bytes)
    const asked = request({
      host,
      port: this.#port,
      agent: this.#agent,
      path: url,
      method: route.method,
      headers,
    }).end(payload)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const { statusCode: status = 0, headers: told } = answer
    // Who names the last event may have missed none.
    const events = headers['last-event-id'] === undefined ? 2 : 1
    const isStream = route.isStream && status === 200
    return answerOf(status, told, isStream ? await beginning(answer, events) : await text(answer))
  }

  async #send(bytes: Buffer): Promise<Answer> {
    const socket = connect(this.#port, host)
    socket.write(bytes)
    const [head = '', ...rest] = (await text(socket)).split('\r\n\r\n')
    const [line = '', ...lines] = head.split('\r\n')
    const headers = Object.fromEntries(
      lines.map((each) => {
        const [name = '', value = ''] = each.split(/: (.*)/)
        return [name.toLowerCase(), value]
      }),
    )
    return answerOf(Number(line.split(' ')[1] ?? 0), headers, rest.join('\r\n\r\n'))
  }
}

function answerOf(status: number, headers: Readonly<Record<string, unknown>>, said: string): Answer {
  const contentType = String(headers['content-type'] ?? '')
  return {
    status,
    contentType,
    text: said,
    retryAfter: headers['retry-after'] as string | undefined,
    headers: Object.keys(headers),
    requestId: String(headers['request-id']),
    body: contentType.includes('json') && said !== '' ? JSON.parse(said) : said,
  }
}

async function beginning(answer: IncomingMessage, events: number): Promise<string> {
  let read = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    read += chunk
    if (read.split(endOfEvent).length > events) break
  }
  answer.destroy()
  return read
}
