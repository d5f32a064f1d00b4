// Every way in which Fastify or Node gives a request up ends in the same problem document.

import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import type { App } from './parts.ts'
import { type Problem, problemContentType, problemOf } from './problem.ts'
import { dataHeaders } from './security-headers.ts'
import { traceparentOf } from './trace-context.ts'

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request.id, !readingMethods.has(request.method))
  if (isFailure(problem)) request.log.error({ err: error }, 'answered with a failure')
  request.problemCode = problem.code
  for (const [name, value] of headersOf(problem)) reply.header(name, value)
  return reply.code(problem.status).send(problem.body)
}

/** Of this server or of what it needs; that it has its hands full is counted, and no line for each who comes then. */
export const isFailure = ({ status, code }: Problem): boolean => status >= 500 && code !== 'overloaded'

export function headersOf({ status, retryAfterS }: Problem): [string, string][] {
  const headers: [string, string][] = [
    ['Content-Type', problemContentType],
    ['Cache-Control', 'no-store'],
  ]
  if (retryAfterS !== null) headers.push(['Retry-After', String(retryAfterS)])
  if (status === 401) headers.push(['WWW-Authenticate', 'Bearer realm="holdfast"'])
  return headers
}

export function answerErrors(app: App): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  refuseUnknownAddresses(app)
  // Node's own answer would say nothing.
  app.server.on('checkExpectation', (request, response) => {
    const { status, headers, body } = answerByHand('expectation_failed')
    const traceparent = traceparentOf(request.headers)
    if (traceparent !== null) headers.push(['traceparent', traceparent])
    response.writeHead(status, headers.flat()).end(body)
  })
}

/** Counted, and answered before anybody waits for a body. */
function refuseUnknownAddresses(app: App): void {
  const refusal = new HoldfastError('not_found', 'There is no such route; /docs has all that there are.')
  const count = app.rateLimit()
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (!request.is404) return done(null, payload)
    count.call(app, request, reply).then(() => done(refusal), done)
  })
  app.setNotFoundHandler((request, reply) => sendProblem(refusal, request, reply))
}

const codeOfClientError: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/**
 * For what Node's parser gives up before there is a request: the answer is written by hand. What the client is still
 * sending is dropped for a moment longer, since hanging up on it would take the answer with it.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writableEnded) return
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code = codeOfClientError[error.code ?? ''] ?? 'invalid_request'
  const { status, headers, body } = answerByHand(code)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  setTimeout(() => socket.destroy(), limits.lingerMs).unref()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

/** To what never becomes a request of Fastify's; nothing more is read on its connection. */
function answerByHand(code: ErrorCode) {
  const id = randomUUID()
  const problem = problemOf(new HoldfastError(code), id, false)
  const body = JSON.stringify(problem.body)
  const headers: [string, string][] = [
    ...headersOf(problem),
    ...Object.entries(dataHeaders),
    ['Request-Id', id],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Connection', 'close'],
  ]
  return { status: problem.status, headers, body }
}
