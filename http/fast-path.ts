// What a hundred thousand people send in the same minute goes past Fastify's layers, which cost more than the answer does. Here
// it has the least that such a request can be: a known buyer far from the limit of requests, no body, no wishes. Any other one
// goes the ordinary way, where it gets the same answer (docs/adr/0015).
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError } from '../engine/errors.ts'
import type { Authenticator, Caller } from './auth.ts'
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
  /** Of the whole address; what it captures is the route's parameter. */
  readonly path: RegExp
  answer(asked: {
    readonly caller: Caller
    readonly param: string
    readonly queueToken: string | undefined
  }): Promise<{ readonly status: number; readonly body: object }>
}

export interface FastPathParts extends Pick<HttpParts, 'authenticator' | 'log'> {
  readonly stages: Pick<HttpParts['stages'], 'now'>
  readonly countAlone: CountAlone
  /** Whoever is answered from then on loses the connection. */
  readonly leaving: AbortSignal
  readonly metrics: Pick<Metrics, 'answered' | 'refused'>
}

/** Headers that say something which only the ordinary way understands. */
const wishes = ['content-type', 'transfer-encoding', 'prefer', 'traceparent'] as const

const securityHeaders = Object.entries(dataHeaders).flat()
const charset = '; charset=utf-8'

export class FastPath {
  readonly #parts: FastPathParts
  readonly #routes: FastRoute[] = []

  constructor(app: App, parts: FastPathParts) {
    this.#parts = parts
    beforeFastify(app, (request, response) => this.#take(request, response))
  }

  /** For buyers. */
  add(route: FastRoute): void {
    this.#routes.push(route)
  }

  #take(request: IncomingMessage, response: ServerResponse): boolean {
    const { authenticator, countAlone, leaving } = this.#parts
    for (const route of this.#routes) {
      if (request.method !== route.method) continue
      const found = route.path.exec(request.url ?? '')
      if (found === null) continue
      if (leaving.aborted || !isPlain(request)) return false
      const caller = buyerOf(authenticator, request.headers.authorization)
      const counted = caller && countAlone(caller)
      if (!counted) return false
      const headers = [...securityHeaders, ...counted]
      void this.#answer(route, { request, response, headers, caller, param: found[1] ?? '' })
      return true
    }
    return false
  }

  async #answer(
    route: FastRoute,
    taken: {
      readonly request: IncomingMessage
      readonly response: ServerResponse
      readonly headers: string[]
      readonly caller: Caller
      readonly param: string
    },
  ): Promise<void> {
    const { metrics, stages } = this.#parts
    const { request, response, headers, caller, param } = taken
    const since = stages.now()
    const id = randomUUID()
    headers.push('Request-Id', id)
    const queueToken = request.headers['queue-token'] as string | undefined
    const { status, body } = await route
      .answer({ caller, param, queueToken })
      .catch((error) => this.#problem(error, route, id, headers))
    const text = JSON.stringify(body)
    if (status < 400) headers.push('Content-Type', `application/json${charset}`)
    headers.push('Content-Length', String(Buffer.byteLength(text)))
    response.writeHead(status, headers)
    response.end(text)
    metrics.answered(route.method, route.url, status, stages.now() - since)
  }

  #problem(error: unknown, { method }: FastRoute, id: string, headers: string[]) {
    const { log, metrics } = this.#parts
    const problem = problemOf(error, id, method !== 'GET')
    if (problem.status >= 500) log.error({ reqId: id, err: error }, 'answered with a failure')
    metrics.refused(problem.code)
    headers.push(...headersOf(problem, `${problemType}${charset}`).flat())
    return problem
  }
}

const isPlain = ({ headers }: IncomingMessage): boolean =>
  (headers['content-length'] ?? '0') === '0' && wishes.every((name) => headers[name] === undefined)

/** Null for everybody else. */
function buyerOf(authenticator: Authenticator, authorization: string | undefined): Caller | null {
  if (authorization === undefined) return null
  try {
    const caller = authenticator.authenticate(authorization)
    return caller.role === 'buyer' ? caller : null
  } catch (error) {
    if (error instanceof HoldfastError) return null
    throw error
  }
}
