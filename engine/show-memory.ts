// What the owner of a partition remembers of its shows between batches: which seats are not free, and how many each buyer
// has. It counts as long as the show's head, read under the fence, stands at the very entry that it was remembered at; so
// whatever another server decided, and whatever was rolled back, makes it void.
import { FreeSeats, type PlanIndex } from './best-available.ts'
import { limits } from './limits.ts'
import type { SeatChange, ShowHead, TakenSeat } from './ports.ts'

export interface SeatsOfShow {
  readonly takenSeats: ReadonlyMap<string, TakenSeat>
  /** Per buyer; who is not in it has none. */
  readonly seatsOfBuyers: ReadonlyMap<string, number>
}

export interface ShowMove {
  /** The show's head before and after the batch. */
  readonly before: ShowHead
  readonly after: ShowHead
  readonly seats: readonly SeatChange[]
  readonly seatsOfBuyers: ReadonlyMap<string, number>
}

interface Remembered {
  position: number
  hash: Buffer
  readonly takenSeats: Map<string, TakenSeat>
  readonly seatsOfBuyers: Map<string, number>
  /** Null until somebody chooses among its seats. */
  freeSeats: FreeSeats | null
}

export class ShowMemory {
  /** The one that was used longest ago stands first. */
  readonly #shows = new Map<string, Remembered>()

  /** Null where nothing is remembered, or what is remembered is not the show's last entry. */
  recall(head: ShowHead): SeatsOfShow | null {
    const known = this.#shows.get(head.showId)
    if (known === undefined) return null
    this.#shows.delete(head.showId)
    if (!standsAt(known, head)) return null
    this.#shows.set(head.showId, known)
    return known
  }

  /** Keeps all of a show's seats, as they are at `head`. */
  keep({ showId, position, hash }: ShowHead, seats: SeatsOfShow): SeatsOfShow {
    const takenSeats = new Map(seats.takenSeats)
    const seatsOfBuyers = new Map(seats.seatsOfBuyers)
    const kept: Remembered = { position, hash, takenSeats, seatsOfBuyers, freeSeats: null }
    this.#shows.set(showId, kept)
    this.#makeRoom()
    return kept
  }

  /** As of the entry that the show is remembered at; null where it is not. */
  freeSeats(showId: string, index: PlanIndex): FreeSeats | null {
    const known = this.#shows.get(showId)
    if (known === undefined) return null
    known.freeSeats ??= new FreeSeats(index, known.takenSeats.keys())
    return known.freeSeats
  }

  /** After a commit: what is remembered of the show follows it. */
  follow({ before, after, seats, seatsOfBuyers }: ShowMove): void {
    const known = this.#shows.get(before.showId)
    if (known === undefined || !standsAt(known, before)) return
    for (const { seatId, taken } of seats) {
      known.freeSeats?.mark(seatId, taken === null)
      if (taken === null) known.takenSeats.delete(seatId)
      else known.takenSeats.set(seatId, taken)
    }
    for (const [userId, count] of seatsOfBuyers) {
      if (count === 0) known.seatsOfBuyers.delete(userId)
      else known.seatsOfBuyers.set(userId, count)
    }
    known.position = after.position
    known.hash = after.hash
    this.#makeRoom()
  }

  /** Whatever went wrong with a batch of theirs, the next one asks the master. */
  forget(showIds: Iterable<string>): void {
    for (const showId of showIds) this.#shows.delete(showId)
  }

  /** The show that was used last stays, whatever its size. */
  #makeRoom(): void {
    let seats = 0
    for (const { takenSeats } of this.#shows.values()) seats += takenSeats.size
    for (const [showId, { takenSeats }] of this.#shows) {
      if (this.#shows.size <= limits.plansCachedMax && seats <= limits.seatsRememberedMax) return
      if (this.#shows.size === 1) return
      this.#shows.delete(showId)
      seats -= takenSeats.size
    }
  }
}

const standsAt = (known: Remembered, { position, hash }: ShowHead): boolean =>
  known.position === position && known.hash.equals(hash)
