// How many commands one server has in hand. Whoever comes beyond that is told at once to come again, before Fastify, a token
// or a body is looked at: what is accepted keeps its pace, and nothing piles up.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorCode, HoldfastError } from '../engine/errors.ts'
import { beforeFastify } from './before-fastify.ts'
import type { App } from './parts.ts'
import { problemOf, problemType } from './problem.ts'

export interface OverloadParts {
  /** Ascending ms, with fractions. */
  readonly now: () => number
  /** Commands in hand, however quickly they go. */
  readonly inHandMax: number
  /** Commands in hand, however slowly they go. */
  readonly inHandMin: number
  /** How long those in hand may take all together, by the pace of late: then no more are let in. */
  readonly inHandMs: number
  /** Called for each answer that says no. */
  readonly refused: (code: ErrorCode) => void
}

/** Of how late the pace is. */
const paceWindowMs = 250

const code: ErrorCode = 'overloaded'
const refusal = new HoldfastError(code, 'This server has as many requests in hand as it serves well.', {
  mayHaveBeenAccepted: false,
})
/** Stands in for the request's id in a body that is written once. */
const placeholder = '\u0000'

export class CommandsInHand {
  readonly #parts: OverloadParts
  #count = 0
  #done = 0
  #since: number
  /** Whether there were many all the while: only then does the pace say what the server can do. */
  #wasBusy = false
  #allowed: number

  constructor(parts: OverloadParts) {
    this.#parts = parts
    this.#since = parts.now()
    this.#allowed = parts.inHandMax
  }

  /** False where there are too many; otherwise `leave` follows. */
  enter(): boolean {
    this.#lookAtPace()
    if (this.#count >= this.#allowed) return false
    this.#count++
    return true
  }

  leave(): void {
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

export function refuseOverload(app: App, parts: OverloadParts): void {
  const inHand = new CommandsInHand(parts)
  const { status, retryAfterS, body } = problemOf(refusal, placeholder, true)
  const [before = '', after = ''] = JSON.stringify(body).split(JSON.stringify(placeholder).slice(1, -1))

  const turnAway = (request: IncomingMessage, response: ServerResponse) => {
    const id = randomUUID()
    const text = `${before}${id}${after}`
    response.writeHead(status, {
      'Content-Type': problemType,
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
      'Request-Id': id,
      'Retry-After': String(retryAfterS ?? 1),
      'X-Content-Type-Options': 'nosniff',
    })
    response.end(text)
    // Its body is small, and read for nobody: the connection is good for the next request.
    request.resume()
    parts.refused(code)
  }

  beforeFastify(app, (request, response) => {
    if (request.method !== 'POST' || !request.url?.startsWith('/v1/reservations')) return false
    const isRefused = !inHand.enter()
    if (isRefused) turnAway(request, response)
    else response.once('close', () => inHand.leave())
    return isRefused
  })
}
