// The headers that tell browsers what not to do, made once. A page gets all of them. What the API answers with is data, for
// which three count: nobody shows it in a frame, and nobody reads another type into it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import helmet from 'helmet'
import type { App } from './parts.ts'

const policy = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrcAttr: ["'none'"],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // Whether there is encryption is the load balancer's matter.
  strictTransportSecurity: false,
} as const

const countForData = ['Content-Security-Policy', 'X-Content-Type-Options', 'X-Frame-Options']

const pageHeaders = securityHeaders()
export const dataHeaders = Object.fromEntries(countForData.map((name) => [name, pageHeaders[name] ?? '']))

/** A route that sets one of them itself keeps its own. */
export function sendSecurityHeaders(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    secure(request, reply)
    done()
  })
}

export function secure({ url }: FastifyRequest, reply: FastifyReply): void {
  reply.headers(url.startsWith('/v1/') ? dataHeaders : pageHeaders)
}

function securityHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  const recorder = {
    setHeader(name: string, value: string) {
      headers[name] = value
    },
    removeHeader() {},
  }
  helmet(policy)({} as IncomingMessage, recorder as unknown as ServerResponse, () => {})
  return headers
}
