// I5, the fence: nothing was written under an epoch after the next one had been raised. Only who saw the commits can tell.
import type { MasterEvidence, Violation } from './evidence.ts'
import type { ShowHistory } from './history.ts'

export function auditFence(
  { commits }: MasterEvidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  const epochs = new Map<number, number>()
  for (const commit of commits ?? []) {
    if (commit.is === 'epoch raised') {
      epochs.set(commit.partition, commit.epoch)
      continue
    }
    const { showId, position } = commit
    const entry = histories.get(showId)?.entries[position - 1]
    const raised = entry && (epochs.get(entry.partition) ?? 0)
    if (entry && entry.epoch !== raised)
      violations.push({
        invariant: 'I5',
        what: `it was written under epoch ${entry.epoch}, after epoch ${raised} had been raised`,
        where: `${showId} #${position}`,
      })
  }
  return violations
}
