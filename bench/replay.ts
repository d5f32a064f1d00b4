// `npm run bench -- replay`: an evening recorded by the real engine, then verified, entry by entry, in this one process.
// Prints entries a second by the clock and by the processor time that was used, and the memory that an audit takes: of the
// evening, and of one with many times its reservations.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { openArchive } from '../adapters/archive/archive.ts'
import { openMaster } from '../adapters/master/master.ts'
import { audit } from '../replay/audit.ts'
import { silent } from '../replay/progress.ts'
import { verify } from '../replay/verify.ts'
import { partitions, RecordedSale } from '../test/replay/recorded-sale.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'

export async function run(options: readonly string[]): Promise<void> {
  const given = optionsOf('replay', options, { commands: 100_000, rounds: 5, reservations: 1_000_000 })
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  try {
    const file = join(folder, 'master.db')
    const url = `sqlite:${file}`
    const master = await openMaster({ url, partitions })
    const { commands } = given
    await RecordedSale.record(master, { seed: 1, commands, buyers: 4_000, rows: 40, seatsPerRow: 40 })
    await master.close()
    const rounds = []
    for (let round = 0; round < given.rounds; round++) rounds.push(await verifyOnce(url))
    console.table(rounds)
    const told = (rates: readonly number[]) =>
      `${median(rates)} (${Math.min(...rates)} to ${Math.max(...rates)})`
    const byClock = told(rounds.map(({ entriesPerSecond }) => entriesPerSecond))
    const byProcessor = told(rounds.map(({ entriesPerCpuSecond }) => entriesPerCpuSecond))
    console.log(
      `verify, on one core: ${byClock} entries a second, ${byProcessor} a second of processor time, Node's other threads' included.`,
    )
    const small = await auditOnce(url)
    multiply(file, given.reservations)
    const large = await auditOnce(url)
    for (const { reservations, entries, seconds, heapMb } of [small, large])
      console.log(
        `audit of ${reservations} reservations, ${entries} entries: ${seconds.toFixed(1)} s, the heap grew by ${heapMb} MB at most.`,
      )
    keepResults('replay', { rounds, audits: [small, large] })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function verifyOnce(url: string) {
  const archive = openArchive(url)
  const cpu = process.cpuUsage()
  const begunAt = performance.now()
  const report = await archive.atOneMoment((records) => verify(records, null, silent))
  const seconds = (performance.now() - begunAt) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  await archive.close()
  if (report.exitCode !== 0) throw new Error(JSON.stringify(report.data))
  const { entries } = report.data as { entries: number }
  const rate = (over: number) => Math.round(entries / over)
  return { entries, entriesPerSecond: rate(seconds), entriesPerCpuSecond: rate((user + system) / 1e6) }
}

const showId = 'spring-1'

/** Copies the show's reservations and their entries under other ids until there are so many reservations. */
function multiply(file: string, reservations: number): void {
  const rows = new Sqlite(file)
  rows.pragma('synchronous = OFF')
  rows.exec(`
    CREATE TEMP TABLE made AS SELECT * FROM main.reservations WHERE show_id = '${showId}';
    CREATE TEMP TABLE decided AS SELECT * FROM main.journal WHERE show_id = '${showId}' AND subject_id <> '${showId}'`)
  const count = (what: string) => rows.prepare<[], number>(`SELECT ${what}`).pluck().get() ?? 0
  const [made, positions] = [count('COUNT(*) FROM made'), count('MAX(position) FROM decided')]
  const copies = Math.ceil(reservations / made) - 1
  const copying = (from: string, table: string, changed: Readonly<Record<string, string>>) => {
    const columns = (rows.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
    const values = columns.map((name) => changed[name] ?? name)
    return rows.prepare(`INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${from}`)
  }
  const renamed = (column: string) => `replace(${column}, '${showId}.', '${showId}.' || @copy || '-')`
  const copyReservations = copying('made', 'reservations', { id: renamed('id') })
  const copyEntries = copying('decided', 'journal', {
    position: `position + @copy * ${positions}`,
    command_id: "command_id || '-' || @copy",
    subject_id: renamed('subject_id'),
    entry: renamed('entry'),
  })
  rows.transaction(() => {
    for (let copy = 1; copy <= copies; copy++)
      for (const each of [copyReservations, copyEntries]) each.run({ copy })
    rows.prepare('UPDATE show_heads SET position = ? WHERE show_id = ?').run(positions * (copies + 1), showId)
  })()
  rows.close()
}

async function auditOnce(url: string) {
  const archive = openArchive(url)
  let before = 0
  let most = 0
  const progress = {
    ...silent,
    begin() {
      before = process.memoryUsage().heapUsed
    },
    add() {
      most = Math.max(most, process.memoryUsage().heapUsed)
    },
  }
  const wanted = {
    showId,
    since: 0,
    until: Number.POSITIVE_INFINITY,
    kind: undefined,
    reason: undefined,
  }
  const begunAt = performance.now()
  const counts = await archive.atOneMoment(async (records) => {
    await audit(records, wanted, progress)
    const shown = await records.archivedShow(showId)
    return { reservations: await records.countReservations(showId), entries: shown?.head.position ?? 0 }
  })
  const seconds = (performance.now() - begunAt) / 1_000
  await archive.close()
  return { ...counts, seconds, heapMb: Math.round(Math.max(0, most - before) / 2 ** 20) }
}
