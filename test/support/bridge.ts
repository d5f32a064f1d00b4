// A way to a server that can be cut: whoever crosses falls, and nobody comes across until it is mended.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Bridge {
  readonly address: string
  cut(): void
  mend(): void
  close(): Promise<void>
}

export async function bridgeTo(address: string): Promise<Bridge> {
  const { hostname, port } = new URL(address)
  const crossing = new Set<Socket>()
  let isCut = false
  const server = createServer((from) => {
    if (isCut) return from.destroy()
    const to = connect(Number(port), hostname.replace(/[[\]]/g, ''))
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      crossing.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        crossing.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const fall = () => {
    for (const socket of crossing) socket.destroy()
  }
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true
      fall()
    },
    mend() {
      isCut = false
    },
    async close() {
      fall()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
