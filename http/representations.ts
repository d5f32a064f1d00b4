// How seats, reservations and decisions look to a client.
import { type Static, Type } from 'typebox'
import { answerOf } from '../engine/answer.ts'
import { HoldfastError } from '../engine/errors.ts'
import type { JournalRow } from '../engine/journal.ts'
import { openEntry } from '../engine/journal.ts'
import type { Answer, ReservationRow } from '../engine/ports.ts'
import type { ShowPlan } from '../engine/shows.ts'
import type { PricedSeat, ReservationContext } from '../machines/reservation.ts'
import { Currency, MinorUnits, Named, Nullable, rfc3339, rfc3339OrNull, Time } from './schemas.ts'

export const SeatOfPlan = Named('SeatOfPlan', {
  id: Type.String(),
  section: Type.String(),
  row: Type.String(),
  number: Type.String(),
  price: MinorUnits,
})

const LastCommand = Named('LastCommand', {
  id: Type.String(),
  type: Type.String(),
  state: Type.Enum(['accepted', 'refused', 'parked']),
  code: Nullable(Type.String()),
})

export const Reservation = Named('Reservation', {
  id: Type.String(),
  showId: Type.String(),
  state: Type.Enum(['queued', 'held', 'paid', 'expired', 'rejected', 'cancelled', 'refunded']),
  seats: Type.Array(SeatOfPlan),
  amount: MinorUnits,
  currency: Currency,
  holdExpiresAt: Nullable(Time),
  createdAt: Nullable(Time),
  updatedAt: Nullable(Time),
  lastCommand: Type.Union([LastCommand, Type.Null()]),
})
export type Reservation = Static<typeof Reservation>

export const Held = Named('Hold', {
  id: Type.String(),
  commandId: Type.String(),
  state: Type.Literal('held'),
  seats: Type.Array(SeatOfPlan),
  amount: MinorUnits,
  currency: Currency,
  holdExpiresAt: Time,
})

export function showSeat({ seats, priceOf }: Pick<ShowPlan, 'seats' | 'priceOf'>, seatId: string) {
  const seat = seats.get(seatId)
  if (seat === undefined) throw new HoldfastError('internal', `seat ${seatId} is not in the plan`)
  const { id, section, row, number } = seat
  return { id, section, row, number, price: priceOf(id) ?? 0 }
}

const showSeats = (plan: ShowPlan, seats: readonly PricedSeat[]) =>
  seats.map(({ id, price }) => ({ ...showSeat(plan, id), price }))

/** The answer to whoever waited for a hold. */
export function showHold(plan: ShowPlan, { subjectId, commandId, details }: Answer): Static<typeof Held> {
  return {
    id: subjectId,
    commandId,
    state: 'held',
    seats: showSeats(plan, details.seats as readonly PricedSeat[]),
    amount: Number(details.amount),
    currency: plan.show.currency,
    holdExpiresAt: rfc3339(Number(details.deadline)),
  }
}

export function showReservation(
  plan: ShowPlan,
  row: ReservationRow,
  last: JournalRow | undefined,
): Reservation {
  const { seats = [], amount = 0 } = JSON.parse(row.context) as Partial<ReservationContext>
  return {
    id: row.id,
    showId: row.showId,
    state: row.state as Reservation['state'],
    seats: showSeats(plan, seats),
    amount,
    currency: plan.show.currency,
    holdExpiresAt: rfc3339OrNull(row.deadline),
    createdAt: rfc3339(row.createdAt),
    updatedAt: rfc3339(row.updatedAt),
    lastCommand: last === undefined ? null : showLastCommand(last),
  }
}

/** Accepted at the door, and not decided yet. */
export const showQueued = ({ show }: ShowPlan, id: string): Reservation => ({
  id,
  showId: show.id,
  state: 'queued',
  seats: [],
  amount: 0,
  currency: show.currency,
  holdExpiresAt: null,
  createdAt: null,
  updatedAt: null,
  lastCommand: null,
})

function showLastCommand(row: JournalRow): Static<typeof LastCommand> {
  const { commandId: id, type, outcome: state, code } = answerOf(openEntry(row))
  return { id, type, state, code }
}
