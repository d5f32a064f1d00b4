// `import`: an exported file back into a database of its own, once it is whole: its lines are counted and their hash is
// compared before the first one is believed.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { openArchive } from '../adapters/archive/archive.ts'
import { restore } from '../adapters/archive/restore.ts'
import type { RestoredRow } from '../engine/ports.ts'
import { exportVersion, type Manifest } from './export.ts'
import { ReplayFailure } from './failure.ts'
import type { Progress } from './progress.ts'
import type { Source } from './source.ts'

/**
 * @throws {ReplayFailure} where the file is not there, cut, changed, or of another version, or where there is a `to`
 * already, or no folder for it
 */
export async function importFrom(path: string, to: string, progress: Progress): Promise<Manifest> {
  for (const needed of [path, dirname(to)])
    if (!existsSync(needed)) throw new ReplayFailure('usage', `There is no ${needed}.`)
  if (existsSync(to))
    throw new ReplayFailure('usage', `There is a ${to} already: an import makes a new file.`)
  const manifest = await manifestOf(path)
  progress.begin('reading in', manifest.lines)
  try {
    await restore(to, await partitionsIn(path), allOf(manifest, path, progress))
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${to}${suffix}`, { force: true })
    if (error instanceof ReplayFailure) throw error
    throw broken(path, `it can't be read in: ${(error as Error).message}`, error)
  } finally {
    progress.end()
  }
  return manifest
}

/** For a single command: the database goes with the source. */
export async function readInForOnce(path: string, progress: Progress): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-replay-'))
  const forget = () => rm(folder, { recursive: true, force: true })
  try {
    const file = join(folder, 'import.db')
    await importFrom(path, file, progress)
    const archive = openArchive(`sqlite:${file}`)
    return {
      name: basename(path),
      archive,
      close: async () => {
        await archive.close()
        await forget()
      },
    }
  } catch (error) {
    await forget()
    throw error
  }
}

const broken = (path: string, what: string, cause?: unknown): ReplayFailure =>
  new ReplayFailure('brokenFile', `${path} is no whole export of Holdfast: ${what}.`, cause)

/** @throws {ReplayFailure} unless the last line is a manifest that fits all the others */
async function manifestOf(path: string): Promise<Manifest> {
  const hash = createHash('sha256')
  let last = ''
  let lines = -1
  for await (const line of linesOf(path)) {
    if (lines >= 0) hash.update(`${last}\n`)
    last = line
    lines++
  }
  const manifest = manifestIn(last)
  if (manifest === null) throw broken(path, 'it does not end with a manifest, so something was cut off')
  if (manifest.version !== exportVersion)
    throw new ReplayFailure(
      'unknownVersion',
      `${path} is an export of version ${manifest.version}; this release reads version ${exportVersion}.`,
    )
  if (manifest.lines !== lines) throw broken(path, `it has ${lines} lines and should have ${manifest.lines}`)
  if (manifest.sha256 !== hash.digest('hex')) throw broken(path, 'its hash differs, so something was changed')
  return manifest
}

function manifestIn(line: string): Manifest | null {
  try {
    const found = JSON.parse(line)
    return found?.holdfast === 'export' && Array.isArray(found.shows) ? found : null
  } catch {
    return null
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path)
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw broken(path, (error as Error).message, error)
  } finally {
    input.destroy()
  }
}

/** All lines but the last, which is the manifest. */
async function* rowsIn(path: string, progress: Progress): AsyncGenerator<RestoredRow> {
  let number = 0
  let row: string | null = null
  for await (const line of linesOf(path)) {
    if (row !== null) {
      yield rowIn(row, path, number)
      progress.add(1)
    }
    row = line
    number++
  }
}

function rowIn(line: string, path: string, number: number): RestoredRow {
  const parsed: unknown = JSON.parse(line)
  const [table, row] = Array.isArray(parsed) ? parsed : []
  if (!isRestored(table)) throw broken(path, `line ${number} is no row of a table of an export`)
  return { table, row: withBytes(table, row) } as RestoredRow
}

/** @throws {ReplayFailure} after the last one, unless the shows of the manifest were among them with all of their entries */
async function* allOf({ shows }: Manifest, path: string, progress: Progress): AsyncGenerator<RestoredRow> {
  const found = new Set<string>()
  const entries = new Map<string, number>()
  for await (const row of rowsIn(path, progress)) {
    if (row.table === 'shows') found.add(row.row.head.showId)
    if (row.table === 'journal') entries.set(row.row.showId, (entries.get(row.row.showId) ?? 0) + 1)
    yield row
  }
  const missing = shows.find(
    (each) => !found.has(each.showId) || (entries.get(each.showId) ?? 0) !== each.entries,
  )
  if (missing !== undefined)
    throw broken(path, `${missing.showId} is not there with its ${missing.entries} entries`)
  if (found.size !== shows.length) throw broken(path, 'it has shows that its manifest does not name')
}

async function partitionsIn(path: string): Promise<number> {
  for await (const row of rowsIn(path, { begin() {}, add() {}, end() {} }))
    if (row.table === 'settings' && row.row.name === 'partitions') return Number(row.row.value)
  throw broken(path, 'it does not say how many partitions there are')
}

const tables: Readonly<Record<RestoredRow['table'], true>> = {
  settings: true,
  machines: true,
  partitions: true,
  shows: true,
  journal: true,
  reservations: true,
  seats: true,
  ledger: true,
  accounts: true,
  refusals: true,
  refusalLosses: true,
  parked: true,
}
const isRestored = (table: unknown): table is RestoredRow['table'] =>
  typeof table === 'string' && Object.hasOwn(tables, table)

// biome-ignore lint/suspicious/noExplicitAny: what JSON gives; the manifest's hash has shown that we wrote it
function withBytes(table: string, row: any): unknown {
  if (table === 'journal') return { ...row, hash: Buffer.from(row.hash, 'hex') }
  if (table === 'shows') return { ...row, head: { ...row.head, hash: Buffer.from(row.head.hash, 'hex') } }
  if (table === 'parked') return { ...row, body: Buffer.from(row.body, 'hex') }
  return row
}
