// Whose reservation is it: buyers see their own, administrators and developers any, and to everybody else there is none.
import { ownsReservation, showOfReservation } from '../engine/command.ts'
import { HoldfastError } from '../engine/errors.ts'
import type { ReservationRow } from '../engine/ports.ts'
import type { ShowPlan } from '../engine/shows.ts'
import type { Caller } from './auth.ts'
import type { HttpParts } from './parts.ts'
import { type Reservation, showQueued, showReservation } from './representations.ts'

export interface Found {
  readonly plan: ShowPlan
  /** Null while it waits to be decided. */
  readonly row: ReservationRow | null
}

/**
 * @throws {HoldfastError} `not_found` for somebody else's, one that never was, and one that was asked for and not
 *   decided for so long that it will not be
 */
export async function findReservation(parts: HttpParts, caller: Caller, id: string): Promise<Found> {
  const { reservationIdKey, shows, master, claims, clock } = parts
  const showId = showOfReservation(id)
  if (showId === null) throw new HoldfastError('not_found')
  if (caller.role === 'buyer' && !ownsReservation(reservationIdKey, caller.userId, id))
    throw new HoldfastError('not_found')
  const [plan, row] = await Promise.all([shows.find(showId), master.reservation(id)])
  if (plan === null) throw new HoldfastError('not_found')
  if (row === null && !(await claims.wasClaimed(id, clock.now()))) throw new HoldfastError('not_found')
  return { plan, row }
}

/** As it stands, read from the master: never older than the caller's last write. */
export async function lookUpReservation(parts: HttpParts, caller: Caller, id: string): Promise<Reservation> {
  const { plan, row } = await findReservation(parts, caller, id)
  if (row === null) return showQueued(plan, id)
  const last = await parts.master.lastEntries([row])
  return showReservation(plan, row, last.get(id))
}
