// `diff ID`: the same commands through another version of the machine, path against path up to where each ends.
import type { JournalEntry } from '../engine/journal.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import type { Candidate } from './candidate.ts'
import type { Report } from './document.ts'
import { ReplayFailure } from './failure.ts'
import { type Decision, decisionOf, isSame, pathThrough, recordedDecision, type Stepped } from './path.ts'
import { lifeOf } from './show.ts'

export async function diff(records: ArchiveRecords, id: string, candidate: Candidate): Promise<Report> {
  const { entries, shown } = await lifeOf(records, id)
  if (id === shown.show.id)
    throw new ReplayFailure('usage', `${id} is a show: reservations are compared, one at a time.`)
  const path = pathThrough(candidate, entries)
  const divergence = path.findIndex((stepped) => !isSame(stepped))
  const isLike = divergence < 0
  const first = path[divergence]
  return {
    exitCode: isLike ? 0 : 1,
    data: {
      id,
      candidate: candidate.name,
      divergesAt: first?.entry.position ?? null,
      path: path.map((stepped) => ({
        position: stepped.entry.position,
        type: stepped.entry.event.type,
        isSame: isSame(stepped),
        recorded: recordedDecision(stepped.entry),
        candidate: decisionOf(stepped),
        verdicts: { recorded: stepped.entry.verdicts, candidate: stepped.after.verdicts },
      })),
    },
    blocks: [
      { kind: 'title', text: `${id} through ${candidate.name}` },
      {
        kind: 'text',
        tone: isLike ? 'good' : 'bad',
        text: first === undefined ? 'Every decision would have been the same.' : tellDivergence(first),
      },
      {
        kind: 'table',
        columns: ['#', 'asked', 'as it was', `with ${candidate.name}`, ''],
        rows: path.map((stepped, index) => [
          stepped.entry.position,
          stepped.entry.event.type,
          tell(recordedDecision(stepped.entry)),
          tell(decisionOf(stepped)),
          index === divergence ? '← first divergence' : isSame(stepped) ? '' : 'differs',
        ]),
      },
    ],
  }
}

function tellDivergence({ entry, after }: Stepped): string {
  const rules = Object.entries(after.verdicts).filter(([rule, holds]) => entry.verdicts[rule] !== holds)
  const because =
    rules.length === 0
      ? 'no rule that both have said anything else'
      : rules.map(([rule, holds]) => `${rule} said ${holds ? 'yes' : 'no'}`).join(', ')
  return `The first divergence is at entry ${entry.position}, ${entry.event.type}: ${because}.`
}

const tell = ({ from, to, code, outcome, effects }: Decision): string =>
  `${from ?? '–'} → ${to ?? '–'}\n${code ?? outcome}\n${effects.map(({ type }) => type).join(', ')}`

export interface Ending {
  readonly id: string
  readonly recorded: string | null
  readonly candidate: string | null
  /** Where the paths part. */
  readonly position: number
  readonly why: string
}

export const endingOf = (id: string, path: readonly Stepped[], first: Stepped): Ending => ({
  id,
  position: first.entry.position,
  why: tellDivergence(first),
  recorded: lastState(path.map(({ entry }) => entry)),
  candidate: path.findLast(({ entry }) => entry.seq !== null)?.after.state ?? null,
})

const lastState = (entries: readonly JournalEntry[]): string | null =>
  entries.findLast(({ seq }) => seq !== null)?.to ?? null
