// Who had a seat at a position of the journal, and when it came free: found by reading the show's journal once. Entries
// that do not name the seat are not even parsed.

import { type JournalEntry, openEntry } from '../engine/journal.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import type { PricedSeat } from '../machines/reservation.ts'
import { pages } from './pages.ts'

export interface SeatTenure {
  readonly seatId: string
  readonly reservationId: string
  readonly userId: string
  readonly since: number
  readonly until: { readonly at: number; readonly how: string; readonly position: number } | null
}

/** Of the seats that a command was refused for; a blocked seat has none. */
export async function tenuresOf(records: ArchiveRecords, refused: JournalEntry): Promise<SeatTenure[]> {
  const wanted = (refused.event.seatsTaken as readonly string[] | undefined) ?? []
  const names = wanted.map((seatId) => JSON.stringify(seatId))
  const found = new Map<string, SeatTenure>()
  const isDone = (position: number) =>
    position > refused.position && wanted.every((seatId) => found.get(seatId)?.until !== null)
  for await (const page of pages(
    (after: number, limit) => records.journal(refused.showId, after, limit),
    0,
    (row) => row.position,
  )) {
    for (const row of page)
      if (names.some((name) => row.entry.includes(name)))
        follow(openEntry(row), wanted, refused.position, found)
    if (isDone(page.at(-1)?.position ?? 0)) break
  }
  return wanted.flatMap((seatId) => found.get(seatId) ?? [])
}

/** Until the refusal the last to get the seat counts, afterwards only when that one gave it back. */
function follow(
  entry: JournalEntry,
  wanted: readonly string[],
  refusedAt: number,
  found: Map<string, SeatTenure>,
): void {
  const { subjectId: reservationId, userId, decidedAt: at, position, event } = entry
  for (const { type, params } of entry.effects) {
    if (type === 'assignSeats' && position < refusedAt)
      for (const { id } of params.seats as readonly PricedSeat[])
        if (wanted.includes(id)) found.set(id, { seatId: id, reservationId, userId, since: at, until: null })
    if (type !== 'releaseSeats') continue
    for (const seatId of params.seatIds as readonly string[]) {
      const tenure = found.get(seatId)
      if (tenure?.reservationId !== reservationId || tenure.until !== null) continue
      found.set(seatId, { ...tenure, until: { at, how: event.type, position } })
    }
  }
}
