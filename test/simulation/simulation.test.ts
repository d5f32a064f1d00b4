// The whole engine on three simulated servers, evening after evening: fixed seeds, and others at each run.
import test, { type ExecutionContext } from 'ava'
import { runSeed } from '../support/seed.ts'
import { simulate } from './simulate.ts'
import { hasFailed, tellFailure, tellTrace, traceOf } from './tell.ts'

const fixedSeeds = { first: 1, last: 25 }
const otherSeedsForMs = 10_000

test.serial('the same seed is the same evening, to the last line of its trace', async (t) => {
  t.timeout(60_000)
  const [one, again, other] = [await traceOf(7), await traceOf(7), await traceOf(8)]
  t.true(one.lines.length > 1_000)
  t.is(one.hash, again.hash)
  t.not(one.hash, other.hash)
})

test.serial('nothing is sold twice, lost or left behind, whatever goes wrong: fixed seeds', async (t) => {
  t.timeout(300_000)
  t.log(`seeds ${fixedSeeds.first} to ${fixedSeeds.last}`)
  for (let seed = fixedSeeds.first; seed <= fixedSeeds.last; seed++) await assertGood(t, seed)
})

test.serial(
  'nothing is sold twice, lost or left behind, whatever goes wrong: seeds of this run',
  async (t) => {
    t.timeout(300_000)
    const first = 1_000 + (runSeed % 2 ** 30)
    const end = performance.now() + otherSeedsForMs
    let seed = first
    for (; performance.now() < end; seed++) await assertGood(t, seed)
    t.log(`seeds ${first} to ${seed - 1}`)
  },
)

async function assertGood(t: ExecutionContext, seed: number): Promise<void> {
  const report = await simulate({ seed })
  if (hasFailed(report))
    t.fail(`${tellFailure(report)}\n${tellTrace(report.violations, (await traceOf(seed)).lines)}`)
  else t.pass()
}
