// The auditor: recomputes everything from the stored bytes and the clients' own notes, and names what does not agree.
// I1 to I8 are those of the fault list, I9 is the waiting room's. It imports nothing of the engine, the machines or the adapters.
import { auditChain, journalsOf } from './chain.ts'
import { auditAnnouncements, auditCommandIds, auditTold } from './commands.ts'
import { auditDeadlines } from './deadlines.ts'
import type { Evidence, MasterEvidence, Violation } from './evidence.ts'
import { auditFence } from './fence.ts'
import { ShowHistory } from './history.ts'
import { auditLookUps } from './look-ups.ts'
import { auditMoney } from './money.ts'
import { auditOrder } from './order.ts'
import { auditProjection } from './projection.ts'
import { auditSeats } from './seats.ts'
import { auditSnapshots } from './snapshots.ts'
import { auditWaitingRooms } from './waiting-room.ts'

/** What holds at any moment, in the middle of a sale too. */
export function auditAtAnyTime(evidence: Evidence): Violation[] {
  return auditLasting(evidence, readJournals(evidence.master))
}

/** Everything: for when all has healed, all deadlines and claims have passed, and nothing is on its way. */
export function auditWhenQuiet(evidence: Evidence): Violation[] {
  const journals = readJournals(evidence.master)
  return [
    ...auditLasting(evidence, journals),
    ...auditDeadlines(evidence),
    ...auditTold(evidence, journals.histories),
    ...auditAnnouncements(evidence, journals.histories),
    ...auditProjection(evidence),
  ]
}

interface Journals {
  readonly histories: ReadonlyMap<string, ShowHistory>
  readonly violations: readonly Violation[]
}

function auditLasting(evidence: Evidence, { histories, violations }: Journals): Violation[] {
  const { master } = evidence
  return [
    ...violations,
    ...auditFence(master, histories),
    ...auditSnapshots(master, histories),
    ...auditSeats(master, histories),
    ...auditMoney(evidence, histories),
    ...auditCommandIds(histories),
    ...auditOrder(evidence, histories),
    ...auditLookUps(evidence),
    ...auditWaitingRooms(evidence, histories),
  ]
}

function readJournals({ journal, shows }: MasterEvidence): Journals {
  const histories = new Map<string, ShowHistory>()
  const violations: Violation[] = []
  const heads = new Map(shows.map((show) => [show.showId, show]))
  const journals = journalsOf(journal)
  for (const { showId, position } of shows)
    if (position > 0 && !journals.has(showId))
      violations.push({
        invariant: 'I5',
        what: `the head stands at ${position}, and there is no entry`,
        where: showId,
      })
  for (const [showId, entries] of journals) {
    violations.push(...auditChain(entries, showId, heads.get(showId)))
    const history = new ShowHistory(showId)
    for (const row of entries) history.add(row)
    violations.push(...history.violations)
    histories.set(showId, history)
  }
  return { histories, violations }
}
