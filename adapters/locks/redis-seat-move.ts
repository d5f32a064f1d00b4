// What is published of a projection's change.
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { messageReader } from '../redis/message.ts'

const TakenSeat = Type.Object({
  status: Type.Enum(['held', 'sold', 'blocked']),
  reservationId: Type.Union([Type.String(), Type.Null()]),
})

const SeatMove = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  changes: Type.Array(Type.Object({ seatId: Type.String(), taken: Type.Union([TakenSeat, Type.Null()]) })),
})
export type SeatMove = Static<typeof SeatMove>

export const readSeatMove = messageReader(Compile(SeatMove))
