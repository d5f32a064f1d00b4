// `verify --machine`: a whole evening through another version, the check before a deployment. Each reservation keeps its
// recorded facts, so that what differs is the machine's doing alone; what others would have got then, `what-if` tells.
import { openEntry } from '../engine/journal.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import type { MachineState } from '../engine/step.ts'
import type { Candidate } from './candidate.ts'
import { type Ending, endingOf } from './diff.ts'
import type { Report } from './document.ts'
import { pages } from './pages.ts'
import { isSame, type Stepped, stepOnce } from './path.ts'
import type { Progress } from './progress.ts'
import { showNamed } from './source.ts'

const samplesMax = 20

interface Going {
  before: MachineState | null
  recorded: string | null
  first: Stepped | null
}

export async function verifyMachine(
  records: ArchiveRecords,
  showIds: readonly string[],
  candidate: Candidate,
  progress: Progress,
): Promise<Report> {
  const endings = new Map<string, number>()
  const samples: Ending[] = []
  let reservations = 0
  let entries = 0
  let decidedOtherwise = 0
  const shows = []
  for (const showId of showIds) shows.push(await showNamed(records, showId))
  progress.begin(
    'comparing',
    shows.reduce((sum, { head }) => sum + head.position, 0),
  )

  for (const { head } of shows) {
    const going = new Map<string, Going>()
    const finish = (id: string, { before, recorded, first }: Going) => {
      going.delete(id)
      reservations++
      if (first === null) return
      decidedOtherwise++
      const last = before?.state ?? null
      const key = `${recorded ?? '–'} → ${last ?? '–'}`
      endings.set(key, (endings.get(key) ?? 0) + 1)
      if (samples.length < samplesMax) samples.push({ ...endingOf(id, [], first), recorded, candidate: last })
    }
    for await (const page of pages(
      (after: number, limit) => records.journal(head.showId, after, limit),
      0,
      (row) => row.position,
    )) {
      const touched = new Set<string>()
      for (const entry of page.map(openEntry)) {
        if (entry.subjectId === head.showId) continue
        entries++
        const life = going.get(entry.subjectId) ?? { before: null, recorded: null, first: null }
        const stepped = stepOnce(candidate, life.before, entry)
        if (life.first === null && !isSame(stepped)) life.first = stepped
        if (entry.seq === null) continue
        life.before = stepped.after
        life.recorded = entry.to
        going.set(entry.subjectId, life)
        touched.add(entry.subjectId)
      }
      // Whoever has no entry to come is counted and forgotten.
      for (const row of await records.reservationsById([...touched])) {
        const life = going.get(row.id)
        const last = page.findLast(({ subjectId }) => subjectId === row.id)
        if (life && last?.seq === row.seq) finish(row.id, life)
      }
      progress.add(page.length)
    }
    for (const [id, life] of going) finish(id, life)
  }
  progress.end()

  const isLike = decidedOtherwise === 0
  const endOtherwise = [...endings]
    .filter(([key]) => key.split(' → ')[0] !== key.split(' → ')[1])
    .reduce((sum, [, count]) => sum + count, 0)
  return {
    exitCode: isLike ? 0 : 1,
    data: {
      candidate: candidate.name,
      entries,
      reservations,
      decidedOtherwise,
      endOtherwise,
      endings: Object.fromEntries(endings),
      samples,
    },
    blocks: [
      { kind: 'title', text: `${showIds.join(', ')} through ${candidate.name}` },
      {
        kind: 'text',
        tone: isLike ? 'good' : 'bad',
        text: isLike
          ? `All ${entries} decisions about ${reservations} reservations would have been the same.`
          : `Of ${reservations} reservations ${endOtherwise} would have ended otherwise, and ${decidedOtherwise} were decided otherwise on the way.`,
      },
      ...(isLike
        ? []
        : [
            {
              kind: 'table' as const,
              columns: ['ended', 'would have ended', 'reservations'],
              rows: [...endings].map(([key, count]) => [...key.split(' → '), count]),
            },
            { kind: 'heading' as const, text: `The first ${samples.length}` },
            {
              kind: 'table' as const,
              columns: ['reservation', 'ended', 'would have ended', 'why'],
              rows: samples.map(({ id, recorded, candidate: last, why }) => [
                id,
                recorded ?? '–',
                last ?? '–',
                why,
              ]),
            },
          ]),
      {
        kind: 'text',
        tone: 'quiet',
        text: 'Each reservation saw the facts that it saw then; "what-if" plays all buyers against each other.',
      },
    ],
  }
}
