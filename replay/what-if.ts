// `what-if`: the recorded sale once more under other rules, and beside it how it really went. Under the rules that it had it
// must come out exactly as it was.
import { type JournalEntry, openEntry } from '../engine/journal.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import { type ShowPlan, Shows } from '../engine/shows.ts'
import { type Block, durationOf, moneyIn, percent, type Report, timeOf } from './document.ts'
import { ReplayFailure } from './failure.ts'
import { pages } from './pages.ts'
import { type Played, Player, type Record as Recorded } from './player.ts'
import type { Progress } from './progress.ts'
import { showNamed } from './source.ts'
import { type Rules, Stage } from './stage.ts'
import { type Evening, Tally } from './tally.ts'

interface Divergence {
  readonly position: number | null
  readonly commandId: string
  readonly recorded: string | null
  readonly played: string
}

export async function whatIf(
  records: ArchiveRecords,
  showId: string,
  rules: Rules,
  progress: Progress,
): Promise<Report> {
  const shown = await showNamed(records, showId)
  const plan = await new Shows(records).find(showId)
  if (plan === null) throw new ReplayFailure('notFound', `The show ${showId} has no plan.`)
  const before = new Tally(plan.seats.size)
  const record = await readRecord(records, showId, before)

  const { partitions } = await records.deployment()
  const stage = await Stage.open(shown, partitions, rules)
  const after = new Tally(plan.seats.size)
  let divergence: Divergence | null = null
  const isUnchanged = Object.values(rules).every((rule) => rule === undefined || rule === null)
  const player = new Player(stage, record, rules.graceMs, (played) => {
    after.add(played.entry)
    if (divergence === null && !isSame(played, isUnchanged ? bytesOf : decisionOf))
      divergence = divergenceOf(played)
  })
  progress.begin('playing', shown.head.position)
  try {
    for await (const page of journalOf(records, showId)) {
      for (const entry of page) await player.add(entry)
      progress.add(page.length)
    }
    await player.end()
    const hash = await stage.hash()
    const isExact = hash?.equals(shown.head.hash) ?? false
    const door = await doorOf(records, showId)
    const evenings = { before: before.evening(), after: after.evening() }
    return reportOf({
      showId,
      plan,
      rules,
      record,
      isExact,
      divergence,
      evenings,
      door,
      uncovered: player.uncovered,
    })
  } finally {
    progress.end()
    await stage.close()
  }
}

async function* journalOf(records: ArchiveRecords, showId: string): AsyncGenerator<JournalEntry[]> {
  for await (const page of pages(
    (after: number, limit) => records.journal(showId, after, limit),
    0,
    (row) => row.position,
  ))
    yield page.map(openEntry)
}

async function readRecord(records: ArchiveRecords, showId: string, tally: Tally): Promise<Recorded> {
  const expiries = new Set<string>()
  const openHolds = new Map<string, number>()
  let graceMs = 2_000
  for await (const page of journalOf(records, showId))
    for (const entry of page) {
      tally.add(entry)
      if (entry.event.type === 'expire') {
        expiries.add(entry.commandId)
        graceMs = Number(entry.event.holdGraceMs)
      }
      for (const { type, params } of entry.effects) {
        if (type !== 'setDeadline') continue
        if (params.at === null) openHolds.delete(entry.subjectId)
        else openHolds.set(entry.subjectId, Number(params.at))
      }
    }
  return { expiries, openHolds, graceMs }
}

type Aspect = (entry: JournalEntry) => string

const bytesOf: Aspect = (entry) => JSON.stringify(entry)
/** Under other rules facts differ everywhere; what counts is what was decided. */
const decisionOf: Aspect = ({ outcome, code, to }) => JSON.stringify([outcome, code, to])

const isSame = ({ entry, recorded }: Played, aspect: Aspect): boolean =>
  recorded !== null && aspect(recorded) === aspect(entry)

function divergenceOf({ entry, recorded }: Played): Divergence {
  const tell = ({ event, outcome, code, to }: JournalEntry) => `${event.type}: ${code ?? outcome}, ${to}`
  return {
    position: recorded?.position ?? null,
    commandId: entry.commandId,
    recorded: recorded && tell(recorded),
    played: tell(entry),
  }
}

async function doorOf(records: ArchiveRecords, showId: string) {
  let kept = 0
  for await (const page of pages(
    (after: number, limit) => records.refusals(showId, after, limit),
    0,
    (row) => row.sequence,
  ))
    kept += page.length
  const losses = await records.refusalLosses()
  return { kept, lost: losses.reduce((sum, { lost }) => sum + lost, 0) }
}

interface Outcome {
  readonly showId: string
  readonly plan: ShowPlan
  readonly rules: Rules
  readonly record: Recorded
  readonly isExact: boolean
  readonly divergence: Divergence | null
  readonly evenings: { readonly before: Evening; readonly after: Evening }
  readonly door: { readonly kept: number; readonly lost: number }
  readonly uncovered: number
}

function reportOf(outcome: Outcome): Report {
  const { showId, plan, rules, record, isExact, divergence, evenings, door, uncovered } = outcome
  const changes = changesOf(outcome)
  const isUnchanged = changes.length === 0
  const blocks: Block[] = [
    { kind: 'title', text: `${showId}, played again${isUnchanged ? '' : ` with ${changes.join(', ')}`}` },
    verdict(isUnchanged, isExact, divergence),
    {
      kind: 'table',
      columns: ['', 'as it was', isUnchanged ? 'played again' : 'what if', 'difference'],
      rows: comparison(evenings, plan, moneyIn(plan.show.currency)),
    },
    { kind: 'heading', text: 'What this can not know' },
    {
      kind: 'text',
      text:
        'People would have acted otherwise: whoever was refused here may have gone away, and whoever got seats asked for nothing more. ' +
        'Here everybody asks for what they asked for then, at the time when they did.',
    },
    {
      kind: 'text',
      text:
        `${door.kept} requests were turned away at the door and are not played; the log of them ` +
        `${door.lost === 0 ? 'lost none' : `lost ${door.lost}, and covers ${percent(door.kept, door.kept + door.lost)} at least`}. ` +
        'What was turned away there stands for demand that other rules might have met.',
    },
    ...(uncovered === 0
      ? []
      : [
          {
            kind: 'text' as const,
            text: `${uncovered} times a buyer had spent money elsewhere that they would not have had left here; they spent what they had.`,
          },
        ]),
  ]
  const { candidate, ...durations } = rules
  return {
    blocks,
    exitCode: isUnchanged && !isExact ? 1 : 0,
    data: {
      showId,
      rules: { ...durations, machine: candidate?.name ?? null },
      isExact,
      divergence,
      ...evenings,
      door,
      uncovered,
      graceMs: record.graceMs,
    },
  }
}

function changesOf({ rules, plan, record }: Outcome): string[] {
  const { holdTtlMs, seatLimit, graceMs, candidate } = rules
  const { show } = plan
  return [
    ...(holdTtlMs === undefined
      ? []
      : [`holds of ${durationOf(holdTtlMs)} instead of ${durationOf(show.holdTtlMs)}`]),
    ...(seatLimit === undefined ? [] : [`${seatLimit} seats a buyer instead of ${show.seatLimit}`]),
    ...(graceMs === undefined
      ? []
      : [`a grace of ${durationOf(graceMs)} instead of ${durationOf(record.graceMs)}`]),
    ...(candidate === null ? [] : [`the machine of ${candidate.name}`]),
  ]
}

function verdict(isUnchanged: boolean, isExact: boolean, divergence: Divergence | null): Block {
  const first =
    divergence === null
      ? ''
      : ` The first decision that differs is ${divergence.commandId}: ${divergence.recorded ?? 'not recorded'}; here ${divergence.played}.`
  if (isExact)
    return { kind: 'text', tone: 'good', text: 'It came out exactly as it was: every entry, to the byte.' }
  if (isUnchanged) return { kind: 'text', tone: 'bad', text: `It did not come out as it was.${first}` }
  return { kind: 'text', text: `Other rules, other evening.${first}` }
}

function comparison(
  { before, after }: Outcome['evenings'],
  plan: ShowPlan,
  money: (amount: number) => string,
): (string | number)[][] {
  const difference = (a: number, b: number) => (b === a ? '' : `${b > a ? '+' : ''}${b - a}`)
  const row = (name: string, a = 0, b = 0) => [name, a, b, difference(a, b)]
  const at = (moment: number | null) =>
    moment === null
      ? 'never'
      : `${durationOf(moment - plan.show.opensAt)} after it opened (${timeOf(moment)})`
  const refusals = new Set([...Object.keys(before.refusals), ...Object.keys(after.refusals)])
  return [
    row('seats sold', before.seatsSold, after.seatsSold),
    row('seats held at the end', before.seatsHeld, after.seatsHeld),
    ...['held', 'paid', 'expired', 'rejected', 'cancelled', 'refunded'].map((state) =>
      row(`reservations ${state}`, before.reached[state], after.reached[state]),
    ),
    ...[...refusals]
      .sort()
      .map((code) => row(`refused: ${code}`, before.refusals[code], after.refusals[code])),
    ['no seat free', at(before.fullAt), at(after.fullAt), ''],
    ['all seats sold', at(before.soldOutAt), at(after.soldOutAt), ''],
    [
      ...['money', money(before.revenue), money(after.revenue)],
      after.revenue === before.revenue ? '' : money(after.revenue - before.revenue),
    ],
  ]
}
