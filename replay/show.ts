// `show ID`: one reservation's life, from what was asked to how it ended, and for seats that were refused who had them;
// or what was asked of a show.
import { tellHistory } from '../engine/history.ts'
import { type JournalEntry, openEntry } from '../engine/journal.ts'
import type { ArchivedShow, ArchiveRecords } from '../engine/ports.ts'
import { seatNameIn } from '../engine/seat-name.ts'
import { Shows } from '../engine/shows.ts'
import type { Language } from '../machines/rules.ts'
import { type Block, durationOf, moneyIn, type Report, timeOf } from './document.ts'
import { type Ending, ending } from './ending.ts'
import { ReplayFailure } from './failure.ts'
import { type Pseudonym, pseudonymsOf } from './pseudonyms.ts'
import { type SeatTenure, tenuresOf } from './seat-tenures.ts'
import { showNamed } from './source.ts'

export interface Life {
  readonly id: string
  readonly shown: ArchivedShow
  readonly entries: readonly JournalEntry[]
}

/** @throws {ReplayFailure} where nothing was ever decided about it */
export async function lifeOf(records: ArchiveRecords, id: string): Promise<Life> {
  const entries = (await records.history(id)).map(openEntry)
  const [first] = entries
  if (first === undefined) {
    const parked = await records.parkedById([id])
    const hint =
      parked.length > 0
        ? ' There is a parked command of that id.'
        : ' A request that was turned away at the door has none; "audit" counts those.'
    throw new ReplayFailure('notFound', `Nothing was ever decided about ${id}.${hint}`)
  }
  return { id, entries, shown: await showNamed(records, first.showId) }
}

export async function show(records: ArchiveRecords, id: string, language: Language): Promise<Report> {
  const { shown, entries } = await lifeOf(records, id)
  const { currency } = shown.show
  const plan = await new Shows(records).find(shown.show.id)
  const seatName = (seatId: string) => (plan === null ? seatId : seatNameIn(plan, seatId, language))
  const pseudonym = pseudonymsOf(await records.deployment())
  const items = tellHistory(entries, { language, currency, seatName })
  const refusal = entries.find(({ code }) => code === 'seats_taken')
  const tenures = refusal === undefined ? [] : await tenuresOf(records, refusal)
  const money = moneyIn(currency)
  const cost = costOf(entries)
  const isShow = id === shown.show.id
  const ofBuyer = (pairs: [string, string][]) => (isShow ? [] : pairs)
  const end = isShow ? null : ending({ language, entries, items, tenures, money, seatName, pseudonym })

  const blocks: Block[] = [
    { kind: 'title', text: `${isShow ? 'Show' : 'Reservation'} ${id}` },
    {
      kind: 'facts',
      pairs: [
        ['show', `${shown.show.id}, ${shown.concertName}, ${timeOf(shown.show.startsAt)}`],
        ...ofBuyer([['buyer', pseudonym(entries[0]?.userId ?? '')]]),
        ['machine', [...new Set(entries.map(({ machine }) => machine))].join(', ')],
        ...ofBuyer([
          ['paid', money(cost.paid)],
          ['paid back', money(cost.refunded)],
        ]),
      ],
    },
    { kind: 'heading', text: 'What was decided' },
    {
      kind: 'table',
      columns: ['#', 'decided', 'asked', 'outcome', 'what happened'],
      rows: items.map((item, index) => [
        entries[index]?.position ?? '',
        timeOf(item.at),
        `${item.type}${waited(entries[index])}`,
        item.code ?? item.outcome,
        item.text,
      ]),
    },
    { kind: 'heading', text: 'What the rules saw and said' },
    {
      kind: 'table',
      columns: ['#', 'rule', 'said', 'state', 'facts'],
      rows: entries.map((entry, index) => [
        entry.position,
        Object.keys(entry.verdicts).join('\n') || '–',
        Object.values(entry.verdicts)
          .map((holds) => (holds ? 'yes' : 'no'))
          .join('\n') || '–',
        `${entry.from ?? '–'} → ${entry.to ?? '–'}`,
        factLines(items[index]?.facts ?? {}),
      ]),
    },
    ...tenureBlocks(tenures, seatName, pseudonym),
    ...redriveBlocks(entries, pseudonym),
    ...endBlocks(end),
  ]
  const data = {
    id,
    showId: shown.show.id,
    buyer: pseudonym(entries[0]?.userId ?? ''),
    ...{ currency, ...cost, ending: end?.sentence ?? null },
    items: items.map((item, index) => ({
      ...{ position: entries[index]?.position, commandId: entries[index]?.commandId },
      ...{ machine: entries[index]?.machine, verdicts: entries[index]?.verdicts, ...item },
    })),
    refusedSeats: tenures.map((tenure) => ({
      ...tenure,
      userId: undefined,
      buyer: pseudonym(tenure.userId),
    })),
  }
  return { blocks, data, exitCode: 0 }
}

const endBlocks = (end: Ending | null): Block[] =>
  end === null
    ? []
    : [
        { kind: 'heading', text: 'Why it ended so' },
        { kind: 'text', text: end.sentence, tone: end.isGood ? 'good' : 'bad' },
      ]

function costOf(entries: readonly JournalEntry[]): { paid: number; refunded: number } {
  const sum = (wanted: string) =>
    entries
      .flatMap(({ effects }) => effects)
      .filter(({ type }) => type === wanted)
      .reduce((total, { params }) => total + Number(params.amount), 0)
  return { paid: sum('debit'), refunded: sum('credit') }
}

function waited(entry: JournalEntry | undefined): string {
  if (entry === undefined || entry.event.type === 'expire') return ''
  return `\n${durationOf(Math.max(0, entry.decidedAt - entry.acceptedAt))} in the queue`
}

const times = new Set(['acceptedAt', 'decidedAt', 'opensAt', 'closesAt', 'refundableUntil'])

const factLines = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${factText(name, value)}`)
    .join('\n')

function factText(name: string, value: unknown): string {
  if (times.has(name) && typeof value === 'number' && value > 0) return timeOf(value)
  if (Array.isArray(value))
    return value
      .map((each) => (typeof each === 'object' ? `${each?.id} (${each?.price})` : String(each)))
      .join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function tenureBlocks(
  tenures: readonly SeatTenure[],
  seatName: (id: string) => string,
  pseudonym: Pseudonym,
): Block[] {
  if (tenures.length === 0) return []
  return [
    { kind: 'heading', text: 'Who had the seats' },
    {
      kind: 'table',
      columns: ['seat', 'reservation', 'buyer', 'since', 'free again'],
      rows: tenures.map(({ seatId, reservationId, userId, since, until }) => [
        seatName(seatId),
        reservationId,
        pseudonym(userId),
        timeOf(since),
        until === null ? 'never, so far' : `${timeOf(until.at)} (${until.how})`,
      ]),
    },
  ]
}

function redriveBlocks(entries: readonly JournalEntry[], pseudonym: Pseudonym): Block[] {
  return entries.flatMap(({ position, redriveOf, redriveBy, redriveReason }) =>
    redriveOf === undefined
      ? []
      : [
          {
            kind: 'text' as const,
            tone: 'quiet' as const,
            text:
              `Entry ${position} sent the parked command ${redriveOf} again` +
              `${redriveBy === undefined ? '' : `, asked for by ${pseudonym(redriveBy)}`}${redriveReason === undefined ? '' : `: ${redriveReason}`}.`,
          },
        ],
  )
}
