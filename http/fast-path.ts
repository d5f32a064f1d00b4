// What a hundred thousand people send in the same minute goes past Fastify's layers, which cost more than the answer does. Here
// it has the least that such a request can be: a known caller whose requests this server counts alone, a body that comes along
// with its head, and what the route reads without a fault. Any other one goes the ordinary way, where it gets the same answer
// (docs/adr/0015).
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { limits } from '../engine/limits.ts'
import type { Access, IdentifyCaller } from './access.ts'
import type { Caller } from './auth.ts'
import { beforeFastify } from './before-fastify.ts'
import type { SetHeader } from './commands.ts'
import { headersOf, isFailure } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { type CommandsInHand, isCommand } from './overload.ts'
import type { App, HttpParts } from './parts.ts'
import { problemOf } from './problem.ts'
import type { CountAlone } from './rate-limit.ts'
import { dataHeaders } from './security-headers.ts'

/** What a request says besides its address and its caller. */
export interface Said {
  readonly headers: IncomingHttpHeaders
  /** Undefined where there is none. */
  readonly body: unknown
}

export interface Asked<Input> {
  readonly caller: Caller
  readonly param: string
  readonly input: Input
  readonly header: SetHeader
}

export interface FastRoute<Input> {
  readonly method: 'GET' | 'POST'
  /** As Fastify knows it. */
  readonly url: string
  readonly access: Exclude<Access, 'public'>
  /** Of the whole address; what it captures is the route's parameter. */
  readonly path: RegExp
  /** Null where there is anything that the ordinary way should look at. */
  read(said: Said): Input | null
  answer(asked: Asked<Input>): Promise<{ readonly status: number; readonly body: object }>
}

export interface FastPathParts extends Pick<HttpParts, 'log'> {
  readonly identify: IdentifyCaller
  readonly countAlone: CountAlone
  readonly inHand: Pick<CommandsInHand, 'enter'>
  /** Whoever is answered from then on loses the connection. */
  readonly leaving: AbortSignal
  readonly stages: Pick<HttpParts['stages'], 'now'>
  readonly metrics: Pick<Metrics, 'answered' | 'refused'>
}

interface Answer {
  readonly status: number
  /** Names and values in turns, as Node takes them. */
  readonly headers: readonly string[]
  readonly body: object
}

interface KnownRoute extends FastRoute<unknown> {
  readonly isCommand: boolean
}

interface Arrival {
  readonly route: KnownRoute
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly caller: Caller
  readonly param: string
  /** Node's counter as it came. */
  readonly since: number
}

const jsonType = 'application/json'
const securityHeaders = Object.entries(dataHeaders).flat()
const answerHeaders = ['Content-Type', `${jsonType}; charset=utf-8`]

export class FastPath {
  readonly #parts: FastPathParts
  readonly #routes: KnownRoute[] = []

  constructor(app: App, parts: FastPathParts) {
    this.#parts = parts
    beforeFastify(app, (request, response, others) => this.#take(request, response, others))
  }

  add<Input>(route: FastRoute<Input>): void {
    this.#routes.push({ ...(route as FastRoute<unknown>), isCommand: isCommand(route) })
  }

  #take(request: IncomingMessage, response: ServerResponse, others: () => void): boolean {
    const { identify, leaving, stages } = this.#parts
    for (const route of this.#routes) {
      if (request.method !== route.method) continue
      const found = route.path.exec(request.url ?? '')
      if (found === null) continue
      const since = stages.now()
      const length = plainLength(request.headers)
      if (leaving.aborted || length === null) return false
      const caller = identify(request)
      if (caller === null || !route.access.includes(caller.role)) return false
      const asked = { route, request, response, caller, since, param: found[1] ?? '' }
      if (length === 0) return this.#answers(asked, undefined)
      process.nextTick(() => {
        if (!this.#answersWithBody(asked, length)) others()
      })
      return true
    }
    return false
  }

  /**
   * What came along with the head has been read by now. For the rest of a body Fastify waits, which counts the request first:
   * nobody takes up a server, uncounted, with a body that never comes.
   */
  #answersWithBody(asked: Arrival, length: number): boolean {
    const { request } = asked
    if (request.readableLength < length) return false
    const bytes: Buffer = request.read()
    const isAnswered = this.#answers(asked, parsed(bytes))
    if (isAnswered) request.resume()
    else request.unshift(bytes)
    return isAnswered
  }

  #answers(asked: Arrival, body: unknown): boolean {
    const { countAlone, log } = this.#parts
    const { route, request, response, caller } = asked
    const input = route.read({ headers: request.headers, body })
    if (input === null) return false
    const counted = countAlone(caller)
    if (counted === null) return false
    this.#answer(asked, input, counted).catch((error) => {
      log.error({ err: error }, 'a request could not be answered')
      response.destroy()
    })
    return true
  }

  async #answer(
    { route, response, caller, param, since }: Arrival,
    input: unknown,
    counted: readonly string[],
  ): Promise<void> {
    const { inHand, leaving, metrics, stages } = this.#parts
    const id = randomUUID()
    const told: string[] = []
    const header: SetHeader = (name, value) => void told.push(name, value)
    let answer: Answer
    try {
      if (route.isCommand) inHand.enter(response)
      const { status, body } = await route.answer({ caller, param, input, header })
      answer = { status, headers: answerHeaders, body }
    } catch (error) {
      answer = this.#problem(error, route, id)
    }
    const text = JSON.stringify(answer.body)
    told.push('Request-Id', id, 'Content-Length', String(Buffer.byteLength(text)))
    if (leaving.aborted) told.push('Connection', 'close')
    response.writeHead(answer.status, securityHeaders.concat(counted, answer.headers, told))
    response.end(text)
    metrics.answered(route.method, route.url, answer.status, stages.now() - since)
  }

  #problem(error: unknown, { method }: FastRoute<unknown>, id: string): Answer {
    const { log, metrics } = this.#parts
    const problem = problemOf(error, id, method !== 'GET')
    if (isFailure(problem)) log.error({ reqId: id, err: error }, 'answered with a failure')
    metrics.refused(problem.code)
    return { ...problem, headers: headersOf(problem).flat() }
  }
}

/** Of the body, in bytes; null where a header says something that only the ordinary way understands. */
function plainLength(headers: IncomingHttpHeaders): number | null {
  const { host, traceparent, 'content-length': said = '0', 'content-type': type } = headers
  if (host === undefined || traceparent !== undefined || headers['transfer-encoding'] !== undefined)
    return null
  const length = Number(said)
  if (String(length) !== said || length > limits.bodyBytesMax) return null
  return type === (length === 0 ? undefined : jsonType) ? length : null
}

/** Null for what is no JSON: no route reads that. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}
