// Server-sent events: open streams are counted per user, kept alive by heartbeats, cut off when their reader is too
// slow, and ended when the server stops. Clients read them with fetch, so the bearer token stays in its header.
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import type { Clock } from '../engine/ports.ts'
import { callerOf } from './access.ts'
import type { Caller } from './auth.ts'
import type { Metrics } from './metrics.ts'
import { takeConnection } from './take-connection.ts'

export interface StreamEvent {
  readonly event: string
  /** What a client that comes back names in Last-Event-ID, where the stream can go on from there. */
  readonly id?: number
  readonly data: unknown
}

/** As it goes over the wire; a broadcast formats it once for all. */
export const formatEvent = ({ event, id, data }: StreamEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

export class EventStream {
  /** ms since the epoch */
  readonly openedAt: number
  #socket: Socket | null = null
  /** Until it is started. */
  #unsent = ''
  #isEnded = false
  #isOver = false
  #endListeners: readonly (() => void)[] = []
  #beatListener: () => void = () => {}

  constructor(openedAt: number) {
    this.openedAt = openedAt
  }

  write(text: string): void {
    if (this.#isEnded || this.#isOver) return
    if (this.#socket === null) {
      this.#unsent += text
      return
    }
    if (!this.#socket.writable) return
    this.#socket.write(text)
    if (this.#socket.writableLength > limits.streamBacklogBytesMax) this.#socket.destroy()
  }

  send(event: StreamEvent): void {
    this.write(formatEvent(event))
  }

  /** All that it was sent so far goes after the head, and what comes from then on at once. */
  start(socket: Socket, head: string): void {
    this.#socket = socket
    socket.on('close', () => this.#finish())
    socket.write(`${head}${this.#unsent}`)
    this.#unsent = ''
    if (socket.destroyed) this.#finish()
    else if (this.#isEnded) hangUp(socket)
  }

  beat(): void {
    this.write(': alive\n\n')
    this.#beatListener()
  }

  /** At each heartbeat; one listener. */
  onBeat(listener: () => void): void {
    this.#beatListener = listener
  }

  /** Once all is sent, or its reader takes too long to read it. */
  end(): void {
    this.#isEnded = true
    if (this.#socket !== null) hangUp(this.#socket)
  }

  /** Where it was never started: nobody reads it to its end. */
  abandon(): void {
    this.#finish()
  }

  /** Once, when the stream is over, whoever ended it. */
  onEnd(listener: () => void): void {
    if (this.#isOver) listener()
    // Not pushed: an array that grows makes room for seventeen.
    else this.#endListeners = [...this.#endListeners, listener]
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const listener of this.#endListeners) listener()
    this.#endListeners = []
  }
}

function hangUp(socket: Socket): void {
  socket.destroySoon()
  setTimeout(() => socket.destroy(), limits.streamRestMs).unref()
}

export class EventStreams {
  readonly #clock: Clock
  readonly #metrics: Pick<Metrics, 'openStreams'>
  readonly #openStreams = new Map<EventStream, Caller>()
  readonly #perUser = new Map<string, number>()
  readonly #closing = new AbortController()
  #isBeating = false

  constructor(clock: Clock, metrics: Pick<Metrics, 'openStreams'>) {
    this.#clock = clock
    this.#metrics = metrics
  }

  /**
   * Answers with a stream that sends what it is filled with. Whatever goes wrong before it starts, it is open no longer.
   * @throws {HoldfastError} `too_many_requests` above the number of streams that one user may have
   */
  async answer(
    reply: FastifyReply,
    fill: (stream: EventStream) => void | Promise<void>,
  ): Promise<FastifyReply> {
    const stream = this.#open(callerOf(reply.request))
    try {
      await fill(stream)
      return start(stream, reply)
    } catch (error) {
      stream.abandon()
      throw error
    }
  }

  close(): void {
    this.#closing.abort()
    for (const stream of this.#openStreams.keys()) stream.end()
  }

  #open(caller: Caller): EventStream {
    const { userId } = caller
    const count = this.#perUser.get(userId) ?? 0
    if (count >= limits.streamsPerUserMax)
      throw new HoldfastError('too_many_requests', `${limits.streamsPerUserMax} streams are open already.`, {
        retryAfterS: Math.ceil(limits.streamHeartbeatMs / 1_000),
      })
    if (this.#closing.signal.aborted) throw new HoldfastError('unavailable', 'The server is stopping.')
    const stream = new EventStream(this.#clock.now())
    // Headers leave with the first byte, and the first event may take its time.
    stream.write(': open\n\n')
    this.#perUser.set(userId, count + 1)
    this.#openStreams.set(stream, caller)
    this.#metrics.openStreams.inc()
    stream.onEnd(() => this.#forget(stream, userId))
    if (!this.#isBeating) void this.#beat()
    return stream
  }

  #forget(stream: EventStream, userId: string): void {
    this.#openStreams.delete(stream)
    this.#metrics.openStreams.dec()
    const count = (this.#perUser.get(userId) ?? 1) - 1
    if (count === 0) this.#perUser.delete(userId)
    else this.#perUser.set(userId, count)
  }

  /** Keeps connections open, shows dead ones, and ends those whose token has run out. */
  async #beat(): Promise<void> {
    this.#isBeating = true
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#clock.sleep(limits.streamHeartbeatMs, signal)
      for (const [stream, { expiresAt }] of this.#openStreams) {
        if (expiresAt <= this.#clock.now()) stream.end()
        else stream.beat()
      }
    }
  }
}

/** The connection carries the stream from here on, and nothing else any more. */
function start(stream: EventStream, reply: FastifyReply): FastifyReply {
  if (reply.raw.socket === null)
    throw new HoldfastError('invalid_request', 'A stream does not wait for the answer before it.')
  reply
    .header('Content-Type', 'text/event-stream')
    .header('Cache-Control', 'no-store')
    .header('Connection', 'close')
    .header('X-Accel-Buffering', 'no')
    .hijack()
  const head = headOf({ ...reply.getHeaders(), date: new Date(stream.openedAt).toUTCString() })
  stream.start(takeConnection(reply.request.raw, reply.raw), head)
  return reply
}

const headOf = (headers: Readonly<Record<string, unknown>>): string => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`
}
