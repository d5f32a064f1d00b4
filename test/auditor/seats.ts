// I1 and I4: every taken seat belongs to one reservation that holds or has paid for it, and to all of whose seats
// the same applies.
import type { Invariant, MasterEvidence, Violation } from './evidence.ts'
import type { ShowHistory } from './history.ts'

/** The status of a reservation's seats, by its state; it has none in every other state. */
const statusIn = new Map([
  ['held', 'held'],
  ['paid', 'sold'],
])

export function auditSeats(
  { seats, reservations }: MasterEvidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  const broken = (invariant: Invariant, where: string, what: string) =>
    violations.push({ invariant, what, where })

  const seen = new Set<string>()
  const taken = new Map<string, string[]>()
  const rows = new Map(reservations.map((row) => [row.id, row]))
  for (const { showId, seatId, status, reservationId } of seats) {
    const where = `${showId} ${seatId}`
    if (seen.has(where)) broken('I1', where, 'the seat is taken twice')
    seen.add(where)
    if (reservationId === null) continue
    taken.set(reservationId, [...(taken.get(reservationId) ?? []), seatId])
    const owner = rows.get(reservationId)
    if (!owner || owner.showId !== showId)
      broken('I1', where, `it belongs to ${reservationId}, which is not there`)
    else if (statusIn.get(owner.state) !== status)
      broken('I1', where, `it is ${status} for ${reservationId}, which is ${owner.state}`)
    const told = histories.get(showId)?.seats.get(seatId)
    if (told !== reservationId)
      broken('I1', where, `it belongs to ${reservationId}, the journal says ${told ?? 'it is free'}`)
  }

  for (const { id, showId, state, seatCount } of reservations) {
    const has = (taken.get(id) ?? []).sort()
    const wanted =
      histories
        .get(showId)
        ?.reservations.get(id)
        ?.life.seats.map((seat) => seat.id) ?? []
    const expected = statusIn.has(state) ? [...wanted].sort() : []
    if (String(has) !== String(expected)) broken('I4', id, `it is ${state} and has [${has}] of [${expected}]`)
    if (statusIn.has(state) && seatCount !== expected.length)
      broken('I4', id, `it is ${state} and counts ${seatCount} seats of ${expected.length}`)
  }
  return violations
}
