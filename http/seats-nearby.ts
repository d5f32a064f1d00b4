// A refusal for taken seats says what is free near by, if that can be found out; it is no less a refusal if not.
import { HoldfastError } from '../engine/errors.ts'
import type { Wish } from '../engine/intake.ts'
import type { SeatView } from '../engine/seat-view.ts'
import { seatsNearby } from '../engine/seats-nearby.ts'
import type { HttpParts } from './parts.ts'
import { showSeat } from './representations.ts'
import { rfc3339OrNull } from './schemas.ts'

interface Parts extends Pick<HttpParts, 'shows' | 'claims' | 'clock' | 'log'> {
  readonly seatView: Pick<SeatView, 'read'>
}

/** @returns the error to throw instead; any other than `seats_taken` as it is */
export async function withSeatsNearby(
  parts: Parts,
  showId: string,
  wish: Wish,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HoldfastError) || error.code !== 'seats_taken') return error
  const { claimedUntil = null, ...details } = error.details
  return new HoldfastError('seats_taken', error.message, {
    ...details,
    claimedUntil: rfc3339OrNull(claimedUntil as number | null),
    seatsNearby: await freeNearby(parts, showId, wish),
  })
}

/** None where they can't be found out. */
async function freeNearby({ shows, seatView, claims, clock, log }: Parts, showId: string, wish: Wish) {
  try {
    const [plan, map, claimed] = await Promise.all([
      shows.find(showId),
      seatView.read(showId),
      claims.claimed(showId, clock.now()),
    ])
    if (plan === null || map === null) return []
    const wishedIds = 'seatIds' in wish ? wish.seatIds : []
    const near = seatsNearby(plan, wishedIds, map.taken, (seatId) => claimed.has(seatId))
    return near.map(({ id }) => showSeat(plan, id))
  } catch (failure) {
    log.warn({ err: failure, showId }, 'no seats near by could be found')
    return []
  }
}
