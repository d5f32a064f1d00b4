// What one batch has loaded under lock, and what its decisions make of it. Decisions read and write here in
// order; at the end the difference to what was loaded is what the transaction writes.
import { type AnnouncedItem, announcementOf } from './announcement.ts'
import { assert } from './failures.ts'
import type { JournalRow } from './journal.ts'
import type {
  BatchChanges,
  LedgerTransaction,
  OutboxRow,
  ParkedCommand,
  ReservationRow,
  SeatChange,
  SeatOfReservation,
  ShowHead,
  TakenSeat,
} from './ports.ts'
import type { ShowMove } from './show-memory.ts'

export interface Loaded {
  readonly shows: readonly ShowHead[]
  readonly reservations: readonly ReservationRow[]
  /** Per show, the seats of every buyer of the batch; who is not in it has none. */
  readonly seatsOfBuyers: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Per show, every seat that a command of the batch may touch and that is not free. */
  readonly takenSeats: ReadonlyMap<string, ReadonlyMap<string, TakenSeat>>
  readonly balances: ReadonlyMap<string, number>
}

export interface SeatMove {
  readonly showId: string
  /** The revision before and after this batch. */
  readonly from: number
  readonly to: number
  readonly changes: readonly SeatChange[]
}

interface Announced extends Pick<OutboxRow, 'partition' | 'topic' | 'showId'> {
  readonly items: [AnnouncedItem, ...AnnouncedItem[]]
}

const outboxRow = ({ partition, topic, showId, items }: Announced): OutboxRow => ({
  partition,
  ...announcementOf(topic, showId, items),
})

const noSeats: ReadonlyMap<string, TakenSeat | null> = new Map()

const pair = (showId: string, id: string): string => `${showId}\n${id}`

export class Books {
  readonly #loaded: Loaded
  readonly #known: ReadonlySet<string>
  readonly #shows: Map<string, ShowHead>
  readonly #reservations: Map<string, ReservationRow>
  readonly #touched = new Set<string>()
  /** Those that the batch has changed, per show. */
  readonly #seatsOfBuyers = new Map<string, Map<string, number>>()
  /** Those that the batch has changed, per show; null for one that it freed. */
  readonly #seats = new Map<string, Map<string, TakenSeat | null>>()
  readonly #balances: Map<string, number>
  readonly #journal: JournalRow[] = []
  readonly #ledger: LedgerTransaction[] = []
  /** By show and topic. */
  readonly #announced = new Map<string, Announced>()
  readonly #parked: ParkedCommand[] = []
  #seatsReleased = 0

  constructor(loaded: Loaded) {
    this.#loaded = loaded
    this.#known = new Set(loaded.reservations.map((row) => row.id))
    this.#shows = new Map(loaded.shows.map((head) => [head.showId, head]))
    this.#reservations = new Map(loaded.reservations.map((row) => [row.id, row]))
    this.#balances = new Map(loaded.balances)
  }

  show(showId: string): ShowHead {
    const head = this.#shows.get(showId)
    assert(head, `show ${showId} was loaded`)
    return head
  }

  hasShow(showId: string): boolean {
    return this.#shows.has(showId)
  }

  reservation(id: string): ReservationRow | null {
    return this.#reservations.get(id) ?? null
  }

  seat(showId: string, seatId: string): TakenSeat | null {
    const changed = this.#seats.get(showId)?.get(seatId)
    return changed === undefined ? this.#loadedSeat(showId, seatId) : changed
  }

  /** What the batch has changed of a show's seats so far; null for one that it has freed. */
  changedSeats(showId: string): ReadonlyMap<string, TakenSeat | null> {
    return this.#seats.get(showId) ?? noSeats
  }

  /** How many seats the batch has given back so far. */
  get seatsReleased(): number {
    return this.#seatsReleased
  }

  seatsOfBuyer(showId: string, userId: string): number {
    const changed = this.#seatsOfBuyers.get(showId)?.get(userId)
    return changed ?? this.#loaded.seatsOfBuyers.get(showId)?.get(userId) ?? 0
  }

  balance(userId: string): number {
    return this.#balances.get(userId) ?? 0
  }

  setReservation(row: ReservationRow): void {
    this.#reservations.set(row.id, row)
    this.#touched.add(row.id)
  }

  changeReservation(id: string, changes: Pick<Partial<ReservationRow>, 'deadline' | 'seatCount'>): void {
    const row = this.reservation(id)
    assert(row, `reservation ${id} was loaded or made`)
    this.setReservation({ ...row, ...changes })
  }

  /** Adds an entry to its show's chain; the head moves with it. */
  append(row: JournalRow, head: ShowHead): void {
    assert(row.position === this.show(row.showId).position + 1, 'positions of a show have no gap')
    assert(head.position === row.position, 'the head stands at the last entry')
    this.#journal.push(row)
    this.#shows.set(row.showId, head)
  }

  takeSeat({ showId, seatId, reservationId }: SeatOfReservation, userId: string): void {
    assert(this.seat(showId, seatId) === null, `seat ${seatId} of ${showId} is free`)
    this.#setSeat(showId, seatId, { status: 'held', reservationId })
    this.#countSeat(showId, userId, 1)
  }

  sellSeat(seat: SeatOfReservation): void {
    this.#assertOwner(seat)
    this.#setSeat(seat.showId, seat.seatId, { status: 'sold', reservationId: seat.reservationId })
  }

  releaseSeat(seat: SeatOfReservation, userId: string): void {
    this.#assertOwner(seat)
    this.#setSeat(seat.showId, seat.seatId, null)
    this.#countSeat(seat.showId, userId, -1)
    this.#seatsReleased++
  }

  /** Moves money between a user and a show's revenue; positive amounts go to the user. */
  transfer(
    transaction: Omit<LedgerTransaction, 'entries'>,
    userId: string,
    showId: string,
    amount: number,
  ): void {
    const balance = this.balance(userId) + amount
    assert(balance >= 0, `the balance of ${userId} covers ${-amount}`)
    this.#balances.set(userId, balance)
    const entries = [
      { account: `user:${userId}`, amount },
      { account: `revenue:${showId}`, amount: -amount },
    ]
    this.#ledger.push({ ...transaction, entries })
  }

  announce(partition: number, topic: string, showId: string, item: AnnouncedItem): void {
    const alike = this.#announced.get(pair(showId, topic))
    if (alike) alike.items.push(item)
    else this.#announced.set(pair(showId, topic), { partition, topic, showId, items: [item] })
  }

  park(command: ParkedCommand): void {
    this.#parked.push(command)
  }

  changes(fenced: Pick<BatchChanges, 'partition' | 'epoch' | 'stamp'>): BatchChanges {
    const touched = [...this.#touched].map((id) => this.#reservations.get(id) as ReservationRow)
    return {
      ...fenced,
      journal: this.#journal,
      shows: this.#loaded.shows
        .map((before) => this.show(before.showId))
        .filter((after, index) => after !== this.#loaded.shows[index]),
      reservationsMade: touched.filter((row) => !this.#known.has(row.id)),
      reservationsChanged: touched.filter((row) => this.#known.has(row.id)),
      ...this.#seatChanges(),
      ledger: this.#ledger,
      outbox: [...this.#announced.values()].map(outboxRow),
      parked: this.#parked,
    }
  }

  /** What the projections of the shows are told after the commit. */
  seatMoves(): SeatMove[] {
    return [...this.#seats].map(([showId, seats]) => ({
      showId,
      from: this.#loaded.shows.find((head) => head.showId === showId)?.seatsRevision ?? 0,
      to: this.show(showId).seatsRevision,
      changes: [...seats].map(([seatId, taken]) => ({ seatId, taken })),
    }))
  }

  /** What may be remembered of the shows after the commit. */
  showMoves(seatMoves: readonly SeatMove[]): ShowMove[] {
    return this.#loaded.shows.map((before) => ({
      before,
      after: this.show(before.showId),
      seats: seatMoves.find(({ showId }) => showId === before.showId)?.changes ?? [],
      seatsOfBuyers: this.#seatsOfBuyers.get(before.showId) ?? new Map(),
    }))
  }

  #seatChanges(): Pick<BatchChanges, 'seatsReleased' | 'seatsSold' | 'seatsTaken'> {
    const seatsReleased: SeatOfReservation[] = []
    const seatsSold: SeatOfReservation[] = []
    const seatsTaken: (SeatOfReservation & { status: 'held' | 'sold' })[] = []
    for (const [showId, seats] of this.#seats)
      for (const [seatId, after] of seats) {
        const before = this.#loadedSeat(showId, seatId)
        const staysWith = before !== null && before.reservationId === after?.reservationId
        if (before?.reservationId && !staysWith)
          seatsReleased.push({ showId, seatId, reservationId: before.reservationId })
        if (!after?.reservationId || after.status === 'blocked') continue
        const seat = { showId, seatId, reservationId: after.reservationId }
        if (!staysWith) seatsTaken.push({ ...seat, status: after.status })
        else if (before.status !== after.status) seatsSold.push(seat)
      }
    return { seatsReleased, seatsSold, seatsTaken }
  }

  #loadedSeat(showId: string, seatId: string): TakenSeat | null {
    return this.#loaded.takenSeats.get(showId)?.get(seatId) ?? null
  }

  #assertOwner({ showId, seatId, reservationId }: SeatOfReservation): void {
    const owner = this.seat(showId, seatId)?.reservationId ?? null
    assert(owner === reservationId, `seat ${seatId} of ${showId} belongs to ${reservationId}, not ${owner}`)
  }

  #setSeat(showId: string, seatId: string, seat: TakenSeat | null): void {
    const ofShow = this.#seats.get(showId) ?? new Map<string, TakenSeat | null>()
    this.#seats.set(showId, ofShow.set(seatId, seat))
  }

  #countSeat(showId: string, userId: string, by: 1 | -1): void {
    const ofShow = this.#seatsOfBuyers.get(showId) ?? new Map<string, number>()
    this.#seatsOfBuyers.set(showId, ofShow.set(userId, this.seatsOfBuyer(showId, userId) + by))
  }
}
