// Random tests: what is printed when one fails is enough to run exactly that case again. FAST_CHECK_RUNS tries more or
// fewer values than the test asks for.
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { runSeed } from './seed.ts'

export async function checkProperty<Values>(
  t: ExecutionContext,
  runs: number,
  property: fc.IAsyncProperty<Values>,
): Promise<void> {
  const { FAST_CHECK_SEED = runSeed, FAST_CHECK_PATH = '', FAST_CHECK_RUNS = runs } = process.env
  const run = await fc.check(property, {
    numRuns: Number(FAST_CHECK_RUNS),
    seed: Number(FAST_CHECK_SEED),
    path: FAST_CHECK_PATH,
  })
  const repeat = `FAST_CHECK_SEED=${run.seed} FAST_CHECK_PATH=${run.counterexamplePath} npx ava --match='${t.title}'`
  if (run.failed) t.fail(`${fc.defaultReportMessage(run)}\n\n${run.errorInstance}\n\nRepeat: ${repeat}`)
  else t.pass()
}
