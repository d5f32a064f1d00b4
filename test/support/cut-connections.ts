// A way to a server that can be cut: what goes through it is passed on until a text goes by, and then the answer to that
// text never arrives.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { ExecutionContext } from 'ava'

export interface CuttableWay {
  readonly port: number
  /** The next time that a client sends this text, the server gets it, and the client loses its connection. */
  cutAfter(text: string): void
}

export async function cuttableWay(t: ExecutionContext, port: number): Promise<CuttableWay> {
  let cut: string | null = null
  const way = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    let isCut = false
    client.on('data', (bytes) => {
      if (cut !== null && bytes.includes(cut)) {
        cut = null
        isCut = true
      }
      server.write(bytes)
    })
    server.on('data', (bytes) => (isCut ? client.destroy() : client.write(bytes)))
    client.on('close', () => server.destroy()).on('error', () => {})
    server.on('close', () => client.destroy()).on('error', () => {})
  })
  way.listen(0, '127.0.0.1')
  await once(way, 'listening')
  t.teardown(() => way.close())
  return {
    port: (way.address() as AddressInfo).port,
    cutAfter(text) {
      cut = text
    },
  }
}
