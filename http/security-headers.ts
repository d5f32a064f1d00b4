// The headers that tell browsers what not to do: made once, since they are the same on every answer.
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

/** A route that sets one of them itself keeps its own. */
export function sendSecurityHeaders(app: App): void {
  const headers = securityHeaders()
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
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
