// Somebody changes rows of the master by hand, past all locks, and puts them back some time later: what the engine finds
// meanwhile cannot be, and it must neither guess nor stop for everybody.
import type { ReservationRow, TakenSeat } from '../../engine/ports.ts'
import type { Tables } from './master/tables.ts'
import type { Random } from './random.ts'

export class ByHand {
  readonly #tables: Tables
  readonly #changes = new Set<() => void>()

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** @returns how to put it back, unless somebody has written over it; null where nothing is held */
  change(random: Random): (() => void) | null {
    const held = [...this.#tables.reservations.values()].filter(({ state }) => state === 'held')
    if (held.length === 0) return null
    const { id } = random.pick(held)
    const row = this.#tables.reservations.get(id) as ReservationRow
    const putBack = random.chance(0.7) ? this.#blockSeatOf(row) : this.#confuse(row)
    const once = () => {
      if (this.#changes.delete(once)) putBack()
    }
    this.#changes.add(once)
    return once
  }

  /** Before anybody audits. */
  putAllBack(): void {
    for (const putBack of this.#changes) putBack()
  }

  #blockSeatOf({ id, showId }: ReservationRow): () => void {
    const taken = this.#tables.takenOf(showId)
    const [seatId, before] = [...taken].find(([, seat]) => seat.reservationId === id) ?? []
    if (seatId === undefined || before === undefined) return () => {}
    const blocked: TakenSeat = { status: 'blocked', reservationId: null }
    taken.set(seatId, blocked)
    return () => {
      if (taken.get(seatId) === blocked) taken.set(seatId, before)
    }
  }

  /** Into a state that no version of the machine has. */
  #confuse(before: ReservationRow): () => void {
    const { reservations } = this.#tables
    const confused = { ...before, state: 'confused' }
    reservations.set(before.id, confused)
    return () => {
      if (reservations.get(before.id) === confused) reservations.set(before.id, before)
    }
  }
}
