// The auditor's evidence from a fast store, asked as everybody asks it.
import type { FastStoreEvidence } from './evidence.ts'

/** What the auditor needs of the ports for seats and claims. */
export interface FastStorePorts {
  read(showId: string): Promise<{
    readonly revision: number
    readonly taken: ReadonlyMap<string, { readonly status: string; readonly reservationId: string | null }>
  } | null>
  claimed(showId: string, now: number): Promise<ReadonlyMap<string, string>>
}

export async function readFastStore(
  { read, claimed }: FastStorePorts,
  showIds: readonly string[],
  now: number,
): Promise<FastStoreEvidence> {
  const projections: FastStoreEvidence['projections'][number][] = []
  const claims: FastStoreEvidence['claims'][number][] = []
  for (const showId of showIds) {
    const map = await read(showId)
    if (map !== null) {
      const seats = [...map.taken].map(([seatId, taken]) => ({ seatId, ...taken }))
      projections.push({ showId, revision: map.revision, seats })
    }
    for (const [seatId, reservationId] of await claimed(showId, now))
      claims.push({ showId, seatId, reservationId })
  }
  return { projections, claims }
}
