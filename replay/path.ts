// A reservation's path through a machine: the same recorded events, each with the facts that were seen, one after the
// other from the beginning.
import type { JournalEntry } from '../engine/journal.ts'
import { type MachineState, type Step, step } from '../engine/step.ts'
import { type Candidate, thrown } from './candidate.ts'

export interface Stepped {
  readonly entry: JournalEntry
  readonly before: MachineState | null
  readonly after: Step
}

/** @throws {ReplayFailure} where the machine throws */
export function pathThrough(candidate: Candidate, entries: readonly JournalEntry[]): Stepped[] {
  let before: MachineState | null = null
  return entries.map((entry) => {
    const stepped: Stepped = stepOnce(candidate, before, entry)
    if (entry.seq !== null) before = stepped.after
    return stepped
  })
}

export function stepOnce(candidate: Candidate, before: MachineState | null, entry: JournalEntry): Stepped {
  try {
    return { entry, before, after: step(candidate.registered, before, entry.event) }
  } catch (error) {
    throw thrown(candidate, `${entry.showId} #${entry.position} (${entry.event.type})`, error)
  }
}

/** What of a decision people would notice. */
export type Decision = Pick<JournalEntry, 'outcome' | 'code' | 'from' | 'to' | 'effects'>

export const decisionOf = ({ entry, before, after }: Stepped): Decision => ({
  outcome: entry.event.type === 'park' ? 'parked' : after.outcome,
  code: after.code,
  from: entry.seq === null ? null : (before?.state ?? 'queued'),
  to: entry.seq === null ? null : after.state,
  effects: after.effects,
})

export const recordedDecision = ({ outcome, code, from, to, effects }: JournalEntry): Decision => ({
  outcome,
  code,
  from,
  to,
  effects,
})

export const isSame = (stepped: Stepped): boolean =>
  JSON.stringify(decisionOf(stepped)) === JSON.stringify(recordedDecision(stepped.entry))
