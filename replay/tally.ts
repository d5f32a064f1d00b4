// How an evening went, entry by entry: what was sold and to how many, what was refused, and when the hall was full.
import type { JournalEntry } from '../engine/journal.ts'
import type { PricedSeat } from '../machines/reservation.ts'

export interface Evening {
  readonly entries: number
  /** Reservations in each state, as it ended. */
  readonly reservations: Readonly<Record<string, number>>
  /** Ever, by state: a reservation that was paid and refunded counts as both. */
  readonly reached: Readonly<Record<string, number>>
  readonly refusals: Readonly<Record<string, number>>
  readonly seatsSold: number
  readonly seatsHeld: number
  /** Minor units, refunds taken off. */
  readonly revenue: number
  /** When no seat was free, and when all were sold, for the first time; ms since the epoch. */
  readonly fullAt: number | null
  readonly soldOutAt: number | null
  readonly firstAt: number | null
  readonly lastAt: number | null
}

export class Tally {
  readonly #capacity: number
  readonly #reservations = new Map<string, number>()
  readonly #reached = new Map<string, number>()
  readonly #refusals = new Map<string, number>()
  #entries = 0
  #sold = 0
  #held = 0
  #revenue = 0
  #fullAt: number | null = null
  #soldOutAt: number | null = null
  #firstAt: number | null = null
  #lastAt: number | null = null

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(entry: JournalEntry): void {
    const { from, to, subjectId, showId, code, decidedAt, outcome } = entry
    this.#entries++
    this.#firstAt ??= decidedAt
    this.#lastAt = decidedAt
    if (outcome !== 'accepted' && code !== null) count(this.#refusals, code, 1)
    if (subjectId !== showId && from !== to && to !== null) {
      if (from !== null && from !== 'queued') count(this.#reservations, from, -1)
      count(this.#reservations, to, 1)
      count(this.#reached, to, 1)
    }
    this.#moveSeats(entry)
    if (this.#sold + this.#held === this.#capacity) this.#fullAt ??= decidedAt
    if (this.#sold === this.#capacity) this.#soldOutAt ??= decidedAt
  }

  evening(): Evening {
    return {
      entries: this.#entries,
      reservations: known(this.#reservations),
      reached: known(this.#reached),
      refusals: known(this.#refusals),
      seatsSold: this.#sold,
      seatsHeld: this.#held,
      revenue: this.#revenue,
      fullAt: this.#fullAt,
      soldOutAt: this.#soldOutAt,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
    }
  }

  #moveSeats({ effects, from }: JournalEntry): void {
    for (const { type, params } of effects) {
      const seatIds = (params.seatIds as readonly string[] | undefined)?.length ?? 0
      if (type === 'assignSeats') this.#held += (params.seats as readonly PricedSeat[]).length
      if (type === 'sellSeats') {
        this.#held -= seatIds
        this.#sold += seatIds
      }
      if (type === 'releaseSeats' && from === 'paid') this.#sold -= seatIds
      if (type === 'releaseSeats' && from !== 'paid') this.#held -= seatIds
      if (type === 'debit') this.#revenue += Number(params.amount)
      if (type === 'credit') this.#revenue -= Number(params.amount)
    }
  }
}

const count = (counts: Map<string, number>, key: string, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by)

const known = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].filter(([, number]) => number !== 0).sort(([a], [b]) => (a < b ? -1 : 1)))
