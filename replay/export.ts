// `export`: the records of one show or of all as lines of JSON, users as keyed digests, with a manifest and a hash at the
// end. The journal is sealed anew over the pseudonyms, after the chain that it had was checked.
import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { readCommand } from '../engine/command.ts'
import { chainStart, type JournalEntry, type JournalRow, openEntry, seal } from '../engine/journal.ts'
import type {
  ArchivedParked,
  ArchivedShow,
  ArchiveRecords,
  LedgerLine,
  RestoredRow,
} from '../engine/ports.ts'
import { notWritable, ReplayFailure } from './failure.ts'
import { pages } from './pages.ts'
import type { Progress } from './progress.ts'
import { type Pseudonym, pseudonymsOf } from './pseudonyms.ts'
import { showNamed } from './source.ts'

export const exportVersion = 1

export interface Manifest {
  readonly holdfast: 'export'
  readonly version: number
  readonly exportedAt: number
  /** Shows with the hash at the head of the journal that they were exported from. */
  readonly shows: readonly { readonly showId: string; readonly entries: number; readonly hash: string }[]
  readonly lines: number
  /** SHA-256 over all lines before this one, with their ends. */
  readonly sha256: string
}

/** @param showId null for all shows, with balances and charges */
export async function exportTo(
  path: string,
  records: ArchiveRecords,
  showId: string | null,
  progress: Progress,
): Promise<Manifest> {
  const deployment = await records.deployment()
  const pseudonym = pseudonymsOf(deployment)
  const showIds = showId === null ? await records.showIds() : [showId]
  const shows: ArchivedShow[] = []
  for (const each of showIds) shows.push(await showNamed(records, each))
  const gone =
    showId === null ? (await records.journaledShowIds()).find((each) => !showIds.includes(each)) : undefined
  if (gone !== undefined)
    throw new ReplayFailure(
      'brokenRecords',
      `The journal has entries of ${gone}, and there is no such show: look with "verify" first.`,
    )

  const file = new LineFile(path)
  const sealed = new Map<string, Buffer>()
  progress.begin(
    'exporting',
    shows.reduce((sum, { head }) => sum + head.position, 0),
  )
  try {
    const isWhole = showId === null && deployment.isWhole
    for await (const row of settingsRows(records, deployment, isWhole)) await file.write(row)
    for (const { head } of shows)
      for await (const row of journalOf(records, head, pseudonym, sealed)) {
        await file.write(row)
        progress.add(1)
      }
    for (const shown of shows) {
      const hash = sealed.get(shown.head.showId) ?? shown.head.hash
      await file.write({ table: 'shows', row: { ...shown, head: { ...shown.head, hash } } })
      for await (const row of rowsOfShow(records, shown.head.showId, pseudonym)) await file.write(row)
    }
    for await (const row of moneyOf(records, isWhole ? null : showIds, pseudonym)) await file.write(row)
    for await (const row of parkedOf(records, new Set(showIds), pseudonym)) await file.write(row)
    return await file.end({
      exportedAt: deployment.asOf,
      shows: shows.map(({ head }) => ({
        showId: head.showId,
        entries: head.position,
        hash: head.hash.toString('hex'),
      })),
    })
  } catch (error) {
    await file.abandon()
    throw error
  } finally {
    progress.end()
  }
}

async function* settingsRows(
  records: ArchiveRecords,
  { currency, partitions, asOf }: Awaited<ReturnType<ArchiveRecords['deployment']>>,
  isWhole: boolean,
): AsyncGenerator<RestoredRow> {
  const values = {
    currency,
    partitions: String(partitions),
    exported_at: String(asOf),
    export_scope: isWhole ? 'whole' : 'shows',
  }
  for (const [name, value] of Object.entries(values)) yield { table: 'settings', row: { name, value } }
  for (const row of await records.machines()) yield { table: 'machines', row }
  for (const row of await records.partitions()) yield { table: 'partitions', row }
}

async function* journalOf(
  records: ArchiveRecords,
  { showId, position, hash: headHash }: ArchivedShow['head'],
  pseudonym: Pseudonym,
  sealed: Map<string, Buffer>,
): AsyncGenerator<RestoredRow> {
  let source = chainStart(showId)
  let hash = source
  let last = 0
  for await (const page of pages(
    (after: number, limit) => records.journal(showId, after, limit),
    0,
    (row) => row.position,
  ))
    for (const row of page) {
      source = createHash('sha256').update(source).update(row.entry).digest()
      if (row.position !== last + 1 || !source.equals(row.hash)) throw brokenChain(showId, row.position)
      last = row.position
      const resealed: JournalRow = seal(disguised(openEntry(row), pseudonym), hash)
      hash = resealed.hash
      const { commandId, subjectId, seq } = row
      yield { table: 'journal', row: { ...resealed, commandId, subjectId, seq } }
    }
  if (last !== position || !source.equals(headHash)) throw brokenChain(showId, last + 1)
  sealed.set(showId, hash)
}

const brokenChain = (showId: string, position: number): ReplayFailure =>
  new ReplayFailure(
    'brokenRecords',
    `The journal of ${showId} is broken at position ${position}, and an export would hide it: look with "verify" first.`,
  )

/** Reasons are made of messages, which may name the user. */
function disguised(entry: JournalEntry, pseudonym: Pseudonym): JournalEntry {
  const { userId, event, redriveBy } = entry
  const { reason } = event
  return {
    ...entry,
    userId: pseudonym(userId),
    event:
      typeof reason === 'string' ? { ...event, reason: reason.replaceAll(userId, pseudonym(userId)) } : event,
    ...(redriveBy === undefined ? {} : { redriveBy: pseudonym(redriveBy) }),
  }
}

async function* rowsOfShow(
  records: ArchiveRecords,
  showId: string,
  pseudonym: Pseudonym,
): AsyncGenerator<RestoredRow> {
  for await (const page of pages(
    (after: string, limit) => records.reservations(showId, after, limit),
    '',
    (row) => row.id,
  ))
    for (const row of page) yield { table: 'reservations', row: { ...row, userId: pseudonym(row.userId) } }
  for (const [seatId, seat] of await records.takenSeats(showId))
    yield { table: 'seats', row: { showId, seatId, ...seat } }
  for await (const page of pages(
    (after: number, limit) => records.refusals(showId, after, limit),
    0,
    (row) => row.sequence,
  ))
    for (const row of page) yield { table: 'refusals', row: { ...row, userId: pseudonym(row.userId) } }
}

/** @param showIds those whose payments and refunds are wanted; null for everything */
async function* moneyOf(
  records: ArchiveRecords,
  showIds: readonly string[] | null,
  pseudonym: Pseudonym,
): AsyncGenerator<RestoredRow> {
  const wanted = showIds && new Set(showIds.map((showId) => `revenue:${showId}`))
  let transaction: LedgerLine[] = []
  const disguise = (line: LedgerLine): RestoredRow => {
    const { account } = line
    return {
      table: 'ledger',
      row: account.startsWith('user:') ? { ...line, account: `user:${pseudonym(account.slice(5))}` } : line,
    }
  }
  const finish = () => {
    const isWanted = wanted === null || transaction.some(({ account }) => wanted.has(account))
    return isWanted ? transaction.map(disguise) : []
  }
  for await (const page of pages(
    (after: number, limit) => records.ledger(after, limit),
    0,
    (row) => row.sequence,
  ))
    for (const line of page) {
      if (transaction[0] && transaction[0].transactionId !== line.transactionId) {
        yield* finish()
        transaction = []
      }
      transaction.push(line)
    }
  yield* finish()
  for (const row of await records.refusalLosses()) yield { table: 'refusalLosses', row }
  if (showIds !== null) return
  for await (const page of pages(
    (after: string, limit) => records.balances(after, limit),
    '',
    (row) => row.userId,
  ))
    for (const { userId, balance } of page)
      yield { table: 'accounts', row: { userId: pseudonym(userId), balance } }
}

/** What can't be read is left out, since anything may stand in it. */
async function* parkedOf(
  records: ArchiveRecords,
  showIds: ReadonlySet<string>,
  pseudonym: Pseudonym,
): AsyncGenerator<RestoredRow> {
  for await (const page of pages(
    (after: number, limit) => records.parked(after, limit),
    0,
    (row) => row.sequence,
  ))
    for (const row of page)
      if (row.showId !== null && showIds.has(row.showId))
        yield { table: 'parked', row: disguisedParked(row, pseudonym) }
}

function disguisedParked(row: ArchivedParked, pseudonym: Pseudonym): ArchivedParked {
  const command = readCommand(row.body)
  if (command === null) return { ...row, body: Buffer.alloc(0) }
  const { userId, redriveBy, replyTo: _, ...rest } = command
  const disguise = {
    userId: pseudonym(userId),
    ...(redriveBy === undefined ? {} : { redriveBy: pseudonym(redriveBy) }),
  }
  return {
    ...row,
    reason: row.reason.replaceAll(userId, pseudonym(userId)),
    body: Buffer.from(JSON.stringify({ ...rest, ...disguise })),
  }
}

/** Lines into a new file, waiting where the disk is slower than the database. */
class LineFile {
  readonly #hash: Hash = createHash('sha256')
  readonly #path: string
  readonly #stream
  #lines = 0
  #waiting: string[] = []
  #failure: Error | null = null

  /** @throws {ReplayFailure} where there is such a file, or none can be made */
  constructor(path: string) {
    this.#path = path
    this.#stream = createWriteStream('', { fd: openNew(path) })
    this.#stream.on('error', (error) => {
      this.#failure = error
    })
  }

  async write(row: RestoredRow): Promise<void> {
    // Whoever reads lines takes these two for the end of one as well.
    const line = JSON.stringify([row.table, withText(row)])
    this.#waiting.push(`${line.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`)
    this.#lines++
    if (this.#waiting.length >= 1_000) await this.#flush()
  }

  async end(manifest: Pick<Manifest, 'exportedAt' | 'shows'>): Promise<Manifest> {
    await this.#flush()
    const whole: Manifest = {
      holdfast: 'export',
      version: exportVersion,
      ...manifest,
      lines: this.#lines,
      sha256: this.#hash.digest('hex'),
    }
    this.#stream.end(`${JSON.stringify(whole)}\n`)
    await finished(this.#stream)
    return whole
  }

  async abandon(): Promise<void> {
    this.#stream.destroy()
    await finished(this.#stream).catch(() => {})
    await rm(this.#path, { force: true })
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#hash.update(text)
    if (!this.#stream.write(text))
      await Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')])
    if (this.#failure) throw notWritable(this.#failure)
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    throw notWritable(error as Error)
  }
}

/** Bytes as hexadecimal digits. */
function withText({ table, row }: RestoredRow): object {
  if (table === 'journal') return { ...row, hash: row.hash.toString('hex') }
  if (table === 'shows') return { ...row, head: { ...row.head, hash: row.head.hash.toString('hex') } }
  if (table === 'parked') return { ...row, body: row.body.toString('hex') }
  return row
}
