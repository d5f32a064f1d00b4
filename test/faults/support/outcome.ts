// How a fault test ends: everything is quiet, the auditor has looked at it, and one line tells what came of the fault.
import type { ExecutionContext } from 'ava'
import type { Evidence } from '../../auditor/evidence.ts'
import { type Scene, verdict } from './verdict.ts'

/** What a test tells of itself in one line. */
export interface Outcome {
  readonly injected: string
  readonly observed: string
  /** What succeeded meanwhile: what it was, how often, and how often the test demands it at least. */
  readonly done: readonly [what: string, count: number, least: number]
}

interface Judged extends Scene {
  readonly seed: number
  readonly statuses: ReadonlyMap<string, number>
}

/** @returns what the auditor has seen */
export async function conclude(
  t: ExecutionContext,
  scene: Judged,
  { injected, observed, done: [what, count, least] }: Outcome,
): Promise<Evidence> {
  const { evidence, violations } = await verdict(scene)
  const statuses = [...scene.statuses]
  const outcomes = [...scene.notes.outcomes].sort(([a], [b]) => (a < b ? -1 : 1))
  t.log(`seed ${scene.seed}; told: ${outcomes.map(([name, times]) => `${times} × ${name}`).join(', ')}`)
  t.log(`statuses: ${statuses.map(([status, times]) => `${times} × ${status}`).join(', ')}`)
  const { length } = evidence.master.journal
  t.log(
    `injected: ${injected} | observed: ${observed} | done: ${count} ${what} of ${least} demanded, ` +
      `${length} decisions audited, ${violations.length} violations`,
  )
  t.deepEqual(violations, [])
  t.is(scene.statuses.get('500') ?? 0, 0, 'nobody was told of a fault of the server')
  t.true(count >= least, `${count} ${what}, ${least} are demanded`)
  return evidence
}
