// I6: what the clients were told, against the journal. Accepted once means decided once, the decision is the one
// that they were told, a repeat is told the same, and nothing is announced that was not decided.
import type { Evidence, OutboxEvidence, RequestEvidence, Violation } from './evidence.ts'
import type { Entry, ShowHistory } from './history.ts'

export function auditCommandIds(histories: ReadonlyMap<string, ShowHistory>): Violation[] {
  const violations: Violation[] = []
  const seen = new Map<string, string>()
  for (const { entries } of histories.values())
    for (const { commandId, showId, position } of entries) {
      const where = `${showId} #${position}`
      const first = seen.get(commandId)
      if (first)
        violations.push({ invariant: 'I6', what: `${commandId} was decided at ${first} already`, where })
      else seen.set(commandId, where)
    }
  return violations
}

/** Equal for all requests that mean the same command. */
export const askedFor = ({ userId, type, target, idempotencyKey }: RequestEvidence): string =>
  `${userId} ${type} ${target} ${idempotencyKey}`

/** When all that was on its way has been decided. */
export function auditTold(
  { clients, master }: Evidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  const entries = new Map<string, Entry>()
  for (const history of histories.values())
    for (const entry of history.entries) entries.set(entry.commandId, entry)
  const ledger = new Set(master.ledger.map(({ id }) => id))

  for (const request of clients.requests) {
    const { told, type, target } = request
    if (told.is !== 'accepted' && told.is !== 'decided') continue
    const broken = (what: string) =>
      violations.push({ invariant: 'I6', what, where: `${type} of ${target} as ${told.commandId}` })
    const entry = entries.get(told.commandId)
    if (!entry) {
      broken(`it was told ${told.is}, and is not in the journal`)
      continue
    }
    if (told.is !== 'decided' || told.decision.code === 'idempotency_mismatch') continue
    const { outcome, code, state } = told.decision
    const right = [entry.outcome, entry.code, entry.to ?? entry.from ?? 'queued']
    if (String([outcome, code, state]) !== String(right))
      broken(`it was told [${[outcome, code, state]}], the journal says [${right}]`)
    if (type === 'pay' && outcome === 'accepted' && !ledger.has(told.commandId))
      broken('it was told paid, and no money has moved')
  }
  return [...violations, ...auditRepeats(clients.requests)]
}

/** One key, one body, one answer, from the moment that it was first told. */
function auditRepeats(requests: readonly RequestEvidence[]): Violation[] {
  const violations: Violation[] = []
  for (const [where, repeats] of Map.groupBy(requests, askedFor)) {
    if (repeats.length === 1) continue
    const broken = (what: string) => violations.push({ invariant: 'I6', what, where })
    const decided = repeats.filter(isRealAnswer)
    const answers = new Set(decided.map(({ told }) => JSON.stringify(told)))
    if (answers.size > 1) broken(`one command got ${answers.size} answers: ${[...answers].join(' and ')}`)
    if (new Set(decided.map(({ body }) => body)).size > 1) broken('two bodies under one key got real answers')

    const decidedBy = Math.min(...decided.map(({ toldAt }) => toldAt))
    for (const { told, sentAt } of repeats)
      if (told.is === 'refused' && told.code !== 'idempotency_mismatch' && sentAt > decidedBy)
        broken(`a repeat was refused as ${told.code} at the door after its decision had been told`)
  }
  return violations
}

const isRealAnswer = ({ told }: RequestEvidence): boolean =>
  told.is === 'decided' && told.decision.code !== 'idempotency_mismatch'

/** Announced at least once by the time that all is quiet, and nothing else. */
export function auditAnnouncements(
  { master, heard }: Evidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  const broken = ({ id, topic, showId }: OutboxEvidence, what: string) =>
    violations.push({ invariant: 'I6', what: `${topic} ${what}`, where: `${showId} ${id}` })
  const wanted = new Map(
    [...histories.values()].flatMap((each) => each.announcements).map((each) => [each.id, each]),
  )
  for (const each of [...master.outbox, ...(heard ?? [])])
    if (wanted.get(each.id)?.topic !== each.topic) broken(each, 'is announced, and was not decided')
  if (heard === null) return violations
  const told = new Set([...master.outbox, ...heard].map(({ id }) => id))
  for (const each of wanted.values())
    if (!told.has(each.id)) broken(each, 'was decided, and is never announced')
  for (const each of master.outbox) broken(each, 'still waits to be announced')
  return violations
}
