// I3, once everything has healed and all deadlines have passed: nothing is left in between.
import type { Evidence, Violation } from './evidence.ts'

export function auditDeadlines({ master, now }: Evidence): Violation[] {
  const violations: Violation[] = []
  for (const { id, state, deadline } of master.reservations) {
    const broken = (what: string) => violations.push({ invariant: 'I3', what, where: id })
    if (state === 'queued') broken('it is still queued')
    if (state === 'held' && (deadline === null || deadline < now))
      broken(
        `it is still held, ${deadline === null ? 'without a deadline' : `${now - deadline} ms past its deadline`}`,
      )
    if (state !== 'held' && deadline !== null) broken(`it is ${state} and has a deadline`)
  }
  return violations
}
