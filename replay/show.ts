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
import { type ShowWords, showWords } from './show-words.ts'
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
  const words = showWords[language]
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
    { kind: 'title', text: `${words.title[isShow ? 'show' : 'reservation']} ${id}` },
    {
      kind: 'facts',
      pairs: [
        [words.show, `${shown.show.id}, ${shown.concertName}, ${timeOf(shown.show.startsAt)}`],
        ...ofBuyer([[words.buyer, pseudonym(entries[0]?.userId ?? '')]]),
        [words.machine, [...new Set(entries.map(({ machine }) => machine))].join(', ')],
        ...ofBuyer([
          [words.paid, money(cost.paid)],
          [words.paidBack, money(cost.refunded)],
        ]),
      ],
    },
    { kind: 'heading', text: words.decisions },
    {
      kind: 'table',
      columns: words.decisionColumns,
      rows: items.map((item, index) => [
        entries[index]?.position ?? '',
        timeOf(item.at),
        `${item.type}${waited(words, entries[index])}`,
        item.code ?? item.outcome,
        item.text,
      ]),
    },
    { kind: 'heading', text: words.rules },
    {
      kind: 'table',
      columns: words.ruleColumns,
      rows: entries.map((entry, index) => [
        entry.position,
        Object.keys(entry.verdicts).join('\n') || '–',
        Object.values(entry.verdicts)
          .map((holds) => (holds ? words.yes : words.no))
          .join('\n') || '–',
        `${entry.from ?? '–'} → ${entry.to ?? '–'}`,
        factLines(items[index]?.facts ?? {}),
      ]),
    },
    ...tenureBlocks(words, tenures, seatName, pseudonym),
    ...redriveBlocks(words, entries, pseudonym),
    ...endBlocks(words, end),
  ]
  const data = {
    id,
    showId: shown.show.id,
    buyer: pseudonym(entries[0]?.userId ?? ''),
    currency,
    ...cost,
    ending: end?.sentence ?? null,
    items: items.map((item, index) => ({
      position: entries[index]?.position,
      commandId: entries[index]?.commandId,
      machine: entries[index]?.machine,
      verdicts: entries[index]?.verdicts,
      ...item,
    })),
    refusedSeats: tenures.map((tenure) => ({
      ...tenure,
      userId: undefined,
      buyer: pseudonym(tenure.userId),
    })),
  }
  return { blocks, language, data, exitCode: 0 }
}

const endBlocks = (words: ShowWords, end: Ending | null): Block[] =>
  end === null
    ? []
    : [
        { kind: 'heading', text: words.ending },
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

function waited({ queued }: ShowWords, entry: JournalEntry | undefined): string {
  if (entry === undefined || entry.event.type === 'expire') return ''
  return `\n${queued(durationOf(Math.max(0, entry.decidedAt - entry.acceptedAt)))}`
}

const times = new Set(['acceptedAt', 'decidedAt', 'opensAt', 'closesAt', 'refundableUntil'])

const factLines = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${factText(name, value)}`)
    .join('\n')

function factText(name: string, value: unknown): string {
  if (times.has(name) && typeof value === 'number') return timeOf(value)
  if (Array.isArray(value))
    return value
      .map((each) => (typeof each === 'object' ? `${each?.id} (${each?.price})` : String(each)))
      .join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function tenureBlocks(
  words: ShowWords,
  tenures: readonly SeatTenure[],
  seatName: (id: string) => string,
  pseudonym: Pseudonym,
): Block[] {
  if (tenures.length === 0) return []
  return [
    { kind: 'heading', text: words.tenures },
    {
      kind: 'table',
      columns: words.tenureColumns,
      rows: tenures.map(({ seatId, reservationId, userId, since, until }) => [
        seatName(seatId),
        reservationId,
        pseudonym(userId),
        timeOf(since),
        until === null ? words.notFreeYet : `${timeOf(until.at)} (${until.how})`,
      ]),
    },
  ]
}

function redriveBlocks(words: ShowWords, entries: readonly JournalEntry[], pseudonym: Pseudonym): Block[] {
  return entries.flatMap(({ position, redriveOf, redriveBy, redriveReason: reason = null }) => {
    if (redriveOf === undefined) return []
    const by = redriveBy === undefined ? null : pseudonym(redriveBy)
    return { kind: 'text', tone: 'quiet', text: words.redriven({ position, redriveOf, by, reason }) }
  })
}
