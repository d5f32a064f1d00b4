// The seats of a show that are not free. A free seat has no row: the primary key alone makes a second hold of a seat
// impossible, and every change names the reservation and the status that it expects to find.
import type { BatchChanges, SeatOfReservation, TakenSeat } from '../../engine/ports.ts'
import { changeEach, insertRows, selectEach, selectIn } from './bulk.ts'
import type { Session } from './session.ts'

interface SeatRecord extends TakenSeat {
  readonly seatId: string
}

export async function loadTakenSeats(
  session: Session,
  showId: string,
  seatIds: readonly string[] | 'all',
): Promise<ReadonlyMap<string, TakenSeat>> {
  const select = `SELECT seat_id AS seatId, status, reservation_id AS reservationId
    FROM taken_seats WHERE show_id = ?`
  const { forUpdate } = session.dialect
  const records =
    seatIds === 'all'
      ? // No locks, which cost as much again as the rows: whoever changes a seat of the show stands behind the fence.
        await session.rows<SeatRecord>(select, [showId])
      : await selectIn<SeatRecord>(session, `${select} AND seat_id IN`, [...seatIds].sort(), {
          bindings: [showId],
          ending: forUpdate,
        })
  return new Map(records.map(({ seatId, status, reservationId }) => [seatId, { status, reservationId }]))
}

/** Takes no locks: all reservations of a show change under the fence of its partition alone. */
export async function countSeatsOfBuyers(
  session: Session,
  buyers: readonly { showId: string; userId: string }[],
): Promise<readonly { showId: string; userId: string; seats: number }[]> {
  const counts = await selectEach<{ showId: string; userId: string; seats: unknown }>(
    session,
    `SELECT show_id AS showId, user_id AS userId, SUM(seat_count) AS seats FROM reservations
      WHERE state IN ('held', 'paid') AND seat_count > 0 AND`, // of those who were turned away the index alone is read
    ['user_id', 'show_id'],
    buyers.map(({ showId, userId }) => [userId, showId]),
    'GROUP BY user_id, show_id',
  )
  return counts.map(({ showId, userId, seats }) => ({ showId, userId, seats: Number(seats) }))
}

/** By way of the taken seats, of which there are no more than the plan has: most reservations may have ended long ago. */
export async function countSeatsOfShow(
  session: Session,
  showId: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = await session.rows<{ userId: string; seats: unknown }>(
    `SELECT reservations.user_id AS userId, COUNT(*) AS seats FROM taken_seats
      JOIN reservations ON reservations.id = taken_seats.reservation_id
      WHERE taken_seats.show_id = ? GROUP BY reservations.user_id`,
    [showId],
  )
  return new Map(counts.map(({ userId, seats }) => [userId, Number(seats)]))
}

const owner = ['show_id', 'seat_id', 'reservation_id']
const ownerOf = ({ showId, seatId, reservationId }: SeatOfReservation) => [showId, seatId, reservationId]

/** @throws {BrokenInvariant} for a seat that is not what the batch's decisions took it for */
export async function writeSeats(
  session: Session,
  { seatsReleased, seatsSold, seatsTaken }: Pick<BatchChanges, 'seatsReleased' | 'seatsSold' | 'seatsTaken'>,
): Promise<void> {
  const sell = "UPDATE taken_seats SET status = 'sold' WHERE status = 'held' AND"
  const taken = seatsTaken.map((seat) => [...ownerOf(seat), seat.status])
  await Promise.all([
    changeEach(session, 'DELETE FROM taken_seats WHERE', owner, seatsReleased.map(ownerOf)),
    changeEach(session, sell, owner, seatsSold.map(ownerOf)),
    insertRows(session, 'taken_seats', [...owner, 'status'], taken),
  ])
}
