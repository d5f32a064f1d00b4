// How many commands one server has in hand. Whoever comes beyond that is told at once to come again, before Fastify, a token
// or a body is looked at: what is accepted keeps its pace, and nothing piles up. A command is in hand from when it is there
// whole: whoever sends half a body takes up nothing of what others wait for.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorCode, HoldfastError } from '../engine/errors.ts'
import { beforeFastify } from './before-fastify.ts'
import { headersOf } from './errors.ts'
import type { App } from './parts.ts'
import { problemOf } from './problem.ts'
import { dataHeaders } from './security-headers.ts'
import { traceparentOf } from './trace-context.ts'

export interface Allowance {
  /** Ascending ms, with fractions. */
  readonly now: () => number
  /** Commands in hand, however quickly they go. */
  readonly inHandMax: number
  /** Commands in hand, however slowly they go. */
  readonly inHandMin: number
  /** How long those in hand may take all together, by the pace of late: then no more are let in. */
  readonly inHandMs: number
}

/** Of how late the pace is. */
const paceWindowMs = 250

const code: ErrorCode = 'overloaded'
const refusal = new HoldfastError(code, 'This server has as many requests in hand as it serves well.', {
  mayHaveBeenAccepted: false,
})
/** Stands in for the request's id, as long as one, in a body that is written once. */
const placeholder = randomUUID()

export class CommandsInHand {
  readonly #parts: Allowance
  #count = 0
  #done = 0
  #since: number
  /** Whether there were many all the while: only then does the pace say what the server can do. */
  #wasBusy = false
  #allowed: number

  constructor(parts: Allowance) {
    this.#parts = parts
    this.#since = parts.now()
    this.#allowed = parts.inHandMax
  }

  hasRoom(): boolean {
    this.#lookAtPace()
    return this.#count < this.#allowed
  }

  /**
   * Once the request is there whole; until its answer is sent, or nobody waits for that any more.
   * @throws {HoldfastError} `overloaded` where there is no room left
   */
  enter(response: Pick<ServerResponse, 'once' | 'closed'>): void {
    if (response.closed) return // its 'close' has been, and does not come again
    if (this.#count >= this.#allowed) throw refusal
    this.#count++
    response.once('close', this.#leave)
  }

  readonly #leave = (): void => {
    this.#count--
    this.#done++
  }

  #lookAtPace(): void {
    const { now, inHandMax, inHandMin, inHandMs } = this.#parts
    const elapsedMs = now() - this.#since
    if (elapsedMs < paceWindowMs) return
    const isBusy = this.#count >= inHandMin
    const fit = Math.round((this.#done / elapsedMs) * inHandMs)
    this.#allowed = isBusy && this.#wasBusy ? Math.min(inHandMax, Math.max(inHandMin, fit)) : inHandMax
    this.#wasBusy = isBusy
    this.#done = 0
    this.#since += elapsedMs
  }
}

/** Of a route; of a request, whose address may have no route. */
export const isCommand = ({
  method,
  url = '',
}: {
  readonly method?: unknown
  readonly url?: string | undefined
}): boolean => method === 'POST' && url.startsWith('/v1/reservations')

/**
 * The fast path enters by itself what it answers.
 * @param refused called for each answer that says no
 */
export function refuseOverload(app: App, inHand: CommandsInHand, refused: (code: ErrorCode) => void): void {
  const problem = problemOf(refusal, placeholder, true)
  const text = JSON.stringify(problem.body)
  const [before = '', after = ''] = text.split(placeholder)
  const headers = [...headersOf(problem), ...Object.entries(dataHeaders)].flat()
  headers.push('Content-Length', String(Buffer.byteLength(text)), 'Request-Id')

  const turnAway = (request: IncomingMessage, response: ServerResponse) => {
    const id = randomUUID()
    const told: string[] = [id]
    const traceparent = traceparentOf(request.headers)
    if (traceparent !== null) told.push('traceparent', traceparent)
    response.writeHead(problem.status, headers.concat(told))
    response.end(`${before}${id}${after}`)
    // Its body is small, and read for nobody: the connection is good for the next request.
    request.resume()
    refused(code)
  }

  beforeFastify(app, (request, response) => {
    if (!isCommand(request) || inHand.hasRoom()) return false
    turnAway(request, response)
    return true
  })
  app.addHook('onRoute', (route) => {
    if (isCommand(route)) route.preValidation = async (_request, reply) => inHand.enter(reply.raw)
  })
}
