// I8, once things are quiet: the fast store shows what the master decided, and no claim outlives its command.
import type { Evidence, Violation } from './evidence.ts'

export function auditProjection({ master, fastStore }: Evidence): Violation[] {
  const violations: Violation[] = []
  const broken = (where: string, what: string) => violations.push({ invariant: 'I8', what, where })
  const line = ({
    seatId,
    status,
    reservationId,
  }: {
    seatId: string
    status: string
    reservationId: string | null
  }) => `${seatId} ${status} ${reservationId}`

  for (const { showId, revision, seats } of fastStore.projections) {
    const decided = master.shows.find((show) => show.showId === showId)
    if (decided?.seatsRevision !== revision)
      broken(showId, `the projection stands at ${revision}, the master at ${decided?.seatsRevision}`)
    const shown = seats.map(line).sort()
    const right = master.seats
      .filter((seat) => seat.showId === showId)
      .map(line)
      .sort()
    for (const seat of shown)
      if (!right.includes(seat)) broken(showId, `the projection shows ${seat}, the master does not`)
    for (const seat of right)
      if (!shown.includes(seat)) broken(showId, `the master has ${seat}, the projection does not`)
  }

  const held = new Set(
    master.seats.map(({ showId, seatId, reservationId }) => `${showId} ${seatId} ${reservationId}`),
  )
  for (const { showId, seatId, reservationId } of fastStore.claims)
    if (!held.has(`${showId} ${seatId} ${reservationId}`))
      broken(`${showId} ${seatId}`, `${reservationId} claims it, and does not have it`)
  return violations
}
