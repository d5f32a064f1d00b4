// The auditor's evidence from a database: every row as it is stored, read in one transaction, so that all of them are of
// one moment. It knows the tables by their names alone.
import type { Knex } from 'knex'
import type { MasterEvidence } from './evidence.ts'

/** @param knex on the master, or on a replica that nothing is written to any more */
export const readMaster = (knex: Knex): Promise<MasterEvidence> =>
  knex.transaction(
    async (rows) => ({
      journal: (await rows('journal')).map((row) => ({
        showId: row.show_id,
        position: Number(row.position),
        commandId: row.command_id,
        subjectId: row.subject_id,
        seq: numberOrNull(row.seq),
        entry: String(row.entry),
        hash: row.hash,
      })),
      reservations: (await rows('reservations')).map((row) => ({
        id: row.id,
        showId: row.show_id,
        userId: row.user_id,
        state: row.state,
        seq: Number(row.seq),
        machineVersion: Number(row.machine_version),
        seatCount: Number(row.seat_count),
        deadline: numberOrNull(row.deadline),
        context: row.context,
      })),
      seats: (await rows('taken_seats')).map((row) => ({
        showId: row.show_id,
        seatId: row.seat_id,
        status: row.status,
        reservationId: row.reservation_id,
      })),
      shows: (await rows('show_heads')).map((row) => ({
        showId: row.show_id,
        partition: Number(row.partition_id),
        state: row.state,
        seq: Number(row.seq),
        position: Number(row.position),
        hash: row.hash,
        seatsRevision: Number(row.seats_revision),
      })),
      accounts: (await rows('accounts')).map((row) => ({
        userId: row.user_id,
        balance: Number(row.balance),
      })),
      ledger: ledgerOf(await rows('ledger').orderBy('sequence')),
      outbox: (await rows('outbox')).flatMap(({ topic, show_id: showId, payload }) =>
        JSON.parse(payload).items.map(({ id }: { id: string }) => ({ id, topic, showId })),
      ),
      partitions: (await rows('partitions')).map((row) => ({
        partition: Number(row.id),
        epoch: Number(row.epoch),
        lastStamp: Number(row.last_stamp),
      })),
      parked: (await rows('parked')).map((row) => ({ id: row.id, showId: row.show_id })),
      commits: null,
      waitingRooms: roomsOf(await rows('waiting_rooms'), await rows('admissions')),
    }),
    // On SQLite every transaction is of one moment, and its driver knows no level.
    knex.client.config.client === 'better-sqlite3' ? {} : { isolationLevel: 'repeatable read' },
  )

interface LedgerLine {
  readonly transaction_id: string
  readonly kind: string
  readonly account: string
  readonly amount: unknown
}

function ledgerOf(lines: readonly LedgerLine[]): MasterEvidence['ledger'] {
  const transactions = Map.groupBy(lines, (line) => line.transaction_id)
  return [...transactions].map(([id, entries]) => ({
    id,
    kind: entries[0]?.kind ?? '',
    entries: entries.map(({ account, amount }) => ({ account, amount: Number(amount) })),
  }))
}

function roomsOf(
  rooms: readonly { readonly show_id: string }[],
  admissions: readonly Readonly<Record<string, unknown>>[],
): NonNullable<MasterEvidence['waitingRooms']> {
  const byShow = Map.groupBy(admissions, (row) => row.show_id)
  return rooms.map(({ show_id: showId }) => ({
    showId,
    admissions: (byShow.get(showId) ?? []).map((row) => ({
      number: Number(row.number),
      userId: String(row.user_id),
      admittedAt: Number(row.admitted_at),
      endsAt: Number(row.ends_at),
    })),
  }))
}

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value))
