import type { EmbeddedServer } from './embedded-server.ts'

/** So many hold a seat and give it back at once: from a hundred on it is known how long 99 of 100 are held. */
export async function giveBack(server: EmbeddedServer, showId: string, count: number): Promise<void> {
  const holdAndCancel = async (_: unknown, n: number) => {
    const buyer = await server.as(`quick-${n}`)
    const { body } = await buyer.post('/v1/reservations', { showId, bestAvailable: { count: 1 } })
    const { status } = await buyer.post(`/v1/reservations/${body.id}/cancellation`)
    if (status !== 200) throw new Error(`a cancellation was answered with ${status}`)
  }
  await Promise.all(Array.from({ length: count }, holdAndCancel))
}
