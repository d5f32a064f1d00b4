// What was decided, read back by key: entries of the journal, reservations as they stand, the seats of a show.
import type { JournalRow } from '../../engine/journal.ts'
import type { Decisions, TakenSeat, TakenStatus } from '../../engine/ports.ts'
import { gathered } from '../gathered.ts'
import type { Database } from './connect.ts'
import { journalRows, reservationRows } from './records.ts'

/** Of a crowd that is turned away each one is looked up; at most so many at once. */
const entriesFoundMax = 200

export const decisions = ({ queries }: Database): Decisions => ({
  findEntry: gathered(async (commandIds: readonly string[]) => {
    const records = await queries('journal').whereIn('command_id', commandIds).select(journalRows.columns)
    const found = new Map(records.map(journalRows.read).map((row) => [row.commandId, row]))
    return commandIds.map((id): JournalRow | null => found.get(id) ?? null)
  }, entriesFoundMax),

  async history(subjectId) {
    const records = await queries('journal')
      .where({ subject_id: subjectId })
      .orderBy('position')
      .select(journalRows.columns)
    return records.map(journalRows.read)
  },

  async lastEntries(reservations) {
    const records = await queries('journal')
      .whereIn(
        ['subject_id', 'seq'],
        reservations.map(({ id, seq }) => [id, seq]),
      )
      .select(journalRows.columns)
    return new Map(records.map(journalRows.read).map((row) => [row.subjectId, row]))
  },

  async reservation(id) {
    const record = await queries('reservations').where({ id }).first(reservationRows.columns)
    return record === undefined ? null : reservationRows.read(record)
  },

  async reservationsOf(userId, limit, before) {
    const records = await queries('reservations')
      .where({ user_id: userId })
      .modify((query) => {
        if (before)
          query.where((older) =>
            older
              .where('created_at', '<', before.createdAt)
              .orWhere((same) => same.where('created_at', before.createdAt).where('id', '<', before.id)),
          )
      })
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit)
      .select(reservationRows.columns)
    return records.map(reservationRows.read)
  },

  /** One statement, so that seats and revision are of the same moment. */
  async seatMap(showId) {
    const records: readonly SeatRecord[] = await queries('show_heads as head')
      .leftJoin('taken_seats as seat', 'seat.show_id', 'head.show_id')
      .where('head.show_id', showId)
      .select({
        revision: 'head.seats_revision',
        seatId: 'seat.seat_id',
        status: 'seat.status',
        reservationId: 'seat.reservation_id',
      })
    const [first] = records
    if (first === undefined) return null
    const taken = new Map<string, TakenSeat>()
    for (const { seatId, status, reservationId } of records)
      if (seatId !== null && status !== null) taken.set(seatId, { status, reservationId })
    return { revision: first.revision, taken }
  },

  standings: (partition) =>
    queries('show_heads')
      .where({ partition_id: partition })
      .where('position', '>', 0)
      .select({ showId: 'show_id', seatsRevision: 'seats_revision' }, 'position'),
})

/** The seat is null in the only row of a show whose seats are all free. */
interface SeatRecord {
  readonly revision: number
  readonly seatId: string | null
  readonly status: TakenStatus | null
  readonly reservationId: string | null
}
