// One simulated evening, decided by its seed: a sale on three app servers, everything that goes wrong meanwhile, and
// the auditor's verdict when it is over.
import { auditAtAnyTime, auditWhenQuiet } from '../auditor/audit.ts'
import type { Evidence, Violation } from '../auditor/evidence.ts'
import { asBuilt, type Design } from './design.ts'
import { Evening } from './evening.ts'

export interface Plan {
  readonly seed: number
  readonly design?: Design
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
  /** What clients were told, and how often. */
  readonly outcomes: ReadonlyMap<string, number>
  /** As it stood at the end. */
  readonly evidence: Evidence
}

/** In the middle of it all. */
const firstAuditAtMs = 9_000
const stormEndsAtMs = 13_000
/** Some time after the storm: what has healed must work. */
const salesEndAtMs = 17_000
/** Beyond every deadline and claim, and every publish that was held up. */
const quietAfterMs = 50_000

/** What a run must have decided at least, or it has shown nothing. */
const leastWork = { 'reserve held': 25, 'pay paid': 10, 'expire expired': 8 }

export async function simulate({ seed, design = asBuilt, trace }: Plan): Promise<Report> {
  const evening = new Evening({ seed, design, salesEndAtMs, trace })
  const { scheduler, faults, notes, services } = evening
  await evening.begin()
  await scheduler.runUntil(firstAuditAtMs)
  let violations = auditAtAnyTime(evening.evidence())
  if (violations.length === 0) {
    await scheduler.runUntil(stormEndsAtMs)
    evening.heal()
    await evening.runOut(quietAfterMs)
    violations = auditWhenQuiet(evening.evidence())
  }

  const evidence = evening.evidence()
  evening.close()
  const heads = evidence.master.shows.map(({ hash }) => Buffer.from(hash).toString('hex').slice(0, 12))
  return {
    ...{ seed, violations, evidence },
    shortfalls: shortfallsOf(evidence),
    digest: [scheduler.digest.toString(16), scheduler.fired, ...heads].join('-'),
    requests: notes.requests.length,
    decisions: services.master.tables.journal.length,
    ...{ faults: faults.counts, outcomes: notes.outcomes },
  }
}

function shortfallsOf({ master }: Evidence): string[] {
  const done = new Map<string, number>()
  for (const { entry } of master.journal) {
    const { event, outcome, to } = JSON.parse(entry)
    const kind = `${event.type} ${to}`
    if (outcome === 'accepted') done.set(kind, (done.get(kind) ?? 0) + 1)
  }
  return Object.entries(leastWork)
    .filter(([kind, least]) => (done.get(kind) ?? 0) < least)
    .map(([kind, least]) => `${kind}: ${done.get(kind) ?? 0} of at least ${least}`)
}
