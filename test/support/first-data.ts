// What a socket says first.
import { once } from 'node:events'
import type { Socket } from 'node:net'

/** @throws {Error} where it closes without a word */
export async function firstData(socket: Socket): Promise<string> {
  const closed = once(socket, 'close').then(() => {
    throw new Error('the connection was closed without an answer')
  })
  closed.catch(() => {})
  const [data] = await Promise.race([once(socket, 'data'), closed])
  return String(data)
}
