// Takes a connection over from Node's HTTP server: what Node keeps for the requests that may come on it is most of what an
// open stream would cost.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What Node's HTTP server keeps at a socket. */
interface Held {
  readonly parser?: unknown
  /** The answer that is being sent. */
  readonly _httpMessage?: ServerResponse | null
}

type FreeParser = (parser: unknown, request: IncomingMessage, socket: Socket) => void

/** What Node itself calls where a connection is upgraded; a Node that hides it keeps its parser. */
const { freeParser } = (process.getBuiltinModule('node:_http_common') ?? {}) as { freeParser?: FreeParser }

/**
 * As far as Node and Fastify are concerned the answer is finished, and they let go of request, response and parser. Who closes
 * the connection, or sends anything more on it although it was said to be the last, is hung up on.
 */
export function takeConnection(request: IncomingMessage, response: ServerResponse): Socket {
  const socket: Socket & Held = request.socket
  response.emit('finish')
  // Node lets go of a request that came along with this one, and of those behind it.
  if (socket._httpMessage) return socket.destroy()
  for (const event of socket.eventNames()) socket.removeAllListeners(event)
  freeParser?.(socket.parser, request, socket)
  // Whoever writes to it says how long that may take.
  socket.setTimeout(0)
  return socket.on('error', ignore).on('end', hangUp).on('data', hangUp)
}

/** `close` follows. */
function ignore(): void {}

function hangUp(this: Socket): void {
  this.destroy()
}
