// `npm run bench -- report`: the table and the chart of the README and the tables of docs/PERFORMANCE.md, made of what
// bench/results/ has.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from './bar-chart.ts'
import type { BestAvailableResults } from './best-available.ts'
import { settingOf } from './contenders/contender.ts'
import type { ContestResults } from './contest.ts'
import type { GrowthResults } from './growth.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import type { OverloadResults } from './overload.ts'
import { promisesTable } from './promises.ts'
import { readResults, type Surroundings } from './results.ts'
import type { SeatMapResults } from './seat-map.ts'
import type { ServersResults } from './servers.ts'
import type { SoakResults } from './soak.ts'
import type { StormResults } from './storm.ts'
import { failuresOf, ms, percent } from './words.ts'

const root = join(import.meta.dirname, '..')
const begin = '<!-- made by: npm run bench -- report -->'
const end = '<!-- end -->'
const chart = 'docs/benchmark.svg'

export async function run(options: readonly string[]): Promise<void> {
  optionsOf('report', options, {})
  const contests = ['holds', 'paid'].flatMap((name) => readResults<ContestResults>(name) ?? [])
  const [first] = contests
  if (first === undefined) throw new Error('There are no results yet: npm run bench')
  writeFileSync(join(root, chart), barChart(contests.map(barsOf)))
  fill('README.md', [
    ...contests.flatMap(contestTable),
    `![Rates of Holdfast and its peers](${chart})`,
    '',
    ...where(first),
  ])
  fill('docs/PERFORMANCE.md', [
    ...promisesTable(),
    ...contests.flatMap(contestTable),
    ...others(),
    ...contests.flatMap(timeTable),
  ])
  console.log(`README.md, docs/PERFORMANCE.md and ${chart} are up to date.`)
}

const contestTable = ({ unit, standings }: ContestResults): string[] => [
  `| POST to ${unit === 'holds' ? 'a committed hold' : 'paid'} | ${unit}/s | p50 | p95 | p99 | CPU each | Holdfast makes |`,
  '|---|---|---|---|---|---|---|',
  ...standings.map(
    ({ contender, setting, connections, perSecond, p50, p95, p99, cpuMsSum, ratio }) =>
      `| ${[contender, setting, `${connections} connections`].filter(Boolean).join(', ')} | ${Math.round(perSecond)} | ${ms(p50)} | ${ms(p95)} | ${ms(p99)} | ${cpuMsSum} ms | ${contender === 'Holdfast' ? '' : `${ratio} times as many`} |`,
  ),
  '',
]

const where = ({ hardware, versions, at, commit }: Surroundings): string[] => [
  `${hardware.cpus} processors (${hardware.model}) for everything, the load generator included; ${at.slice(0, 10)}, commit ${commit}; ` +
    `Node ${versions.node}, database ${versions.database}, Redis ${versions.redis}, RabbitMQ ${versions.rabbitmq}.`,
]

/** Each with the command that repeats it, and only those that were run. */
function others(): string[] {
  const rows: [command: string, what: string][] = []
  const add = <T>(name: string, tell: (results: T) => string, options: (results: T) => string = () => '') => {
    const results = readResults<T>(name)
    if (results)
      rows.push([`npm run bench -- ${name}${options(results)}`, `${tell(results)} (${results.commit})`])
  }
  for (const name of ['holds', 'paid'])
    add<ContestResults>(
      name,
      ({ unit, atHalf }) =>
        `at half of its greatest load, ${unit}: p50 ${ms(median(atHalf.map(({ p50 }) => p50)))}, p99 ${ms(median(atHalf.map(({ p99 }) => p99)))} ` +
        `(${atHalf.map(({ p99 }) => ms(p99)).join(', ')})`,
    )
  add<StormResults>(
    'storm',
    ({ requests, seats, appServers, outcomes, perSecond, p99 }) =>
      `${settingOf(appServers)}, ${requests} requests for ${seats} seats: ${outcomes['201'] ?? 0} holds, ${Math.round(perSecond)} losers answered a second, p99 ${ms(p99)}, ${failuresOf(outcomes)} answers 5xx`,
  )
  add<BestAvailableResults>('best-available', ({ seats, count, figures }) => {
    const rates = figures.map(({ perSecond }) => Math.round(perSecond))
    const slowest = Math.max(...figures.map(({ p99 }) => p99))
    return `${seats} seats sold by ${count}, Holdfast choosing them: ${rates.join(', ')} holds/s in the tenths of the hall, p99 ${ms(slowest)} at most`
  })
  add<SeatMapResults>(
    'seat-map',
    ({ seats, still, moving }) =>
      `${seats} seats: ${Math.round(still.perSecond)} answers/s, p99 ${ms(still.p99)}; while some are held each second ${Math.round(moving.perSecond)}/s, p99 ${ms(moving.p99)}`,
  )
  add<OverloadResults>('overload', ({ rounds, shares }) => {
    const outcomes = rounds.map(({ overloaded }) => overloaded.outcomes)
    const sum = (status: string) => outcomes.reduce((all, each) => all + (each[status] ?? 0), 0)
    const statuses = [...new Set(outcomes.flatMap(Object.keys))]
    const memory = rounds.map(({ greatest, overloaded }) => `${greatest.memory} to ${overloaded.memory} MB`)
    return (
      `three times the greatest load, ${rounds.length} times in turns with it: accepted work keeps ${percent(median(shares))} of the best rate ` +
      `(${shares.map(percent).join(', ')}), answers {${statuses.map((status) => `${status}:${sum(status)}`).join()}}; ` +
      `in the five seconds after it p99 ${rounds.map(({ recovered }) => ms(recovered.p99)).join(', ')}; memory meanwhile ${memory.join(', ')}`
    )
  })
  add<ServersResults>('servers', ({ figures }) =>
    figures
      .map(
        ({ appServers, perSecond, shares, p99 }) =>
          `${appServers}: ${Math.round(perSecond)} holds/s, ${percent(median(shares))}, p99 ${ms(p99)}`,
      )
      .join('; '),
  )
  add<GrowthResults>('growth', ({ share, reservations, entries, rates, oneByOne }) => {
    const slowest = Math.min(...rates.flatMap(({ empty, grown }) => [empty, grown]))
    const quickest = Math.max(...rates.flatMap(({ empty, grown }) => [empty, grown]))
    return `with ${reservations} reservations and ${entries} entries ${Math.round(share * 100)}% of the rate on an empty database, in turns of ${Math.round(slowest)} to ${Math.round(quickest)} holds/s; one buyer at a time holds and pays in ${oneByOne.grown.toFixed(1)} ms, on an empty database in ${oneByOne.empty.toFixed(1)} ms`
  })
  add<SoakResults>(
    'soak',
    ({ minutes, askedPerSecond, figures }) =>
      `${minutes} minutes, ${askedPerSecond} held and given back a second: ${figures[0]?.mb} MB after the first, ${figures.at(-1)?.mb} MB after the last`,
    ({ minutes, askedPerSecond }) => ` --minutes ${minutes} --per-second ${askedPerSecond}`,
  )
  if (rows.length === 0) return []
  return ['| command | seen (commit) |', '|---|---|', ...rows.map(([a, b]) => `| \`${a}\` | ${b} |`), '']
}

const timeTable = ({ unit, stages, standings }: ContestResults): string[] => [
  `| stage, under the greatest load of ${unit} | mean | how often |`,
  '|---|---|---|',
  ...stages.map(
    ({ stage, mean, count }) =>
      `| ${stage} | ${stage === 'batch' ? `${mean} commands` : `${mean} ms`} | ${count} |`,
  ),
  '',
  `Processor time each, by program: ${standings.map(({ contender, cpuMs }) => `${contender} ${JSON.stringify(cpuMs).replaceAll('"', '')}`).join('; ')} (ms).`,
  '',
]

function fill(file: string, lines: readonly string[]): void {
  const path = join(root, file)
  const [before, rest] = readFileSync(path, 'utf8').split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined)
    throw new Error(`${file} has no place for it: ${begin} … ${end}`)
  writeFileSync(path, `${before}${begin}\n${lines.join('\n').trimEnd()}\n${end}${after}`)
}

const barsOf = ({ unit, standings }: ContestResults) => ({
  title: `${unit} per second`,
  bars: standings.map(({ contender, perSecond }) => ({ label: contender, value: Math.round(perSecond) })),
})
