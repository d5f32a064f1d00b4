// I5, the cache: what the journal's fold gives is exactly what stands beside it as snapshots and heads.
import { isDeepStrictEqual } from 'node:util'
import type { MasterEvidence, Violation } from './evidence.ts'
import type { ShowHistory } from './history.ts'

export function auditSnapshots(
  { reservations, shows }: MasterEvidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  const broken = (where: string, what: string) => violations.push({ invariant: 'I5', what, where })

  const stored = new Map(reservations.map((row) => [row.id, row]))
  for (const history of histories.values())
    for (const { id, userId, seq, life } of history.reservations.values()) {
      const row = stored.get(id)
      if (!row) {
        broken(id, 'it is in the journal, and there is no reservation')
        continue
      }
      const { state, ...context } = life
      const told = { state, seq, userId, deadline: life.deadline, context }
      const found = {
        state: row.state,
        seq: row.seq,
        userId: row.userId,
        deadline: row.deadline,
        context: JSON.parse(row.context),
      }
      if (!isDeepStrictEqual(told, found))
        broken(id, `the journal says ${JSON.stringify(told)}, the snapshot ${JSON.stringify(found)}`)
    }
  for (const { id, showId } of reservations)
    if (!histories.get(showId)?.reservations.has(id)) broken(id, 'it is stored, and not in the journal')

  for (const { showId, state, seq, seatsRevision } of shows) {
    const told = histories.get(showId) ?? { state: 'open', seq: 0, seatsRevision: 0 }
    if (told.state !== state || told.seq !== seq)
      broken(showId, `the journal says ${told.state} at ${told.seq}, the head ${state} at ${seq}`)
    if (told.seatsRevision !== seatsRevision)
      broken(showId, `seats moved last at ${told.seatsRevision}, the head says ${seatsRevision}`)
  }
  return violations
}
