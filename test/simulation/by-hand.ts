// Somebody changes rows of the master by hand, past all locks, and puts them back some time later: what the engine finds
// meanwhile cannot be, and it must neither guess nor stop for everybody.
import type { ReservationRow } from '../../engine/ports.ts'
import type { Tables } from './master/tables.ts'
import type { Random } from './random.ts'

/** Their seats are nobody's business any more, and no count is wrong for it. */
const ended = new Set(['expired', 'cancelled', 'refunded', 'rejected'])
const chosenFrom = 5
const misplaced = 'misplaced'
const confused = 'confused'

export class ByHand {
  readonly #tables: Tables
  readonly #changes: (() => void)[] = []

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /**
   * @param asked hears of a row that nobody may come to otherwise
   * @returns how to put it back, as often as a transaction may have written it down again; null for no change
   */
  change(random: Random, asked: (row: ReservationRow) => unknown): (() => void) | null {
    const isHeldWanted = random.chance(0.7)
    const all = [...this.#tables.reservations.values()]
    const chosen = all.filter(({ state }) => (isHeldWanted ? state === 'held' : ended.has(state)))
    if (chosen.length === 0) return null
    // The first ones run out soonest, most likely before all is as it was.
    const { id, state } = random.pick(chosen.slice(0, chosenFrom))
    const putBack = ended.has(state) ? this.#confuse(id) : this.#misplace(id)
    this.#changes.push(putBack)
    if (ended.has(state)) asked(this.#row(id))
    return putBack
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
    const { state } = this.#row(id)
    this.#change(id, { state: confused })
    return () => {
      if (this.#row(id).state === confused) this.#change(id, { state })
    }
  }

  #rewrite(id: string, from: string, to: string): void {
    this.#change(id, { context: this.#row(id).context.replaceAll(from, to) })
  }

  #change(id: string, changes: Partial<ReservationRow>): void {
    this.#tables.keep({ ...this.#row(id), ...changes })
  }

  #row(id: string): ReservationRow {
    return this.#tables.reservations.get(id) as ReservationRow
  }
}

const seatsOf = ({ context }: ReservationRow): string[] =>
  (JSON.parse(context) as { seats: { id: string }[] }).seats.map(({ id }) => id)
