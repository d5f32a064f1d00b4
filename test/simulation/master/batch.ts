// One transaction on the simulation's master: READ COMMITTED, what a load returns is locked until the end, and what is
// written becomes visible with the commit alone. It refuses what the rows do not allow, as the tables' keys do.
import { assert, FencedOut, Transient } from '../../../engine/failures.ts'
import type { JournalRow } from '../../../engine/journal.ts'
import type {
  BatchChanges,
  BatchTransaction,
  Fence,
  LedgerTransaction,
  ReservationRow,
  ShowHead,
  TakenSeat,
} from '../../../engine/ports.ts'
import { Deadlock, type Holder, type RowLocks } from './locks.ts'
import { keysOf, type Tables, userOf } from './tables.ts'

export const rowOf = {
  partition: (partition: number) => `partition ${partition}`,
  show: (showId: string) => `show ${showId}`,
  reservation: (id: string) => `reservation ${id}`,
  seat: (showId: string, seatId: string) => `seat ${showId} ${seatId}`,
  account: (userId: string) => `account ${userId}`,
}

export class Batch implements BatchTransaction, Holder {
  readonly rows = new Set<string>()
  waitsFor: string | null = null
  protected readonly tables: Tables
  readonly #locks: RowLocks
  readonly #written: BatchChanges[] = []
  #end: 'open' | 'ended' | 'lost' = 'open'

  constructor(tables: Tables, locks: RowLocks) {
    this.tables = tables
    this.#locks = locks
  }

  async fence(partition: number): Promise<Fence> {
    await this.lock([rowOf.partition(partition)])
    const row = this.tables.partitions.get(partition)
    assert(row, `partition ${partition} exists`)
    return { epoch: row.epoch, lastStamp: row.lastStamp }
  }

  async findEntries(commandIds: readonly string[]): Promise<ReadonlyMap<string, JournalRow>> {
    this.#assertOpen()
    const found = new Map<string, JournalRow>()
    for (const id of commandIds) {
      const row = this.tables.entries.get(id)
      if (row) found.set(id, row)
    }
    return found
  }

  async loadShows(showIds: readonly string[]): Promise<readonly ShowHead[]> {
    await this.lock(showIds.filter((id) => this.tables.shows.has(id)).map(rowOf.show))
    return showIds.flatMap((id) => this.tables.shows.get(id) ?? [])
  }

  async loadReservations(ids: readonly string[]): Promise<readonly ReservationRow[]> {
    await this.lock(ids.filter((id) => this.tables.reservations.has(id)).map(rowOf.reservation))
    return ids.flatMap((id) => this.tables.reservations.get(id) ?? [])
  }

  async loadOverdue(partition: number, before: number, limit: number): Promise<readonly ReservationRow[]> {
    const rows = this.tables.overdue(partition, before).slice(0, limit)
    await this.lock(rows.map(({ id }) => rowOf.reservation(id)))
    return this.tables.overdue(partition, before).slice(0, limit)
  }

  async countSeatsOfBuyers(buyers: readonly { showId: string; userId: string }[]) {
    this.#assertOpen()
    return buyers.map(({ showId, userId }) => ({
      showId,
      userId,
      seats: this.tables.seatsOfBuyer(showId, userId),
    }))
  }

  async countSeatsOfShow(showId: string): Promise<ReadonlyMap<string, number>> {
    this.#assertOpen()
    const counts = new Map<string, number>()
    for (const { reservationId } of this.tables.takenOf(showId).values()) {
      const owner = this.tables.reservations.get(reservationId ?? '')?.userId
      if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1)
    }
    return counts
  }

  async loadTakenSeats(
    showId: string,
    seatIds: readonly string[] | 'all',
  ): Promise<ReadonlyMap<string, TakenSeat>> {
    const taken = this.tables.takenOf(showId)
    const wanted = (seatIds === 'all' ? [...taken.keys()] : seatIds).filter((seatId) => taken.has(seatId))
    await this.lock(wanted.map((seatId) => rowOf.seat(showId, seatId)))
    const found = new Map<string, TakenSeat>()
    for (const seatId of wanted) {
      const seat = taken.get(seatId)
      if (seat) found.set(seatId, seat)
    }
    return found
  }

  async loadBalances(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.lockAccounts(userIds)
    return new Map(userIds.map((userId) => [userId, this.tables.balances.get(userId) ?? 0]))
  }

  async write(changes: BatchChanges): Promise<void> {
    const { shows, reservationsChanged, ledger } = changes
    await this.lock(shows.map(({ showId }) => rowOf.show(showId)))
    await this.lock(reservationsChanged.map(({ id }) => rowOf.reservation(id)))
    await this.lockAccounts(ledger.flatMap(({ entries }) => entries.map(({ account }) => userOf(account))))
    this.#assertOpen()
    this.assertNewEntries(changes.journal)
    this.#assertReservations(changes)
    this.assertSeats(changes)
    this.#assertLedger(ledger)
    this.assertCovered(ledger)
    this.assertFence(changes)
    this.#written.push(changes)
  }

  /** @returns what the journal has gained */
  commit(): readonly JournalRow[] {
    this.#assertOpen()
    this.#finish('ended')
    for (const changes of this.#written) this.tables.apply(changes)
    return this.#written.flatMap(({ journal }) => journal)
  }

  /** Nothing happens where it has ended: an answer to an earlier end may have been lost. */
  rollBack(): void {
    this.#finish('ended')
  }

  /** The database ends it, and its owner finds out with the next statement. */
  lose(): void {
    this.#finish('lost')
  }

  /** @throws {Transient} after a lock wait or a deadlock; a deadlock has rolled all of it back */
  async lock(rows: readonly string[]): Promise<void> {
    this.#assertOpen()
    for (const row of rows) {
      const waiting = this.#locks.take(row, this)
      if (waiting === undefined) continue
      await waiting.catch((error) => {
        if (error instanceof Deadlock) this.lose()
        throw error
      })
      // It may have been ended between the grant and this moment; what it took now, nobody would give back.
      this.#assertOpen()
    }
  }

  protected async lockAccounts(userIds: readonly (string | null)[]): Promise<void> {
    const known = userIds.filter((userId) => userId !== null && this.tables.balances.has(userId)) as string[]
    await this.lock([...new Set(known)].sort().map(rowOf.account))
  }

  protected assertNewEntries(journal: readonly JournalRow[]): void {
    const given = new Set<string>()
    for (const key of journal.flatMap(keysOf)) {
      assert(!given.has(key) && !this.tables.keys.has(key), `${key} is journaled once`)
      given.add(key)
    }
  }

  /** Whatever comes in later in the batch: each debit must be covered where it stands. */
  protected assertCovered(ledger: readonly LedgerTransaction[]): void {
    const balances = new Map<string, number>()
    for (const { account, amount } of ledger.flatMap(({ entries }) => entries)) {
      const userId = userOf(account)
      if (userId === null) continue
      const balance = (balances.get(userId) ?? this.tables.balances.get(userId) ?? 0) + amount
      assert(balance >= 0, `the balance of ${userId} covers ${-amount}`)
      balances.set(userId, balance)
    }
  }

  protected assertFence({ partition, epoch }: BatchChanges): void {
    const row = this.tables.partitions.get(partition)
    if (row?.epoch !== epoch) throw new FencedOut(`partition ${partition} is no longer at epoch ${epoch}`)
  }

  #assertLedger(ledger: readonly LedgerTransaction[]): void {
    for (const { id, entries } of ledger) {
      assert(!this.tables.ledger.has(id), `ledger transaction ${id} is made once`)
      assert(entries.reduce((sum, { amount }) => sum + amount, 0) === 0, `the entries of ${id} sum to zero`)
    }
  }

  #assertReservations({ shows, reservationsMade, reservationsChanged }: BatchChanges): void {
    for (const { showId } of shows) assert(this.tables.shows.has(showId), `the head of ${showId} is there`)
    for (const { id } of reservationsMade)
      assert(!this.tables.reservations.has(id), `reservation ${id} is made once`)
    for (const { id, createdAt } of reservationsMade)
      assert(createdAt < 2 ** 63, `when ${id} was made fits into its column`)
    for (const { id } of reservationsChanged)
      assert(this.tables.reservations.has(id), `reservation ${id} is there`)
  }

  protected assertSeats({ seatsReleased, seatsSold, seatsTaken }: BatchChanges): void {
    const free = new Set<string>()
    for (const { showId, seatId, reservationId } of seatsReleased) {
      const seat = this.tables.takenOf(showId).get(seatId)
      assert(seat?.reservationId === reservationId, `seat ${seatId} of ${showId} is that reservation's`)
      free.add(rowOf.seat(showId, seatId))
    }
    for (const { showId, seatId, reservationId } of seatsSold) {
      const seat = this.tables.takenOf(showId).get(seatId)
      const isHeld = seat?.reservationId === reservationId && seat.status === 'held'
      assert(isHeld, `seat ${seatId} of ${showId} is held by that reservation`)
    }
    const taken = new Set<string>()
    for (const { showId, seatId } of seatsTaken) {
      const row = rowOf.seat(showId, seatId)
      const isFree = free.has(row) || !this.tables.takenOf(showId).has(seatId)
      assert(isFree && !taken.has(row), `seat ${seatId} of ${showId} is free`)
      taken.add(row)
    }
  }

  #assertOpen(): void {
    if (this.#end === 'lost') throw new Transient('the transaction was rolled back by the master')
    if (this.#end === 'ended') throw new Error('a statement after the end of its transaction')
  }

  #finish(end: 'ended' | 'lost'): void {
    if (this.#end !== 'open') return
    this.#end = end
    this.#locks.releaseAll(this)
  }
}
