// A SQLite file made of what was exported, with the schema of a master: whatever reads a master reads it too.
import type { RestoredRow } from '../../engine/ports.ts'
import { insertRows, type Row } from '../master/bulk.ts'
import { connect } from '../master/connect.ts'
import { openMaster } from '../master/master.ts'
import { journalRows, parkedCommands, refusalRows, reservationRows, showHeads } from '../master/records.ts'
import { inTransaction, type Session } from '../master/session.ts'

const rowsAtOnce = 512

/**
 * All of it or nothing.
 * @param file a new one
 * @throws whatever `rows` throws, and where two of them have the same key
 */
export async function restore(
  file: string,
  partitions: number,
  rows: AsyncIterable<RestoredRow>,
): Promise<void> {
  const url = `sqlite:${file}`
  await (await openMaster({ url, partitions })).close()
  const { dialect, queries, close } = connect(url)
  try {
    await inTransaction(dialect, queries, async (session) => {
      for (const table of ['settings', 'partitions']) await session.change(`DELETE FROM ${table}`)
      let waiting: RestoredRow[] = []
      for await (const row of rows) {
        if (waiting.length >= rowsAtOnce || (waiting[0] && waiting[0].table !== row.table)) {
          await write(session, waiting)
          waiting = []
        }
        waiting.push(row)
      }
      await write(session, waiting)
    })
  } finally {
    await close()
  }
}

async function write(session: Session, rows: readonly RestoredRow[]): Promise<void> {
  const tables = new Map<string, { table: string; columns: readonly string[]; rows: Row[] }>()
  for (const { table, columns, values } of rows.flatMap(storedAs)) {
    const known = tables.get(table) ?? { table, columns, rows: [] }
    known.rows.push(values)
    tables.set(table, known)
  }
  for (const { table, columns, rows: values } of tables.values()) {
    const isShared = table === 'venues' || table === 'concerts'
    await insertRows(session, table, columns, values, isShared ? session.dialect.orKeep('id') : '')
  }
}

interface Stored {
  readonly table: string
  readonly columns: readonly string[]
  readonly values: Row
}

const stored = (table: string, record: Readonly<Record<string, unknown>>): Stored => ({
  table,
  columns: Object.keys(record),
  values: Object.values(record),
})

function storedAs({ table, row }: RestoredRow): Stored[] {
  switch (table) {
    case 'settings':
      return [stored('settings', { name: row.name, value: row.value })]
    case 'machines': {
      const { name, version, definitionHash, isActive } = row
      return [
        stored('machines', { name, version, definition_hash: definitionHash, active: Number(isActive) }),
      ]
    }
    case 'partitions': {
      const { partition, epoch, lastStamp } = row
      return [stored('partitions', { id: partition, epoch, seen_at: 0, last_stamp: lastStamp })]
    }
    case 'shows':
      return storedShow(row)
    case 'journal':
      return [{ table, columns: journalRows.columns, values: journalRows.values(row) }]
    case 'reservations': {
      const columns = [...reservationRows.columns, 'partition_id']
      return [{ table, columns, values: [...reservationRows.values(row), row.partition] }]
    }
    case 'seats': {
      const { showId, seatId, status, reservationId } = row
      return [
        stored('taken_seats', { show_id: showId, seat_id: seatId, status, reservation_id: reservationId }),
      ]
    }
    case 'ledger': {
      const { transactionId, ...line } = row
      return [stored('ledger', { transaction_id: transactionId, ...line })]
    }
    case 'accounts':
      return [stored('accounts', { user_id: row.userId, balance: row.balance })]
    case 'refusals': {
      const columns = [...refusalRows.columns, 'sequence', 'seat_ids']
      return [
        { table, columns, values: [...refusalRows.values(row), row.sequence, JSON.stringify(row.seatIds)] },
      ]
    }
    case 'refusalLosses':
      return [stored('refusal_losses', { at: row.at, lost: row.lost })]
    case 'parked':
      return [
        {
          table,
          columns: [...parkedCommands.columns, 'sequence'],
          values: [...parkedCommands.values(row), row.sequence],
        },
      ]
  }
}

/** A venue or concert that several shows share comes with each of them, and is kept once. */
function storedShow({
  head,
  show,
  concertName,
  venue,
}: Extract<RestoredRow, { table: 'shows' }>['row']): Stored[] {
  return [
    stored('shows', {
      id: show.id,
      concert_id: show.concertId,
      venue_id: show.venueId,
      currency: show.currency,
      starts_at: show.startsAt,
      opens_at: show.opensAt,
      closes_at: show.closesAt,
      refundable_until: show.refundableUntil,
      hold_ttl_ms: show.holdTtlMs,
      seat_limit: show.seatLimit,
      extension_ms: show.extensionMs,
      extensions_max: show.extensionsMax,
      has_waiting_room: Number(show.hasWaitingRoom),
      prices: JSON.stringify(show.prices),
    }),
    { table: 'show_heads', columns: showHeads.columns, values: showHeads.values(head) },
    stored('concerts', { id: show.concertId, name: concertName, description: '' }),
    stored('venues', {
      id: venue.id,
      name: venue.name,
      seat_count: venue.seatCount,
      plan: JSON.stringify(venue.plan),
    }),
  ]
}
