// I9, the waiting room: no number is issued to two, nobody is let in twice for one number or without the master's word,
// what is being served never goes back, a place stays with its token, and nobody reserves without having been let in.
import type { Evidence, PlaceEvidence, Violation } from './evidence.ts'
import type { ShowHistory } from './history.ts'

/** How far apart two servers' clocks may be while the master's time is on its way. */
const clockErrorMs = 2_000

export function auditWaitingRooms(
  { master, clients }: Evidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  for (const { showId, admissions } of master.waitingRooms ?? []) {
    const broken = (what: string) => violations.push({ invariant: 'I9', what, where: showId })
    const places = (clients.places ?? []).filter((place) => place.showId === showId)
    const numbers = new Map<number, string>()
    const admitted = new Map<number, string>()
    const firstAdmittedAt = new Map<string, number>()
    for (const { number, userId, admittedAt } of admissions) {
      if (admitted.has(number)) broken(`number ${number} was let in twice`)
      admitted.set(number, userId)
      numbers.set(number, userId)
      firstAdmittedAt.set(userId, Math.min(admittedAt, firstAdmittedAt.get(userId) ?? admittedAt))
    }
    const lots = new Map<number, string>()
    for (const { number, lot, userId, state } of places) {
      const owner = numbers.get(number) ?? userId
      numbers.set(number, owner)
      if (owner !== userId) broken(`number ${number} was issued to ${owner} and to ${userId}`)
      // Until the sale opens an administrator may still have the places drawn.
      const isFinal = lot !== null && state !== 'not_open'
      const holder = isFinal ? (lots.get(lot) ?? userId) : userId
      if (isFinal) lots.set(lot, holder)
      if (holder !== userId) broken(`lot ${lot} fell to ${holder} and to ${userId}`)
      if (state === 'admitted' && !admitted.has(number))
        broken(`${userId} was told to be let in with number ${number}, and the master has not heard of it`)
    }
    for (const { what } of [...fallsBehind(places), ...movedPlaces(places)]) broken(what)

    const asked = new Set(
      clients.requests.flatMap(({ told }) => ('commandId' in told ? [told.commandId] : [])),
    )
    for (const { commandId, event, userId, acceptedAt } of histories.get(showId)?.entries ?? []) {
      if (event.type !== 'reserve' || !asked.has(commandId)) continue
      const since = firstAdmittedAt.get(userId)
      if (since === undefined || since > acceptedAt + clockErrorMs)
        broken(`${userId} reserved by ${commandId} without having been let in`)
    }
  }
  return violations
}

interface Finding {
  readonly what: string
}

/** What is being served, as told to whoever asked after somebody had heard of it, is no less. */
function fallsBehind(places: readonly PlaceEvidence[]): Finding[] {
  const seen = places.flatMap(({ lot, position, state, sentAt, toldAt }) =>
    lot === null || position === null || position <= 1 || state === 'admitted'
      ? []
      : [{ serving: lot - position, sentAt, toldAt }],
  )
  const told = [...seen].sort((a, b) => a.toldAt - b.toldAt)
  let next = 0
  let highest = 0
  const findings: Finding[] = []
  for (const { serving, sentAt } of seen.sort((a, b) => a.sentAt - b.sentAt)) {
    for (; (told[next]?.toldAt ?? Number.POSITIVE_INFINITY) < sentAt; next++)
      highest = Math.max(highest, told[next]?.serving ?? 0)
    if (serving < highest)
      findings.push({ what: `serving stood at ${highest}, and at ${serving} afterwards` })
  }
  return findings
}

/** Whoever was issued one number only has it for as long as the token is in hand. */
function movedPlaces(places: readonly PlaceEvidence[]): Finding[] {
  const findings: Finding[] = []
  for (const [userId, own] of Map.groupBy(places, (place) => place.userId)) {
    const first = own.find(({ hasToken }) => !hasToken)
    if (first === undefined || own.filter(({ hasToken }) => !hasToken).length > 1) continue
    let isOver = false
    for (const { number, state } of own) {
      if (number < first.number || (number > first.number && !isOver))
        findings.push({ what: `${userId} had place ${first.number}, and ${number} with the same token` })
      isOver ||= ['admitted', 'expired', 'left'].includes(state)
    }
  }
  return findings
}
