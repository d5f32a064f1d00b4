// The headers that tell browsers what not to do, made once. A page gets all of them. What the API answers with is data, for
// which three count: nobody shows it in a frame, and nobody reads another type into it.
import type { IncomingMessage, ServerResponse } from 'node:http'
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

/** After OWASP's REST Security Cheat Sheet: whatever an answer holds, a browser that shows it loads nothing and frames nothing. */
const ofData = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

/** A route that sets one of them itself keeps its own. */
export function sendSecurityHeaders(app: App): void {
  const ofPages = securityHeaders()
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.url.startsWith('/v1/') ? ofData : ofPages)
    done()
  })
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
