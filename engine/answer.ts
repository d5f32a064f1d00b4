// What a decision answers, as a function of its journal entry alone: a repeat gets exactly the original's answer, and
// the same key with another body learns that.
import type { PricedSeat } from '../machines/reservation.ts'
import type { JournalEntry } from './journal.ts'
import type { Answer, Show } from './ports.ts'
import { saleAt } from './sale.ts'

export function answerOf(entry: JournalEntry): Answer {
  return {
    commandId: entry.commandId,
    fingerprint: entry.fingerprint,
    subjectId: entry.subjectId,
    type: entry.event.type,
    outcome: entry.outcome,
    code: entry.code,
    state: entry.to ?? entry.from ?? 'queued',
    details: detailsOf(entry),
  }
}

/** To a command with this fingerprint. With another body the original stands, and this one was not done. */
export const answerTo = (fingerprint: string, original: Answer): Answer =>
  fingerprint === original.fingerprint
    ? original
    : { ...original, outcome: 'refused', code: 'idempotency_mismatch', details: {} }

function detailsOf(entry: JournalEntry): Record<string, unknown> {
  const { code, event } = entry
  if (code === 'seats_taken') return { seatsTaken: event.seatsTaken }
  if (code === 'seat_limit') {
    const { seatLimit, seatsOfBuyer, seatsRequested } = event
    return { seatLimit, seatsOfBuyer, seatsRequested }
  }
  if (code === 'show_not_on_sale') {
    const times = event as unknown as Pick<Show, 'opensAt' | 'closesAt'>
    return { sale: saleAt(Number(event.acceptedAt), times, String(event.sale)) }
  }
  if (code === 'not_found' && entry.bestAvailable) return { sectionUnknown: entry.bestAvailable.sectionId }
  const details: Record<string, unknown> = {}
  for (const { type, params } of entry.effects) {
    if (type === 'assignSeats') {
      const seats = params.seats as readonly PricedSeat[]
      details.seats = seats
      details.amount = seats.reduce((sum, seat) => sum + seat.price, 0)
    }
    if (type === 'setDeadline') details.deadline = params.at
    if (type === 'debit' || type === 'credit') details.amount = params.amount
  }
  return details
}
