// How many people the seats that are left can serve. Pure.
import type { ShowFigures } from './ports.ts'

export interface Stock {
  readonly freeSeats: number
  readonly heldSeats: number
  /** Of the holds that have ended, those that ended without a payment: 0 until any has. */
  readonly unpaidShare: number
  readonly seatsPerHold: number
  /** No more people than this may be inside. */
  readonly insideMax: number
}

/**
 * Whoever holds seats is inside with them. The free seats, and those held seats that will come back as far as holds were
 * seen to end, serve as many more as there are holds of the usual size in them.
 */
export function stockOf({ reservations, seats }: Pick<ShowFigures, 'reservations' | 'seats'>): Stock {
  const { held = 0, paid = 0, refunded = 0, expired = 0, cancelled = 0 } = reservations
  const { free: freeSeats, held: heldSeats, sold } = seats
  const [bought, unpaid] = [paid + refunded, expired + cancelled]
  const unpaidShare = unpaid === 0 ? 0 : unpaid / (unpaid + bought)
  const seatsPerHold = held + paid === 0 ? 1 : Math.max(1, (heldSeats + sold) / (held + paid))
  const served = (freeSeats + unpaidShare * heldSeats) / seatsPerHold
  // One seat serves somebody, however many the others take.
  const more = freeSeats > 0 ? Math.max(1, Math.floor(served)) : Math.floor(served)
  return { freeSeats, heldSeats, unpaidShare, seatsPerHold, insideMax: held + more }
}
