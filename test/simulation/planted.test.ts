// Bugs planted on purpose: each is found within so many seeds, by the invariant that it breaks, where the same evening
// goes well without it. A check that finds nothing here would find nothing at all.
import test from 'ava'
import type { Invariant } from '../auditor/evidence.ts'
import type { Design } from './design.ts'
import {
  acknowledgedBeforeCommit,
  debitWithoutItsCondition,
  deduplicationInTheBatchLeftOut,
  deduplicationInTheJournalLeftOut,
  expiryWithoutItsGuard,
  fenceLeftOut,
  halfAHold,
  nobodyLooksForOverdueHolds,
  orderNotKept,
  projectionWithoutRevisions,
  seatsNotLookedAt,
} from './planted.ts'
import { simulate } from './simulate.ts'
import { hasFailed, tellFailure } from './tell.ts'

const planted: readonly [bug: string, design: Design, found: Invariant, seedsMax: number][] = [
  ['the fence is left out', fenceLeftOut, 'I5', 12],
  ['deduplication in the journal is left out', deduplicationInTheJournalLeftOut, 'I6', 3],
  ['deduplication in the batch is left out', deduplicationInTheBatchLeftOut, 'I6', 3],
  ['messages are acknowledged before the commit', acknowledgedBeforeCommit, 'I6', 6],
  ['an expiry has no guard', expiryWithoutItsGuard, 'I5', 16],
  ['a debit has no condition', debitWithoutItsCondition, 'I2', 40],
  ['best-available does not look whether seats are free', seatsNotLookedAt, 'I1', 3],
  ['a hold gets one of its seats', halfAHold, 'I4', 3],
  ['nobody looks for overdue holds', nobodyLooksForOverdueHolds, 'I3', 3],
  ['the order of the queue is not kept', orderNotKept, 'I7', 6],
  ['the projection does without revisions', projectionWithoutRevisions, 'I8', 12],
]

for (const [bug, design, invariant, seedsMax] of planted)
  test(`planted: ${bug}; found by ${invariant} within ${seedsMax} seeds`, async (t) => {
    t.timeout(300_000)
    const seed = await findSeed(design, invariant, seedsMax)
    if (seed === null) return void t.fail(`seeds 1 to ${seedsMax} do not show it`)
    t.log(`seed ${seed}`)
    const sound = await simulate({ seed })
    t.false(hasFailed(sound), tellFailure(sound))
  })

async function findSeed(design: Design, invariant: Invariant, seedsMax: number): Promise<number | null> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { violations } = await simulate({ seed, design })
    if (violations.some((violation) => violation.invariant === invariant)) return seed
  }
  return null
}
