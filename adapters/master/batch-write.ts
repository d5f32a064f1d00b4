// All that a batch has decided, in one bulk statement a kind where the database takes it, and the fence once more.
import { FencedOut } from '../../engine/failures.ts'
import type { BatchChanges } from '../../engine/ports.ts'
import { insertRows, updateRows } from './bulk.ts'
import { asBrokenInvariant } from './failures.ts'
import { writeLedger } from './ledger.ts'
import { keepParked } from './parked.ts'
import { journalRows, outboxRows, reservationRows, showHeads } from './records.ts'
import { writeSeats } from './seats.ts'
import type { Session } from './session.ts'

/**
 * @throws {BrokenInvariant} where the master is not as the batch's decisions took it to be
 * @throws {FencedOut} if the partition's epoch is another one
 */
export async function writeBatch(session: Session, changes: BatchChanges): Promise<void> {
  const written = [
    writeDecisions(session, changes),
    writeSeats(session, changes),
    writeLedger(session, changes.ledger),
    writeOutbox(session, changes),
    keepParked(session, changes.parked),
    stampPartition(session, changes),
  ]
  try {
    await Promise.all(written)
  } catch (error) {
    throw asBrokenInvariant(session.dialect, error)
  }
}

async function writeDecisions(session: Session, changes: BatchChanges): Promise<void> {
  const { partition, journal, shows, reservationsMade, reservationsChanged } = changes
  const columns = [...reservationRows.columns, 'partition_id']
  const made = reservationsMade.map((row) => [...reservationRows.values(row), partition])
  const changed = reservationsChanged.map((row) => [...reservationRows.values(row), partition])
  const journaled = journal.map((row) => journalRows.values(row))
  const heads = shows.map((head) => showHeads.values(head))

  await Promise.all([
    insertRows(session, 'journal', journalRows.columns, journaled),
    updateRows(session, 'show_heads', showHeads.columns, heads),
    insertRows(session, 'reservations', columns, made),
    updateRows(session, 'reservations', columns, changed),
  ])
}

async function writeOutbox(session: Session, { outbox }: BatchChanges): Promise<void> {
  const rows = outbox.map((row) => outboxRows.values(row))
  await insertRows(session, 'outbox', outboxRows.columns, rows)
}

async function stampPartition(session: Session, { partition, epoch, stamp }: BatchChanges): Promise<void> {
  const stamped = await session.change(
    'UPDATE partitions SET last_stamp = ?, seen_at = ? WHERE id = ? AND epoch = ?',
    [stamp, stamp, partition, epoch],
  )
  if (stamped !== 1) throw new FencedOut(`partition ${partition} is no longer at epoch ${epoch}`)
}
