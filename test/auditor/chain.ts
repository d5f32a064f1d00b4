// I5, the bytes: each show's entries follow each other without a gap, each hash covers the one before it and the
// stored bytes, and the show's head stands at the last one, so that a cut tail shows.
import { hash } from 'node:crypto'
import type { JournalEvidence, ShowEvidence, Violation } from './evidence.ts'

export const startOfChain = (showId: string): Uint8Array => hash('sha256', `holdfast:${showId}`, 'buffer')

/** Each show's entries by position. */
export function journalsOf(journal: readonly JournalEvidence[]): Map<string, JournalEvidence[]> {
  const journals = Map.groupBy(journal, ({ showId }) => showId)
  for (const entries of journals.values()) entries.sort((a, b) => a.position - b.position)
  return journals
}

export function auditChain(
  entries: readonly JournalEvidence[],
  showId: string,
  head: ShowEvidence | undefined,
): Violation[] {
  const violations: Violation[] = []
  const broken = (what: string, position: number) =>
    violations.push({ invariant: 'I5', what, where: `${showId} #${position}` })

  let previous = startOfChain(showId)
  for (const [index, { position, entry, hash: stored }] of entries.entries()) {
    if (position !== index + 1) {
      broken(`position ${position} stands where ${index + 1} should`, position)
      return violations
    }
    const expected = hash('sha256', Buffer.concat([previous, Buffer.from(entry)]), 'hex')
    if (expected !== Buffer.from(stored).toString('hex'))
      broken('the hash does not cover the entry before and these bytes', position)
    previous = stored
  }

  if (!head) broken('the show has entries but no head', entries.length)
  else if (head.position !== entries.length)
    broken(`the head stands at ${head.position}, the last entry at ${entries.length}`, head.position)
  else if (!Buffer.from(previous).equals(head.hash))
    broken("the head's hash is not that of the last entry", head.position)
  return violations
}
