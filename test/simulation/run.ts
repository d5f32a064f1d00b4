// npm run simulate -- [--seeds N] [--seed S] [--trace]
// Simulated evenings from seed S on (any, if none is named); stops at the first that fails, and says how to repeat it.
import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'
import { addCounts, hasFailed, tellCounts, tellFailure, tellTrace, traceOf } from './tell.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean' } },
})
const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const seeds = Number(values.seeds ?? 1)
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(seeds) || seeds < 1)
  throw new RangeError('--seed and --seeds are whole numbers')

// Stacks of errors that are part of the game take longer than the game.
if (!values.trace) Error.stackTraceLimit = 0

const say = (text: string) => process.stdout.write(`${text}\n`)
const faults = new Map<string, number>()
const outcomes = new Map<string, number>()
let requests = 0
let decisions = 0
const begunAt = performance.now()

say(`seeds ${first} to ${first + seeds - 1}`)
for (let seed = first; seed < first + seeds; seed++) {
  const report = await simulate({ seed, ...(values.trace ? { trace: say } : {}) })
  requests += report.requests
  decisions += report.decisions
  addCounts(faults, report.faults)
  addCounts(outcomes, report.outcomes)
  if (!hasFailed(report)) continue
  say(`\n${tellFailure(report)}\n`)
  if (!values.trace) say(tellTrace(report, (await traceOf(seed)).lines))
  process.exitCode = 1
  break
}

const seconds = (performance.now() - begunAt) / 1_000
const { user, system } = process.cpuUsage()
const cpuSeconds = (user + system) / 1_000_000
say(`\nfaults\n${tellCounts(faults)}\n\nwhat clients were told\n${tellCounts(outcomes)}\n`)
say(
  `${requests} commands sent, ${decisions} decisions in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`,
)
say(
  `${Math.round(requests / cpuSeconds)} commands and ${Math.round(decisions / cpuSeconds)} decisions a second of CPU`,
)
