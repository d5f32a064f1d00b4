// Good evidence, and ways to change it as a broken system would have left it.
import { createHash } from 'node:crypto'
import { simulate } from '../../simulation/simulate.ts'
import type { Evidence } from '../evidence.ts'

export type Changeable<T> = T extends Uint8Array
  ? T
  : T extends object
    ? { -readonly [Key in keyof T]: Changeable<T[Key]> }
    : T

type Rows = Changeable<Evidence>
type JournalRow = Rows['master']['journal'][number]
interface Entry {
  [name: string]: unknown
  event: { [fact: string]: unknown }
  effects: { type: string; params: { [name: string]: unknown } }[]
}

const evening = simulate({ seed: 1 }).then(({ evidence }) => evidence)

/** A copy of the evidence of an evening on which all went well. */
export const goodEvidence = async (): Promise<Rows> => structuredClone(await evening) as Rows

/** The first of those that fit. */
export function first<T>(rows: readonly T[], fits: (row: T) => boolean = () => true): T {
  const found = rows.find(fits)
  if (found === undefined) throw new Error('the evidence has no such row')
  return found
}

export const entryOf = (row: JournalRow): Entry => JSON.parse(row.entry)

/** The first journal row of an accepted event of this type. */
export const accepted = ({ master }: Rows, type: string): JournalRow =>
  first(master.journal, (row) => entryOf(row).event.type === type && entryOf(row).outcome === 'accepted')

/** Writes the entry anew, and closes the chain over it: whoever forges a journal would. */
export function rewrite(evidence: Rows, row: JournalRow, change: (entry: Entry) => void): void {
  const entry = entryOf(row)
  change(entry)
  row.entry = JSON.stringify(entry)
  reseal(evidence, row.showId)
}

export function reseal({ master }: Rows, showId: string): void {
  let hash: Uint8Array = createHash('sha256').update(`holdfast:${showId}`).digest()
  const rows = master.journal.filter((row) => row.showId === showId).sort((a, b) => a.position - b.position)
  for (const row of rows) {
    hash = createHash('sha256').update(hash).update(row.entry).digest()
    row.hash = hash
  }
  Object.assign(
    first(master.shows, (show) => show.showId === showId),
    { hash, position: rows.at(-1)?.position },
  )
}

export function remove<T>(rows: T[], fits: (row: T) => boolean): T {
  const [removed] = rows.splice(rows.indexOf(first(rows, fits)), 1)
  return removed as T
}
