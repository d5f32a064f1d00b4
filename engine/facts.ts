// From a command to a machine's event: what the engine sees under lock becomes the facts that guards decide on.
import type { ReservationEvent } from '../machines/reservation.ts'
import type { ShowEvent } from '../machines/show.ts'
import { chooseSeats, type SeatQuestion } from './best-available.ts'
import type { Books } from './books.ts'
import type { Command } from './command.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import type { ReservationRow } from './ports.ts'
import type { ShowMemory } from './show-memory.ts'
import type { ShowPlan } from './shows.ts'

export interface Sight {
  readonly books: Books
  readonly memory: ShowMemory
  readonly plan: ShowPlan
  /** The subject as it stands, if it is a reservation that exists. */
  readonly reservation: ReservationRow | null
  /** Live claims of the show before the transaction began: seat to reservation. */
  readonly claims: ReadonlyMap<string, string>
  /** The batch's stamp. */
  readonly decidedAt: number
}

type Reserve = Extract<Command, { type: 'reserve' }>

export function eventOf(command: Command, sight: Sight): ReservationEvent | ShowEvent {
  const { plan, reservation, decidedAt } = sight
  const times = { acceptedAt: command.acceptedAt, decidedAt }
  switch (command.type) {
    case 'reserve':
      return { type: 'reserve', ...times, ...reserveFacts(command, sight) }
    case 'pay':
      assert(
        reservation === null || reservation.userId === command.userId,
        'buyers pay for their own reservations',
      )
      return { type: 'pay', ...times, balance: sight.books.balance(command.userId) }
    case 'extend': {
      const { extensionMs, extensionsMax } = plan.show
      return { type: 'extend', ...times, extensionMs, extensionsMax }
    }
    case 'cancel':
      return { type: 'cancel', ...times, refundableUntil: plan.show.refundableUntil }
    case 'refund':
    case 'pause':
    case 'resume':
      return { type: command.type, ...times }
  }
}

function reserveFacts(command: Reserve, sight: Sight) {
  const { show } = sight.plan
  return {
    commandAgeMaxMs: limits.commandAgeMaxMs,
    sale: sight.books.show(show.id).state,
    opensAt: show.opensAt,
    closesAt: show.closesAt,
    seatLimit: show.seatLimit,
    seatsOfBuyer: sight.books.seatsOfBuyer(show.id, command.userId),
    holdTtlMs: show.holdTtlMs,
    ...('seatIds' in command ? namedSeats(command.seatIds, sight) : bestSeats(command, sight)),
  }
}

function namedSeats(seatIds: readonly string[], { books, plan }: Sight) {
  const isTaken = (seatId: string) => books.seat(plan.show.id, seatId) !== null
  const known = seatIds.filter((seatId) => plan.priceOf(seatId) !== undefined)
  return {
    seatsRequested: seatIds.length,
    seats: priced(
      known.filter((seatId) => !isTaken(seatId)),
      plan,
    ),
    seatsTaken: known.filter(isTaken),
    seatsUnknown: seatIds.filter((seatId) => plan.priceOf(seatId) === undefined),
    seatsClaimed: [],
  }
}

function bestSeats(
  command: Extract<Reserve, { bestAvailable: unknown }>,
  { books, memory, plan, claims }: Sight,
) {
  const { count, sectionId } = command.bestAvailable
  const seatsClaimed = [...claims]
    .filter(([, reservationId]) => reservationId !== command.subjectId)
    .map(([seatId]) => seatId)
    .slice(0, limits.claimsAvoidedMax)
  const avoided = new Set(seatsClaimed)
  const { id } = plan.show
  // As of before the batch, whose own changes come first.
  const free = memory.freeSeats(id, plan.index)
  const changed = books.changedSeats(id)
  const isFree: SeatQuestion = (seatId, seat) => {
    if (free === null) return books.seat(id, seatId) === null
    const taken = changed.get(seatId)
    return taken === undefined ? free.has(seat) : taken === null
  }
  const chosen = chooseSeats(
    plan.index,
    { count, ...(sectionId === undefined ? {} : { sectionId }) },
    isFree,
    (seatId) => avoided.has(seatId),
    free?.bounds(books.seatsReleased),
  )
  const isUnknown = sectionId !== undefined && !plan.plan.sections.some((section) => section.id === sectionId)
  return {
    seatsRequested: count,
    seats: priced(chosen ?? [], plan),
    seatsTaken: [],
    seatsUnknown: isUnknown ? [sectionId] : [],
    seatsClaimed,
  }
}

const priced = (seatIds: readonly string[], { priceOf }: ShowPlan) =>
  seatIds.map((id) => {
    const price = priceOf(id)
    assert(price !== undefined, `seat ${id} has a price`)
    return { id, price }
  })
