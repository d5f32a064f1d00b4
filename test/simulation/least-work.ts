// What an evening must have decided at least, or it has shown nothing.
import type { JournalEvidence } from '../auditor/evidence.ts'
import { entryOf } from '../auditor/history.ts'

const leastWork = { 'reserve held': 20, 'pay paid': 8, 'expire expired': 3 }

export function shortfallsOf(journal: readonly JournalEvidence[]): string[] {
  const done = new Map<string, number>()
  for (const row of journal) {
    const { event, outcome, to } = entryOf(row)
    const kind = `${event.type} ${to}`
    if (outcome === 'accepted') done.set(kind, (done.get(kind) ?? 0) + 1)
  }
  return Object.entries(leastWork)
    .filter(([kind, least]) => (done.get(kind) ?? 0) < least)
    .map(([kind, least]) => `${kind}: ${done.get(kind) ?? 0} of at least ${least}`)
}
