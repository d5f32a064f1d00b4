// `npm run bench -- replay`: an evening recorded by the real engine, then verified, entry by entry, in this one process.
// Prints entries a second by the clock and by the processor time that was used, and the memory that an audit takes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openArchive } from '../adapters/archive/archive.ts'
import { openMaster } from '../adapters/master/master.ts'
import { audit } from '../replay/audit.ts'
import { silent } from '../replay/progress.ts'
import { verify } from '../replay/verify.ts'
import { partitions, RecordedSale } from '../test/replay/recorded-sale.ts'
import { keepResults } from './results.ts'

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { commands: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '5' } },
  })
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  try {
    const url = `sqlite:${join(folder, 'master.db')}`
    const master = await openMaster({ url, partitions })
    const commands = Number(values.commands)
    await RecordedSale.record(master, { seed: 1, commands, buyers: 4_000, rows: 40, seatsPerRow: 40 })
    await master.close()
    const rounds = []
    for (let round = 0; round < Number(values.rounds); round++) rounds.push(await verifyOnce(url))
    console.table(rounds)
    const best = Math.max(...rounds.map(({ entriesPerCpuSecond }) => entriesPerCpuSecond))
    console.log(`verify: ${best} entries a second of one core at its best.`)
    const auditMb = await auditOnce(url)
    console.log(`audit: the heap grew by ${auditMb} MB at most.`)
    keepResults('replay', { rounds, auditMb })
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

async function auditOnce(url: string): Promise<number> {
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
    showId: 'spring-1',
    since: 0,
    until: Number.POSITIVE_INFINITY,
    kind: undefined,
    reason: undefined,
  }
  await archive.atOneMoment((records) => audit(records, wanted, progress))
  await archive.close()
  return Math.round(Math.max(0, most - before) / 2 ** 20)
}
