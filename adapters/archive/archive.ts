// A whole database, read and never written: the replica, the master, or a SQLite file. Each page is found by its key, so
// that the millionth one costs what the first did, and one transaction keeps all of them of the same moment.
import { hkdfSync } from 'node:crypto'
import createKnex, { type Knex } from 'knex'
import type {
  AccountSum,
  Archive,
  ArchivedDeployment,
  ArchivedShow,
  ArchiveRecords,
  ShowHead,
  TakenSeat,
} from '../../engine/ports.ts'
import { catalogue, showOf, venueOf } from '../master/catalogue.ts'
import { type Dialect, dialectOf } from '../master/dialect.ts'
import { asFailure } from '../master/failures.ts'
import { ConcertModel, ShowModel, VenueModel } from '../master/models.ts'
import {
  journalRows,
  parkedCommands,
  refusalRows,
  reservationRows,
  type StoredRecord,
} from '../master/records.ts'

/** Nothing is opened before it is used. */
export function openArchive(url: string): Archive {
  const dialect = dialectOf(url)
  const knex = createKnex(dialect.configure(url, 'lookups'))
  return {
    async atOneMoment(read) {
      try {
        return await knex.transaction((moment) => read(recordsOf(moment, dialect)), momentOf(dialect))
      } catch (error) {
        throw asFailure(dialect, error)
      }
    },
    close: () => knex.destroy(),
  }
}

/**
 * On SQLite every transaction is of one moment, and its driver knows no level. Not `readOnly` as well: Knex would put both
 * into one statement, which MariaDB takes and MySQL does not.
 */
const momentOf = ({ hasOneWriter }: Dialect): Knex.TransactionConfig =>
  hasOneWriter ? {} : { isolationLevel: 'repeatable read' }

function recordsOf(moment: Knex, dialect: Dialect): ArchiveRecords {
  const reservation = { ...reservationRows.selection, partition: 'partition_id' }
  const totals = { sum: moment.raw('SUM(amount)'), lines: moment.raw('COUNT(*)') }
  return {
    ...catalogue({ queries: moment }),
    deployment: () => deploymentOf(moment, dialect),
    async machines() {
      const records = await moment('machines').orderBy(['name', 'version'])
      return records.map(({ name, version, definition_hash: definitionHash, active }) => ({
        name,
        version,
        definitionHash,
        isActive: Boolean(active),
      }))
    },
    partitions: () =>
      moment('partitions').orderBy('id').select({ partition: 'id', lastStamp: 'last_stamp' }, 'epoch'),
    showIds: () => moment('shows').orderBy('id').pluck('id'),
    journaledShowIds: () => moment('journal').distinct('show_id').orderBy('show_id').pluck('show_id'),
    archivedShow: (showId) => archivedShowOf(moment, showId),

    async journal(showId, after, limit) {
      const page = pageAfter(moment('journal').where({ show_id: showId }), 'position', after, limit)
      return page.select(journalRows.selection)
    },
    async history(subjectId) {
      const entries = moment('journal').where({ subject_id: subjectId }).orderBy('position')
      return entries.select(journalRows.selection)
    },
    async entryOf(commandId) {
      const found = await moment('journal').where({ command_id: commandId }).first(journalRows.selection)
      return found ?? null
    },

    async reservations(showId, after, limit) {
      const ofShow = moment('reservations').whereBetween('id', [`${showId}.`, `${showId}/`])
      const page = pageAfter(ofShow, 'id', after, limit)
      return page.select(reservation)
    },
    countReservations: (showId) => count(moment('reservations').where({ show_id: showId })),
    async reservationsById(ids) {
      return moment('reservations').whereIn('id', ids).select(reservation)
    },
    async overdue(showId, before, limit) {
      const due = moment('reservations')
        .whereBetween('id', [`${showId}.`, `${showId}/`])
        .where('deadline', '<', before)
        .orderBy(['deadline', 'id'])
        .limit(limit)
      return due.select(reservation)
    },
    async takenSeats(showId) {
      const records = await moment('taken_seats')
        .where({ show_id: showId })
        .orderBy('seat_id')
        .select({ seatId: 'seat_id', reservationId: 'reservation_id' }, 'status')
      return new Map(
        records.map(({ seatId, ...seat }: TakenSeat & { seatId: string }) => [seatId, seat] as const),
      )
    },

    ledgerOf: (transactionIds) =>
      moment('ledger')
        .whereIn('transaction_id', transactionIds)
        .orderBy(['transaction_id', 'line'])
        .select(ledgerLines),
    ledger: (after, limit) => pageAfter(moment('ledger'), 'sequence', after, limit).select(ledgerLines),
    unbalanced: (limit) =>
      moment('ledger')
        .groupBy('transaction_id')
        .havingRaw('SUM(amount) <> 0')
        .orderBy('transaction_id')
        .limit(limit)
        .pluck('transaction_id'),
    async accountSums(after, limit) {
      const sums = await pageAfter(moment('ledger'), 'account', after, limit)
        .groupBy('account')
        .select('account', totals)
      return sums.map(accountSum)
    },
    async sumOf(account) {
      return accountSum({ account, ...(await moment('ledger').where({ account }).first(totals)) })
    },
    balances: (after, limit) =>
      pageAfter(moment('accounts'), 'user_id', after, limit).select({ userId: 'user_id' }, 'balance'),

    async refusals(showId, after, limit) {
      const page = pageAfter(moment('refusals').where({ show_id: showId }), 'sequence', after, limit)
      const records: readonly StoredRecord[] = await page.select(
        'sequence',
        ...refusalRows.columns,
        'seat_ids',
      )
      return records.map((record) => ({
        ...refusalRows.read(record),
        sequence: Number(record.sequence),
        seatIds: JSON.parse(String(record.seat_ids)),
      }))
    },
    refusalLosses: () => moment('refusal_losses').orderBy('sequence').select('at', 'lost'),
    async parked(after, limit) {
      const records: readonly StoredRecord[] = await pageAfter(moment('parked'), 'sequence', after, limit)
      return records.map(archivedParked)
    },
    async parkedById(ids) {
      return (await moment('parked').whereIn('id', ids).orderBy('sequence')).map(archivedParked)
    },
  }
}

const accountSum = ({ account, sum, lines }: StoredRecord): AccountSum => ({
  account: String(account),
  sum: Number(sum),
  lines: Number(lines),
})

const archivedParked = (record: StoredRecord) => ({
  ...parkedCommands.read(record),
  sequence: Number(record.sequence),
})

async function count(rows: Knex.QueryBuilder): Promise<number> {
  const { total } = await rows.count({ total: '*' }).first()
  return Number(total)
}

async function archivedShowOf(moment: Knex, showId: string): Promise<ArchivedShow | null> {
  const found = await ShowModel.query(moment).withGraphFetched('head').findById(showId)
  if (!found?.head) return null
  const concert = await ConcertModel.query(moment).findById(found.concertId)
  const venue = await VenueModel.query(moment).findById(found.venueId)
  const { partitionId: partition, state, seq, machineVersion, position, hash, seatsRevision } = found.head
  const head: ShowHead = {
    showId,
    partition,
    state,
    seq,
    machineVersion,
    position,
    hash,
    seatsRevision,
  }
  return {
    head,
    show: showOf(found),
    concertName: concert?.name ?? found.concertId,
    venue: venueOf(venue ?? { id: found.venueId, name: found.venueId, seatCount: 0, plan: null }),
  }
}

async function deploymentOf(moment: Knex, dialect: Dialect): Promise<ArchivedDeployment> {
  const records: readonly { name: string; value: string }[] = await moment('settings').select('name', 'value')
  const settings = new Map(records.map(({ name, value }) => [name, value]))
  const exportedAt = settings.get('exported_at')
  return {
    currency: settings.get('currency') ?? '',
    partitions: Number(settings.get('partitions')),
    isWhole: settings.get('export_scope') !== 'shows',
    pseudonymKey: exportedAt === undefined ? pseudonymKeyOf(settings.get('reservation_id_key') ?? '') : null,
    asOf: exportedAt === undefined ? Math.floor(await dialect.timeMs(moment)) : Number(exportedAt),
  }
}

/** Of the key that the deployment keeps, so that a person has the same pseudonym in every report of it. */
const pseudonymKeyOf = (reservationIdKey: string): Buffer =>
  Buffer.from(hkdfSync('sha256', Buffer.from(reservationIdKey, 'base64url'), '', 'holdfast pseudonyms', 32))

/** The next rows by `column`, a key that no two of them share within what was asked for. */
const pageAfter = (
  rows: Knex.QueryBuilder,
  column: string,
  after: number | string,
  limit: number,
): Knex.QueryBuilder => rows.where(column, '>', after).orderBy(column).limit(limit)

const ledgerLines = {
  sequence: 'sequence',
  transactionId: 'transaction_id',
  line: 'line',
  account: 'account',
  amount: 'amount',
  kind: 'kind',
  at: 'at',
  reference: 'reference',
}
