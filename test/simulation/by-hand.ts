// Somebody changes rows of the master by hand, past all locks, and puts them back some time later: what the engine finds
// meanwhile cannot be, and it must neither guess nor stop for everybody.
import type { ReservationRow } from '../../engine/ports.ts'
import type { Tables } from './master/tables.ts'
import type { Random } from './random.ts'

/** Their seats are nobody's business any more, and no count is wrong for it. */
const ended = new Set(['expired', 'cancelled', 'refunded', 'rejected'])
const misplaced = 'misplaced'

export class ByHand {
  readonly #tables: Tables
  readonly #changes = new Set<() => void>()

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** @returns how to put it back; null where there is nothing to change */
  change(random: Random): (() => void) | null {
    const all = [...this.#tables.reservations.values()]
    const chosen = all.filter(({ state }) => (random.chance(0.7) ? state === 'held' : ended.has(state)))
    if (chosen.length === 0) return null
    const { id, state } = random.pick(chosen)
    const putBack = ended.has(state) ? this.#confuse(id) : this.#misplace(id)
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

  /** Its context names a seat that is not there; whoever extends the hold meanwhile writes that down again. */
  #misplace(id: string): () => void {
    const [seatId] = seatsOf(this.#row(id))
    if (seatId === undefined) return () => {}
    this.#rewrite(id, `"${seatId}"`, `"${misplaced}"`)
    return () => this.#rewrite(id, `"${misplaced}"`, `"${seatId}"`)
  }

  /** Into a state that no version of the machine has. */
  #confuse(id: string): () => void {
    const before = this.#row(id)
    this.#tables.reservations.set(id, { ...before, state: 'confused' })
    return () => void this.#tables.reservations.set(id, { ...this.#row(id), state: before.state })
  }

  #rewrite(id: string, from: string, to: string): void {
    const row = this.#row(id)
    this.#tables.keep({ ...row, context: row.context.replaceAll(from, to) })
  }

  #row(id: string): ReservationRow {
    return this.#tables.reservations.get(id) as ReservationRow
  }
}

const seatsOf = ({ context }: ReservationRow): string[] =>
  (JSON.parse(context) as { seats: { id: string }[] }).seats.map(({ id }) => id)
