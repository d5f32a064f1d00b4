// `audit`: all that failed, grouped by its reason, with counts, shares, the money at stake, when, and samples. One page of
// the journal at a time: a million reservations take no more memory than a thousand.
import { type JournalEntry, openEntry } from '../engine/journal.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import { type ShowPlan, Shows } from '../engine/shows.ts'
import type { PricedSeat } from '../machines/reservation.ts'
import { type Block, moneyIn, percent, type Report, timeOf } from './document.ts'
import { ReplayFailure } from './failure.ts'
import { pages } from './pages.ts'
import type { Progress } from './progress.ts'
import { pseudonymsOf } from './pseudonyms.ts'
import { showNamed } from './source.ts'
import { TimeSlots } from './time-slots.ts'

export const failureKinds = ['rejected', 'expired', 'refused', 'parked', 'overdue', 'turned away'] as const
export type FailureKind = (typeof failureKinds)[number]

export interface Wanted {
  readonly showId: string
  readonly since: number
  readonly until: number
  readonly kind: string | undefined
  readonly reason: string | undefined
}

interface Group {
  readonly kind: FailureKind
  readonly reason: string
  count: number
  /** Minor units. */
  atStake: number
  first: number
  last: number
  readonly samples: string[]
}

const samplesMax = 3

export async function audit(records: ArchiveRecords, wanted: Wanted, progress: Progress): Promise<Report> {
  const { kind } = wanted
  if (kind !== undefined && !failureKinds.includes(kind as FailureKind))
    throw new ReplayFailure('usage', `--state is one of ${failureKinds.join(', ')}, not ${kind}.`)
  const { head, show, concertName } = await showNamed(records, wanted.showId)
  const plan = await new Shows(records).find(wanted.showId)
  if (plan === null) throw new ReplayFailure('notFound', `The show ${wanted.showId} has no plan.`)
  const auditor = new Auditor(records, wanted, plan)
  progress.begin('auditing', head.position)
  await auditor.readJournal(progress)
  await auditor.readOverdue()
  const door = await auditor.readDoor()
  progress.end()
  return reportOf(auditor, door, { wanted, concertName, currency: show.currency })
}

export interface Door {
  readonly kept: number
  /** Of all shows: the log counts what it lost, not whose it was. */
  readonly lost: number
}

class Auditor {
  readonly #records: ArchiveRecords
  readonly #wanted: Wanted
  readonly #plan: ShowPlan
  readonly groups = new Map<string, Group>()
  readonly slots = new TimeSlots()
  /** Commands that were decided in the time asked about, and what was asked at the door. */
  commands = 0

  constructor(records: ArchiveRecords, wanted: Wanted, plan: ShowPlan) {
    this.#records = records
    this.#wanted = wanted
    this.#plan = plan
  }

  async readJournal(progress: Progress): Promise<void> {
    const { showId, since, until } = this.#wanted
    for await (const page of pages(
      (after: number, limit) => this.#records.journal(showId, after, limit),
      0,
      (row) => row.position,
    )) {
      const entries = page.map(openEntry).filter(({ decidedAt: at }) => at >= since && at < until)
      const failed = entries.flatMap((entry) => {
        const found = failureOf(entry)
        return found === null ? [] : [{ entry, ...found }]
      })
      this.commands += entries.filter(({ event }) => event.type !== 'expire').length
      const amounts = await this.#amountsOf(failed.map(({ entry }) => entry))
      for (const { entry, kind, reason } of failed)
        this.#add(kind, reason, entry.decidedAt, amounts(entry), entry.subjectId)
      progress.add(page.length)
    }
  }

  async readOverdue(): Promise<void> {
    const { showId, until } = this.#wanted
    const { asOf } = await this.#records.deployment()
    const overdue = await this.#records.overdue(showId, Math.min(asOf, until), 100_000)
    for (const { id, deadline, context } of overdue)
      this.#add('overdue', 'held after its deadline', deadline ?? 0, amountIn(context), id)
  }

  async readDoor(): Promise<Door> {
    const { showId, since, until } = this.#wanted
    const pseudonym = pseudonymsOf(await this.#records.deployment())
    let kept = 0
    for await (const page of pages(
      (after: number, limit) => this.#records.refusals(showId, after, limit),
      0,
      (row) => row.sequence,
    ))
      for (const { at, code, seatIds, userId } of page) {
        if (at < since || at >= until) continue
        kept++
        const atStake = seatIds.reduce((sum, id) => sum + (this.#plan.priceOf(id) ?? 0), 0)
        this.#add('turned away', code, at, atStake, `buyer ${pseudonym(userId)}`)
      }
    this.commands += kept
    const losses = await this.#records.refusalLosses()
    const lost = losses
      .filter(({ at }) => at >= since && at < until)
      .reduce((sum, loss) => sum + loss.lost, 0)
    return { kept, lost }
  }

  #add(kind: FailureKind, reason: string, at: number, atStake: number, sample: string): void {
    const { kind: wantedKind, reason: wantedReason } = this.#wanted
    if (wantedKind !== undefined && wantedKind !== kind) return
    if (wantedReason !== undefined && wantedReason !== reason) return
    const key = `${kind}\n${reason}`
    const group = this.groups.get(key) ?? {
      kind,
      reason,
      count: 0,
      atStake: 0,
      ...span(at),
      samples: [],
    }
    this.groups.set(key, group)
    group.count++
    group.atStake += atStake
    group.first = Math.min(group.first, at)
    group.last = Math.max(group.last, at)
    if (group.samples.length < samplesMax && !group.samples.includes(sample)) group.samples.push(sample)
    this.slots.add(`${kind}: ${reason}`, at)
  }

  /** What a command wanted is in its event; what a payment was about only its reservation knows. */
  async #amountsOf(entries: readonly JournalEntry[]): Promise<(entry: JournalEntry) => number> {
    const unknown = entries.filter((entry) => amountAsked(entry, this.#plan) === null)
    const rows = await this.#records.reservationsById([...new Set(unknown.map(({ subjectId }) => subjectId))])
    const amounts = new Map(rows.map(({ id, context }) => [id, amountIn(context)]))
    return (entry) => amountAsked(entry, this.#plan) ?? amounts.get(entry.subjectId) ?? 0
  }
}

const span = (at: number) => ({ first: at, last: at })

/** Null where all went well, or nothing was lost. */
function failureOf(entry: JournalEntry): { kind: FailureKind; reason: string } | null {
  const { outcome, code, from, to, event } = entry
  if (outcome === 'parked') return { kind: 'parked', reason: firstLine(event.reason) }
  if (to === 'expired' && from === 'held') return { kind: 'expired', reason: 'not paid in time' }
  if (to === 'rejected' && from === 'queued') return { kind: 'rejected', reason: code ?? 'unknown' }
  if (outcome === 'refused') return { kind: 'refused', reason: `${event.type}: ${code}` }
  return null
}

/** Of a fault only its kind: the rest names whom it hit, and would make a group of each. */
const firstLine = (reason: unknown): string => String(reason).split(/[:\n]/)[0] ?? ''

function amountAsked({ event, effects }: JournalEntry, { priceOf }: ShowPlan): number | null {
  const sum = (seatIds: readonly string[]) => seatIds.reduce((total, id) => total + (priceOf(id) ?? 0), 0)
  if (event.type === 'reserve')
    return (
      (event.seats as readonly PricedSeat[]).reduce((total, { price }) => total + price, 0) +
      sum(event.seatsTaken as readonly string[])
    )
  const released = effects.find(({ type }) => type === 'releaseSeats')
  return released === undefined ? null : sum(released.params.seatIds as readonly string[])
}

const amountIn = (context: string): number => (JSON.parse(context) as { amount?: number }).amount ?? 0

function reportOf(
  auditor: Auditor,
  door: Door,
  { wanted, concertName, currency }: { wanted: Wanted; concertName: string; currency: string },
): Report {
  const groups = [...auditor.groups.values()].sort((a, b) => b.count - a.count)
  const money = moneyIn(currency)
  const failures = groups.reduce((sum, { count }) => sum + count, 0)
  const { slots, series } = auditor.slots.chart()
  const blocks: Block[] = [
    { kind: 'title', text: `What failed at ${wanted.showId}, ${concertName}` },
    {
      kind: 'facts',
      pairs: [
        ['from', wanted.since === 0 ? 'the beginning' : timeOf(wanted.since)],
        ['until', Number.isFinite(wanted.until) ? timeOf(wanted.until) : 'now'],
        ['asked', auditor.commands],
        ['failed', `${failures} (${percent(failures, auditor.commands)})`],
        ['at stake', money(groups.reduce((sum, { atStake }) => sum + atStake, 0))],
        ['turned away at the door', coverage(door)],
      ],
    },
    {
      kind: 'table',
      columns: ['what', 'reason', 'count', 'share', 'at stake', 'first', 'last', 'samples'],
      rows: groups.map(({ kind, reason, count, atStake, first, last, samples }) => [
        ...[kind, reason, count, percent(count, auditor.commands), money(atStake)],
        ...[timeOf(first), timeOf(last), samples.join('\n')],
      ]),
    },
    ...(failures === 0 ? [] : [{ kind: 'chart' as const, title: 'Failures over time', slots, series }]),
    {
      kind: 'text',
      tone: 'quiet',
      text: 'At stake is what was asked for, as often as it was asked: a buyer who tried three times counts three times. Best seats that could not be had are not in it: nobody knows what they would have cost.',
    },
  ]
  return {
    blocks,
    exitCode: 0,
    data: {
      showId: wanted.showId,
      currency,
      commands: auditor.commands,
      failures,
      door,
      groups,
      chart: { slots, series },
    },
  }
}

const coverage = ({ kept, lost }: Door): string =>
  lost === 0
    ? `${kept}, and the log lost none`
    : `${kept}; the log lost ${lost} of all shows' in this time, and covers ${percent(kept, kept + lost)} at least`
