// `npm run bench -- report`: the table and the chart of the README, made of what bench/results/ has.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from './bar-chart.ts'
import type { Standing } from './contest.ts'
import { resultsFolder } from './results.ts'

interface ContestResults {
  readonly at: string
  readonly commit: string
  readonly hardware: { readonly cpus: number; readonly model: string }
  readonly versions: Readonly<Record<string, string>>
  readonly unit: string
  readonly standings: readonly Standing[]
}

const root = join(import.meta.dirname, '..')
const begin = '<!-- made by: npm run bench -- report -->'
const end = '<!-- end -->'

export async function run(): Promise<void> {
  const contests = ['holds', 'paid'].flatMap((name) => read(name) ?? [])
  const [first] = contests
  if (first === undefined) throw new Error('There are no results yet: npm run bench')
  const chart = 'docs/benchmark.svg'
  writeFileSync(join(root, chart), barChart(contests.map(barsOf)))
  const lines = [
    ...contests.flatMap(({ unit, standings }) => [
      `| POST to ${unit === 'holds' ? 'a committed hold' : 'paid'} | ${unit}/s | p50 | p99 | CPU each | Holdfast makes |`,
      '|---|---|---|---|---|---|',
      ...standings.map(
        ({ contender, setting, perSecond, p50, p99, cpuMsSum, ratio }) =>
          `| ${contender}${setting ? `, ${setting}` : ''} | ${Math.round(perSecond)} | ${Math.round(p50)} ms | ${Math.round(p99)} ms | ${cpuMsSum} ms | ${ratio} times as many |`,
      ),
      '',
    ]),
    `![Rates of Holdfast and its peers](${chart})`,
    '',
    `${first.hardware.cpus} processors (${first.hardware.model}) for everything, the load generator included; ${first.at.slice(0, 10)}, commit ${first.commit}; ` +
      `Node ${first.versions.node}, database ${first.versions.database}, Redis ${first.versions.redis}, RabbitMQ ${first.versions.rabbitmq}.`,
  ]
  const readme = join(root, 'README.md')
  const text = readFileSync(readme, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined)
    throw new Error(`README.md has no place for it: ${begin} … ${end}`)
  writeFileSync(readme, `${before}${begin}\n${lines.join('\n')}\n${end}${after}`)
  console.log(`README.md and ${chart} are up to date.`)
}

function read(name: string): ContestResults | null {
  const path = join(resultsFolder, `${name}.json`)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ContestResults) : null
}

const barsOf = ({ unit, standings }: ContestResults) => ({
  title: `${unit} per second`,
  bars: standings.map(({ contender, perSecond }) => ({ label: contender, value: Math.round(perSecond) })),
})
