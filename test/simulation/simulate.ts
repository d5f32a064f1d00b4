// One simulated evening, decided by its seed: a sale on three app servers, everything that goes wrong meanwhile, and
// the auditor's verdict when it is over.

import { limits } from '../../engine/limits.ts'
import { auditAtAnyTime, auditWhenQuiet } from '../auditor/audit.ts'
import type { Evidence, Violation } from '../auditor/evidence.ts'
import { repeatsUntilMs } from './client.ts'
import { asBuilt, type Design } from './design.ts'
import { Evening } from './evening.ts'
import type { Selection } from './faults.ts'
import { shortfallsOf } from './least-work.ts'

export interface Plan {
  readonly seed: number
  readonly design?: Design
  readonly buyers?: number
  /** Which of the seed's faults may strike. */
  readonly selection?: Selection
  /** Hears what happens, in order. */
  readonly trace?: (line: string) => void
}

export interface Report {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** What the run did too little of to count as one. */
  readonly shortfalls: readonly string[]
  /** Equal for equal runs. */
  readonly digest: string
  /** Commands that the clients sent, repeats too. */
  readonly requests: number
  readonly decisions: number
  readonly faults: ReadonlyMap<string, number>
  /** The names of the faults that struck. */
  readonly struck: readonly string[]
  /** What clients were told, and how often. */
  readonly outcomes: ReadonlyMap<string, number>
  /** As it stood at the end. */
  readonly evidence: Evidence
}

export const buyersUsually = 100
/** In the middle of it all. */
const auditAtMs = 6_000
const stormEndsAtMs = 9_500
/** Some time after the storm, since what has healed must work; later where little could be done in the storm. */
const salesEndAtMs = { earliest: 12_500, latest: 40_000 }
/** Beyond every late repeat and the claim that it makes, every deadline and takeover, once the last fault has arrived. */
const quietAfterMs = repeatsUntilMs + limits.claimTtlMs + 2_000

export async function simulate(plan: Plan): Promise<Report> {
  const { seed, design = asBuilt, buyers = buyersUsually, selection = 'all', trace } = plan
  const shortfalls = () => (buyers < buyersUsually ? [] : shortfallsOf(services.master.tables.journal))
  const mayEnd = () => shortfalls().length === 0
  const evening = new Evening({
    seed,
    design,
    buyers,
    selection,
    stormEndsAtMs,
    sales: { ...salesEndAtMs, mayEnd },
    trace,
  })
  const { scheduler, faults, notes, services } = evening
  await evening.begin()
  await scheduler.runUntil(auditAtMs)
  let evidence = evening.evidence()
  let violations = auditAtAnyTime(evidence)
  if (violations.length === 0) {
    await scheduler.runUntil(stormEndsAtMs)
    evening.heal()
    await evening.runOut(quietAfterMs)
    evidence = evening.evidence()
    violations = auditWhenQuiet(evidence)
  }
  evening.close()
  const heads = evidence.master.shows.map(({ hash }) => Buffer.from(hash).toString('hex').slice(0, 12))
  return {
    seed,
    violations,
    evidence,
    shortfalls: shortfalls(),
    digest: [scheduler.digest.toString(16), scheduler.fired, ...heads].join('-'),
    requests: notes.requests.length,
    decisions: services.master.tables.journal.length,
    faults: faults.counts,
    struck: faults.struck,
    outcomes: notes.outcomes,
  }
}
