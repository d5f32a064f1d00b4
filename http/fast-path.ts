// What a hundred thousand people send in the same minute goes past Fastify's layers, which cost more than the answer does. Here
// it has the least that such a request can be: a known caller whose requests this server counts alone, no body, no wishes. Any
// other one goes the ordinary way, where it gets the same answer (docs/adr/0015).
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access, IdentifyCaller } from './access.ts'
import type { Caller } from './auth.ts'
import { beforeFastify } from './before-fastify.ts'
import { headersOf } from './errors.ts'
import type { Metrics } from './metrics.ts'
import type { App, HttpParts } from './parts.ts'
import { problemOf, problemType } from './problem.ts'
import type { CountAlone } from './rate-limit.ts'
import { dataHeaders } from './security-headers.ts'

export interface FastRoute {
  readonly method: 'GET' | 'POST'
  /** As Fastify knows it. */
  readonly url: string
  readonly access: Exclude<Access, 'public'>
  /** Of the whole address; what it captures is the route's parameter. */
  readonly path: RegExp
  answer(asked: {
    readonly caller: Caller
    readonly param: string
    readonly queueToken: string | undefined
  }): Promise<{ readonly status: number; readonly body: object }>
}

export interface FastPathParts extends Pick<HttpParts, 'log'> {
  readonly identify: IdentifyCaller
  readonly countAlone: CountAlone
  /** Whoever is answered from then on loses the connection. */
  readonly leaving: AbortSignal
  readonly stages: Pick<HttpParts['stages'], 'now'>
  readonly metrics: Pick<Metrics, 'answered' | 'refused'>
}

/** Names and values in turns, as Node takes them. */
type Headers = readonly string[]

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: object
}

interface Taken {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly caller: Caller
  readonly param: string
  readonly counted: Headers
  readonly since: number
}

/** Headers that say something which only the ordinary way understands. */
const wishes = ['content-type', 'transfer-encoding', 'prefer', 'traceparent'] as const

const securityHeaders: Headers = Object.entries(dataHeaders).flat()
const charset = '; charset=utf-8'
const answerHeaders: Headers = ['Content-Type', `application/json${charset}`]

export class FastPath {
  readonly #parts: FastPathParts
  readonly #routes: FastRoute[] = []

  constructor(app: App, parts: FastPathParts) {
    this.#parts = parts
    beforeFastify(app, (request, response) => this.#take(request, response))
  }

  add(route: FastRoute): void {
    this.#routes.push(route)
  }

  #take(request: IncomingMessage, response: ServerResponse): boolean {
    const { identify, countAlone, leaving, stages, log } = this.#parts
    for (const route of this.#routes) {
      if (request.method !== route.method) continue
      const found = route.path.exec(request.url ?? '')
      if (found === null) continue
      const since = stages.now()
      if (leaving.aborted || !isPlain(request)) return false
      const caller = identify(request)
      if (caller === null || !route.access.includes(caller.role)) return false
      const counted = countAlone(caller)
      if (counted === null) return false
      const taken = { request, response, caller, counted, since, param: found[1] ?? '' }
      this.#answer(route, taken).catch((error) => {
        log.error({ err: error }, 'a request could not be answered')
        response.destroy()
      })
      return true
    }
    return false
  }

  async #answer(
    route: FastRoute,
    { request, response, caller, param, counted, since }: Taken,
  ): Promise<void> {
    const { leaving, metrics, stages } = this.#parts
    const id = randomUUID()
    const queueToken = request.headers['queue-token'] as string | undefined
    const { status, headers, body } = await route
      .answer({ caller, param, queueToken })
      .then((answer) => ({ ...answer, headers: answerHeaders }))
      .catch((error) => this.#problem(error, route, id))
    const text = JSON.stringify(body)
    response.writeHead(status, [
      ...securityHeaders,
      ...counted,
      ...headers,
      ...['Request-Id', id, 'Content-Length', String(Buffer.byteLength(text))],
      ...(leaving.aborted ? ['Connection', 'close'] : []),
    ])
    response.end(text, () => metrics.answered(route.method, route.url, status, stages.now() - since))
  }

  #problem(error: unknown, { method }: FastRoute, id: string): Answer {
    const { log, metrics } = this.#parts
    const problem = problemOf(error, id, method !== 'GET')
    if (problem.status >= 500) log.error({ reqId: id, err: error }, 'answered with a failure')
    metrics.refused(problem.code)
    return { ...problem, headers: headersOf(problem, `${problemType}${charset}`).flat() }
  }
}

const isPlain = ({ headers }: IncomingMessage): boolean =>
  headers.host !== undefined &&
  (headers['content-length'] ?? '0') === '0' &&
  wishes.every((name) => headers[name] === undefined)
