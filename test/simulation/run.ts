// Evenings of the whole of Holdfast in one process, with faults, on a clock of their own.
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { commandLine, misused } from '../../ops/command-line.ts'
import { playEvenings } from './run/evenings.ts'
import { searchPlanted } from './run/planted-table.ts'
import { simulate } from './simulate.ts'
import { hasFailed, tellCounts, tellFailure } from './tell.ts'

const usage = `npm run simulate -- …

  [--seeds N | --for 2h] [--seed S] [--jobs J]    evenings, until one fails
  --seed S --trace [--buyers N] [--only s1,c2]    one evening, line by line, or a part of it
  --planted [--write]                             after how many seeds each planted bug is found`

const { values } = commandLine(usage, {
  options: {
    seeds: { type: 'string' },
    for: { type: 'string' },
    seed: { type: 'string' },
    jobs: { type: 'string' },
    trace: { type: 'boolean' },
    buyers: { type: 'string' },
    only: { type: 'string' },
    planted: { type: 'boolean' },
    write: { type: 'boolean' },
  },
})
const say = (text: string) => void process.stdout.write(`${text}\n`)

function whole(name: 'seeds' | 'seed' | 'jobs' | 'buyers', otherwise: number): number {
  const value = values[name] === undefined ? otherwise : Number(values[name])
  if (!Number.isSafeInteger(value) || value < 0) misused(usage, `--${name} is a whole number.`)
  return value
}

function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d+)(s|m|h)$/.exec(text) ?? []
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 }[unit]
  if (unitMs === undefined) return misused(usage, '--for is a duration, as in 90s, 10m or 2h.')
  return Number(count) * unitMs
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown, since this is no clone'
  }
}

const seed = whole('seed', Math.floor(Math.random() * 2 ** 31))
const jobs = Math.max(1, whole('jobs', availableParallelism()))

if (values.planted) {
  process.exitCode = (await searchPlanted({ jobs, say, isWritten: values.write ?? false })) ? 0 : 1
} else if (values.trace || values.buyers !== undefined || values.only !== undefined) {
  const only = values.only === undefined ? 'all' : new Set(values.only.split(','))
  const report = await simulate({
    seed,
    selection: only,
    ...(values.trace ? { trace: say } : {}),
    ...(values.buyers === undefined ? {} : { buyers: whole('buyers', 0) }),
  })
  say(`\nfaults\n${tellCounts(report.faults)}\n\nwhat clients were told\n${tellCounts(report.outcomes)}\n`)
  if (hasFailed(report)) {
    say(tellFailure(report))
    process.exitCode = 1
  }
} else {
  const span = values.for === undefined ? { seeds: whole('seeds', 1) } : { forMs: durationMs(values.for) }
  const isGood = await playEvenings({ ...span, seed, jobs, commit: commit(), say })
  process.exitCode = isGood ? 0 : 1
}
