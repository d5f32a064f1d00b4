// Evening after evening, until one fails or there were enough: what was reached, how fast, and for a failure the smallest
// evening that still shows it.
import { asBuilt } from '../design.ts'
import { simulate } from '../simulate.ts'
import { hasFailed, tellCounts, tellFailure, tellRepeat, tellTrace, traceOf } from '../tell.ts'
import { branchesMissed } from './coverage.ts'
import { type Play, playAll } from './pool.ts'
import { shrink } from './shrink.ts'
import { type Summary, Totals } from './summary.ts'

export type Evenings = ({ readonly seeds: number } | { readonly forMs: number }) & {
  /** The first one. */
  readonly seed: number
  readonly jobs: number
  readonly commit: string
  readonly say: (text: string) => void
}

const progressEveryMs = 10_000
/** From so many evenings on, an edge or a branch that none of them reached is a failure of the simulation. */
const eveningsThatReachAll = 2_000
/** The first ones of a run whose number nobody knows: of them one thread tells where it has been. */
const eveningsWatched = 500
const triesMax = 300

/** @returns whether all of it was good */
export async function playEvenings(plan: Evenings): Promise<boolean> {
  const { seed, jobs, commit, say } = plan
  const totals = new Totals()
  const failed: Summary[] = []
  const begunAt = performance.now()
  const secondsSince = () => (performance.now() - begunAt) / 1_000
  let saidAt = begunAt

  say(
    `commit ${commit}, ${'seeds' in plan ? `${plan.seeds} seeds` : 'seeds'} from ${seed} on, ${jobs} at a time`,
  )
  const played = (_: Play, summary: Summary) => {
    totals.add(summary)
    if (hasFailed(summary)) {
      failed.push(summary)
      return 'enough'
    }
    if (performance.now() - saidAt > progressEveryMs) {
      saidAt = performance.now()
      const rate = Math.round(totals.requests / secondsSince())
      say(
        `${Math.round(secondsSince())} s: ${totals.evenings} evenings, ${totals.requests} commands (${rate}/s), ` +
          `${totals.faultsInjected} faults, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB, all good`,
      )
    }
    return 'more'
  }
  const { watched, rest } = divided(plan, begunAt)
  const coverage = await playAll(jobs, rest, played, watched)

  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1_000_000
  say(`\nfaults\n${tellCounts(totals.faults)}\n\nwhat clients were told\n${tellCounts(totals.outcomes)}\n`)
  const edges = totals.edgesMissed
  say(edges.length === 0 ? 'every edge of the charts was reached' : `edges not reached: ${edges.join('; ')}`)
  const { branches, listed } = branchesMissed(coverage)
  say(
    branches.length === 0
      ? `every branch of the spine was reached but for ${listed}, which stand with their reasons in test/simulation/run/out-of-reach.ts`
      : `branches of the spine that were not reached, besides ${listed} known ones:\n  ${branches.join('\n  ')}`,
  )
  say(
    `${totals.evenings} evenings, ${totals.requests} commands sent, ${totals.decisions} decided, ${totals.faultsInjected} faults ` +
      `in ${secondsSince().toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`,
  )
  const aSecond = (count: number) => Math.round(count / cpuSeconds)
  say(
    `a second of CPU: ${aSecond(totals.requests)} commands sent, of which the spine decided ${aSecond(totals.decisions)} ` +
      '(the others were refused at the door, or repeats)',
  )
  say(`${totals.evenings - failed.length} simulated evenings passed`)
  if (failed.length > 0) say(`${failed.length} simulated evenings failed`)

  for (const failure of failed) await explain(failure, commit, say)
  // How many are watched where a time is given depends on the machine: what they miss is told.
  const gaps = 'seeds' in plan ? [...edges, ...branches] : edges
  const isShort = totals.evenings >= eveningsThatReachAll && gaps.length > 0
  return failed.length === 0 && !isShort
}

/** The same ones at each run, on however many threads. */
function divided(plan: Evenings, begunAt: number) {
  const { seed: first } = plan
  const end = 'seeds' in plan ? first + plan.seeds : Number.MAX_SAFE_INTEGER
  const untilMs = 'seeds' in plan ? Number.POSITIVE_INFINITY : begunAt + plan.forMs
  const middle = first + ('seeds' in plan ? Math.ceil(plan.seeds / 2) : eveningsWatched)
  function* between(from: number, to: number): Generator<Play> {
    for (let seed = from; seed < to && performance.now() < untilMs; seed++) yield { seed, bug: null }
  }
  return { watched: between(first, middle), rest: between(middle, end) }
}

async function explain(failure: Summary, commit: string, say: Evenings['say']): Promise<void> {
  say(`\n${tellFailure(failure)}\n  commit ${commit}`)
  if (failure.violations.length === 0) return
  const whole = await simulate({ seed: failure.seed })
  const { seed, buyers, struck, report, tries } = await shrink(whole, asBuilt, triesMax)
  const smaller = { seed, buyers, selection: new Set(struck) }
  say(`\nafter ${tries} tries, with ${buyers} buyers and ${struck.length} of ${whole.struck.length} faults:`)
  say(`  ${tellRepeat(smaller)}\n`)
  say(tellTrace(report.violations, (await traceOf(smaller)).lines))
}
