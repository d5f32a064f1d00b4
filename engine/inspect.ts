// What a developer asks about running reservations: who is in a state, who took a branch lately, who is overdue. Answered
// from the journal's end backwards, a bounded stretch of each show at a time; a cursor goes on from there.
import { branchFinder, type Chart } from '../machines/chart.ts'
import type { MachineName } from '../machines/registry.ts'
import { type JournalEntry, openEntry } from './journal.ts'
import { limits } from './limits.ts'
import type { EntryFilter, LookUps, ParkedCommand, ReservationRow } from './ports.ts'

/** The journal position of each show at which the next page begins; a show that has been looked through has none. */
export type Places = ReadonlyMap<string, number>

export interface SubjectQuery {
  readonly machine: { readonly name: MachineName; readonly version: number; readonly chart: Chart }
  /** Those that are in this state now, or that took the branch at this place of the chart. */
  readonly where: { readonly state: string } | { readonly branch: number }
  /** Of all shows without one. */
  readonly showId?: string
  /** Of those in a state: why the last decision refused something. */
  readonly code?: string
  /** Of the decision, in ms. */
  readonly ageMinMs?: number
  readonly ageMaxMs?: number
  readonly limit: number
  readonly places?: Places
}

/** A decision, and its reservation as it stands; null where the decision was about a show, or the reservation never was. */
export interface Found {
  readonly entry: JournalEntry
  readonly reservation: ReservationRow | null
}

export interface FoundPage {
  /** The latest first. */
  readonly items: readonly Found[]
  /** Null when there is no more. */
  readonly next: Places | null
}

export async function findSubjects(lookUps: LookUps, query: SubjectQuery, now: number): Promise<FoundPage> {
  const starts = query.places ?? (await startsOf(lookUps, query, now))
  const stretches = await Promise.all(
    [...starts].map(([showId, from]) => lookThrough(lookUps, query, { showId, from, now })),
  )
  const found = stretches
    .flatMap(({ items }) => items)
    .sort((one, other) => other.entry.decidedAt - one.entry.decidedAt)
  const items = found.slice(0, query.limit)
  const left = new Set(found.slice(query.limit))
  const next = new Map<string, number>()
  for (const { showId, items: own, through, isAtEnd } of stretches) {
    const firstLeft = own.find((item) => left.has(item))
    // What did not fit on the page comes first on the next one.
    if (firstLeft !== undefined) next.set(showId, firstLeft.entry.position + 1)
    else if (!isAtEnd) next.set(showId, through)
  }
  return { items, next: next.size === 0 ? null : next }
}

async function startsOf(lookUps: LookUps, query: SubjectQuery, now: number): Promise<Places> {
  const shows = query.showId
    ? [query.showId]
    : (await lookUps.decidedShows(limits.inspectionShowsMax)).map(({ showId }) => showId)
  const until = query.ageMinMs === undefined ? Number.MAX_SAFE_INTEGER : now - query.ageMinMs
  const starts = await Promise.all(
    shows.map(async (showId) => [showId, (await lookUps.positionAt(showId, until)) + 1] as const),
  )
  return new Map(starts)
}

interface Stretch {
  readonly showId: string
  readonly items: readonly Found[]
  readonly through: number
  readonly isAtEnd: boolean
}

async function lookThrough(
  lookUps: LookUps,
  query: SubjectQuery,
  { showId, from, now }: { showId: string; from: number; now: number },
): Promise<Stretch> {
  const { rows, through } = await lookUps.recentEntries(showId, filterOf(query), query.limit, from)
  const entries = rows.map(openEntry)
  const since = query.ageMaxMs === undefined ? 0 : now - query.ageMaxMs
  const young = entries.filter(({ decidedAt }) => decidedAt >= since)
  const items =
    query.machine.name === 'show'
      ? await ofShow(lookUps, query, young)
      : await ofReservations(lookUps, query, young)
  const isTooOld =
    young.length < entries.length || (since > 0 && (await lookUps.positionAt(showId, since)) >= through)
  return { showId, items, through, isAtEnd: through <= 1 || isTooOld }
}

function filterOf({ machine: { name, version, chart }, where, code: why }: SubjectQuery): EntryFilter {
  const machine = `${name}@${version}`
  if ('state' in where) return { machine, to: where.state, ...(why === undefined ? {} : { code: why }) }
  const branch = chart.branches[where.branch]
  if (branch === undefined) return { machine, to: '' }
  const { from, to, event, code } = branch
  return { machine, from, to, event, ...(code === null ? {} : { code }) }
}

async function ofReservations(lookUps: LookUps, query: SubjectQuery, entries: readonly JournalEntry[]) {
  const { where } = query
  const taken = entries.filter((entry) => isTaken(query, entry))
  const rows = await lookUps.reservations([...new Set(taken.map(({ subjectId }) => subjectId))])
  const byId = new Map(rows.map((row) => [row.id, row]))
  const found = taken.map((entry): Found => ({ entry, reservation: byId.get(entry.subjectId) ?? null }))
  // Whoever is in the state stands in the list once, by the last decision.
  if ('branch' in where) return found
  return found.filter(
    ({ entry, reservation }) => reservation?.seq === entry.seq && reservation?.state === where.state,
  )
}

async function ofShow(
  lookUps: LookUps,
  query: SubjectQuery,
  entries: readonly JournalEntry[],
): Promise<Found[]> {
  const { where } = query
  const found = entries
    .filter((entry) => isTaken(query, entry))
    .map((entry): Found => ({ entry, reservation: null }))
  if ('branch' in where || found[0] === undefined) return found
  const show = await lookUps.show(found[0].entry.showId)
  return show?.state === where.state ? found.slice(0, 1) : []
}

function isTaken(
  { machine: { chart }, where }: SubjectQuery,
  { from, event, verdicts }: JournalEntry,
): boolean {
  return 'state' in where || branchFinder(chart)(from ?? chart.initial, event.type, verdicts) === where.branch
}

/** From the end of the grace until the sweep has seen it, and its wake-up has come through the queue. */
const sweepTurnMs = 2 * limits.sweepIntervalMs

export interface Overdue {
  /** Held, although the deadline and the grace have passed and the sweep has had its turn. */
  readonly pastDeadline: readonly ReservationRow[]
  /** Held for longer than 99 of 100 that left lately had been; empty where that is not known. */
  readonly waitingLong: readonly ReservationRow[]
  readonly parked: readonly ParkedCommand[]
  /** Decisions about parked commands that were sent again. */
  readonly redriven: readonly JournalEntry[]
}

export interface OverdueQuery {
  /** The time in `held` that counts as long, by the machine's version; without one nobody waits long. */
  readonly waitMaxMs: ReadonlyMap<number, number>
  readonly holdGraceMs: number
  readonly limit: number
}

/** By show, what was sent again, as it was found when the show's journal ended at `position`. */
export type RedrivenSeen = Map<
  string,
  { readonly position: number; readonly entries: readonly JournalEntry[] }
>

/** @param seen by earlier looks; a show about which nothing was decided since then is not looked through again */
export async function findOverdue(
  lookUps: LookUps,
  { waitMaxMs, holdGraceMs, limit }: OverdueQuery,
  seen: RedrivenSeen,
  now: number,
): Promise<Overdue> {
  const [earliest, parked, redriven] = await Promise.all([
    // Who waits longest has the earliest deadline, but for those that asked for more time.
    lookUps.heldUntil(Number.MAX_SAFE_INTEGER, limit),
    lookUps.newestParked(limit),
    findRedriven(lookUps, seen, limit),
  ])
  const overdueAt = now - holdGraceMs - sweepTurnMs
  return {
    parked,
    pastDeadline: earliest.filter(({ deadline }) => deadline !== null && deadline <= overdueAt),
    waitingLong: earliest.filter(
      ({ createdAt, machineVersion }) =>
        now - createdAt > (waitMaxMs.get(machineVersion) ?? Number.POSITIVE_INFINITY),
    ),
    redriven: redriven.sort((one, other) => other.decidedAt - one.decidedAt).slice(0, limit),
  }
}

async function findRedriven(lookUps: LookUps, seen: RedrivenSeen, limit: number): Promise<JournalEntry[]> {
  const shows = await lookUps.decidedShows(limits.inspectionShowsMax)
  for (const showId of seen.keys()) if (!shows.some((show) => show.showId === showId)) seen.delete(showId)
  const found = await Promise.all(
    shows.map(async ({ showId, position }) => {
      const known = seen.get(showId)
      if (known?.position === position) return known.entries
      const { rows } = await lookUps.recentEntries(showId, { isRedriven: true }, limit)
      const entries = rows.map(openEntry)
      seen.set(showId, { position, entries })
      return entries
    }),
  )
  return found.flat()
}
