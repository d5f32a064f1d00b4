// What the machines ask for, turned into changes of the books. An effect that is not known here is a bug of the
// machine's version, found before anything is written.
import type { PricedSeat } from '../machines/reservation.ts'
import type { Books } from './books.ts'
import { BrokenInvariant } from './failures.ts'
import type { Effect, JournalEntry } from './journal.ts'

/** Applies an entry's effects in order, on behalf of the buyer `userId`, after the subject's row was set. */
export function applyEffects(books: Books, entry: JournalEntry, userId: string): void {
  for (const [index, effect] of entry.effects.entries()) apply(books, entry, userId, effect, index)
}

function apply(
  books: Books,
  entry: JournalEntry,
  userId: string,
  { type, params }: Effect,
  index: number,
): void {
  const { showId, subjectId: reservationId, commandId: id, decidedAt: at } = entry
  const money = { id, at, reference: reservationId }
  switch (type) {
    case 'refuse':
      return
    case 'setDeadline':
      books.changeReservation(reservationId, { deadline: params.at as number | null })
      return
    case 'assignSeats': {
      const seats = params.seats as readonly PricedSeat[]
      for (const seat of seats) books.takeSeat({ showId, seatId: seat.id, reservationId }, userId)
      books.changeReservation(reservationId, { seatCount: seats.length })
      return
    }
    case 'sellSeats':
      for (const seatId of params.seatIds as readonly string[])
        books.sellSeat({ showId, seatId, reservationId })
      return
    case 'releaseSeats':
      for (const seatId of params.seatIds as readonly string[])
        books.releaseSeat({ showId, seatId, reservationId }, userId)
      return
    case 'debit':
      books.transfer({ ...money, kind: 'payment' }, userId, showId, -Number(params.amount))
      return
    case 'credit':
      books.transfer({ ...money, kind: 'refund' }, userId, showId, Number(params.amount))
      return
    case 'announce': {
      const { partition, position, code } = entry
      const item = { id: `${id}.${index}`, position, subjectId: reservationId, at, code }
      books.announce(partition, String(params.topic), showId, item)
      return
    }
    default:
      throw new BrokenInvariant(`${entry.machine} asks for an effect that nobody carries out: ${type}`)
  }
}
