// A batch's transaction on the master: what it may look at, locked as it is read. What it changes is batch-write.ts.
// Other writers wait at the partition's row, so counts and absent rows that are read after the fence stay true.

import { assert } from '../../engine/failures.ts'
import type { JournalRow } from '../../engine/journal.ts'
import type {
  BatchChanges,
  BatchTransaction,
  Fence,
  ReservationRow,
  ShowHead,
  TakenSeat,
} from '../../engine/ports.ts'
import { writeBatch } from './batch-write.ts'
import { selectIn } from './bulk.ts'
import { loadBalances } from './ledger.ts'
import { journalRows, reservationRows, type StoredRecord, showHeads } from './records.ts'
import { countSeatsOfBuyers, countSeatsOfShow, loadTakenSeats } from './seats.ts'
import type { Session } from './session.ts'

export class Batch implements BatchTransaction {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async fence(partition: number): Promise<Fence> {
    const { forUpdate } = this.#session.dialect
    const [fence] = await this.#session.rows<Fence>(
      `SELECT epoch, last_stamp AS lastStamp FROM partitions WHERE id = ?${forUpdate}`,
      [partition],
    )
    assert(fence, `partition ${partition} exists`)
    return fence
  }

  async findEntries(commandIds: readonly string[]): Promise<ReadonlyMap<string, JournalRow>> {
    const select = `SELECT ${journalRows.columns.join()} FROM journal WHERE command_id IN`
    const records = await selectIn<StoredRecord>(this.#session, select, commandIds)
    return new Map(records.map(journalRows.read).map((row) => [row.commandId, row]))
  }

  async loadShows(showIds: readonly string[]): Promise<readonly ShowHead[]> {
    const select = `SELECT ${showHeads.columns.join()} FROM show_heads WHERE show_id IN`
    return (await this.#lock(select, showIds)).map(showHeads.read)
  }

  async loadReservations(ids: readonly string[]): Promise<readonly ReservationRow[]> {
    const select = `SELECT ${reservationRows.columns.join()} FROM reservations WHERE id IN`
    return (await this.#lock(select, ids)).map(reservationRows.read)
  }

  async loadOverdue(partition: number, before: number, limit: number): Promise<readonly ReservationRow[]> {
    const records = await this.#session.rows<StoredRecord>(
      `SELECT ${reservationRows.columns.join()} FROM reservations
        WHERE partition_id = ? AND deadline <= ? AND state = 'held'
        ORDER BY deadline, id LIMIT ?${this.#session.dialect.forUpdate}`,
      [partition, before, limit],
    )
    return records.map(reservationRows.read)
  }

  countSeatsOfBuyers(buyers: readonly { showId: string; userId: string }[]) {
    return countSeatsOfBuyers(this.#session, buyers)
  }

  countSeatsOfShow(showId: string) {
    return countSeatsOfShow(this.#session, showId)
  }

  loadTakenSeats(
    showId: string,
    seatIds: readonly string[] | 'all',
  ): Promise<ReadonlyMap<string, TakenSeat>> {
    return loadTakenSeats(this.#session, showId, seatIds)
  }

  loadBalances(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return loadBalances(this.#session, userIds)
  }

  write(changes: BatchChanges): Promise<void> {
    return writeBatch(this.#session, changes)
  }

  #lock(select: string, keys: readonly string[]): Promise<StoredRecord[]> {
    const ending = this.#session.dialect.forUpdate
    return selectIn<StoredRecord>(this.#session, select, [...keys].sort(), { ending })
  }
}
