// How many commands one server has in hand. Whoever comes beyond that is told at once to come again, before a token is
// checked or a body read: what is accepted keeps its pace, and nothing piles up.
import { type ErrorCode, HoldfastError } from '../engine/errors.ts'
import type { App } from './parts.ts'
import { problemOf, problemType } from './problem.ts'

const code: ErrorCode = 'overloaded'
const refusal = new HoldfastError(code, 'This server has as many requests in hand as it serves well.', {
  mayHaveBeenAccepted: false,
})
/** Stands in for the request's id in a body that is written once. */
const placeholder = '\u0000'

/** The first hook: what was done for a request before it is turned away is taken from those who were let in. */
export function refuseOverload(app: App, inHandMax: number): void {
  const { status, retryAfterS, body } = problemOf(refusal, placeholder, true)
  const [before = '', after = ''] = JSON.stringify(body).split(JSON.stringify(placeholder).slice(1, -1))
  let inHand = 0

  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST' || !request.url.startsWith('/v1/reservations')) return done()
    if (inHand < inHandMax) {
      inHand++
      reply.raw.once('close', () => inHand--)
      return done()
    }
    request.problemCode = code
    const text = `${before}${request.id}${after}`
    reply.hijack()
    reply.raw.writeHead(status, {
      'Content-Type': problemType,
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
      'Request-Id': request.id,
      'Retry-After': String(retryAfterS ?? 1),
      'X-Content-Type-Options': 'nosniff',
    })
    reply.raw.end(text)
    // Its body is small, and read for nobody: the connection is good for the next request.
    request.raw.resume()
  })
}
