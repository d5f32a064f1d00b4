// The whole engine on three simulated servers, evening after evening: fixed seeds, and others at each run.
import { availableParallelism } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import { runSeed } from '../support/seed.ts'
import { type Play, playAll } from './run/pool.ts'
import { type Summary, Totals } from './run/summary.ts'
import { hasFailed, tellFailure, tellTrace, traceOf } from './tell.ts'

/** From 1 on; `npm run simulate` plays more of them. */
const fixedSeeds = 100
const otherSeedsForMs = 30_000

test.serial('the same seed is the same evening, to the last line of its trace', async (t) => {
  t.timeout(60_000)
  const [one, again, other] = [await traceOf(7), await traceOf(7), await traceOf(8)]
  t.true(one.lines.length > 1_000)
  t.is(one.hash, again.hash)
  t.not(one.hash, other.hash)
})

test.serial('nothing is sold twice, lost or left behind, whatever goes wrong: fixed seeds', async (t) => {
  t.timeout(240_000)
  await assertAllGood(
    t,
    seedsFrom(1, (seed) => seed <= fixedSeeds),
  )
})

test.serial(
  'nothing is sold twice, lost or left behind, whatever goes wrong: seeds of this run',
  async (t) => {
    t.timeout(240_000)
    const end = performance.now() + otherSeedsForMs
    await assertAllGood(
      t,
      seedsFrom(1_000_000 + runSeed, () => performance.now() < end),
    )
  },
)

function* seedsFrom(first: number, isWanted: (seed: number) => boolean): Generator<Play> {
  for (let seed = first; isWanted(seed); seed++) yield { seed, bug: null }
}

async function assertAllGood(t: ExecutionContext, plays: Iterator<Play>): Promise<void> {
  const failed: Summary[] = []
  const totals = new Totals()
  await playAll(availableParallelism(), plays, (_, summary) => {
    totals.add(summary)
    if (hasFailed(summary)) failed.push(summary)
    return failed.length === 0 ? 'more' : 'enough'
  })
  t.log(`${totals.evenings} evenings, ${totals.decisions} decisions, ${totals.faultsInjected} faults`)
  for (const each of failed)
    t.fail(`${tellFailure(each)}\n${tellTrace(each.violations, (await traceOf(each.seed)).lines)}`)
  t.true(totals.evenings > 0)
}
