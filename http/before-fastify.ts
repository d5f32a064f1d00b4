// Where a request can be answered before Fastify has made anything of it. Requests that are injected do not come by here.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from './parts.ts'

/** @param take true for a request that it answers itself, or calls `others` for later; Fastify gets the rest at once */
export function beforeFastify(
  app: App,
  take: (request: IncomingMessage, response: ServerResponse, others: () => void) => boolean,
): void {
  app.addHook('onListen', async () => {
    const { server } = app
    const [answer] = server.listeners('request')
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      const others = () => answer?.call(server, request, response)
      if (!take(request, response, others)) others()
    })
  })
}
