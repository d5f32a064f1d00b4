// Random tests: what is printed when one fails is enough to run exactly that case again.
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'

export async function checkProperty<Values>(
  t: ExecutionContext,
  runs: number,
  property: fc.IAsyncProperty<Values>,
): Promise<void> {
  const { FAST_CHECK_SEED: seed, FAST_CHECK_PATH: path = '' } = process.env
  const run = await fc.check(property, {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed: Number(seed), path }),
  })
  const repeat = `FAST_CHECK_SEED=${run.seed} FAST_CHECK_PATH=${run.counterexamplePath} npx ava --match='${t.title}'`
  if (run.failed) t.fail(`${fc.defaultReportMessage(run)}\n\n${run.errorInstance}\n\nRepeat: ${repeat}`)
  else t.pass()
}
