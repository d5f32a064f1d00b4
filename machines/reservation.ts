// The life of one reservation. Pure: no clock, no chance, no I/O. The engine puts what it saw under lock into
// the event (facts), the guards decide on those facts alone, and what must be done comes back as named data.
import { assign, not, setup } from 'xstate'

export type PricedSeat = {
  readonly id: string
  /** Minor units of the show's currency. */
  readonly price: number
}

export interface ReservationContext {
  readonly seats: readonly PricedSeat[]
  /** The sum of the seats' prices, in minor units. */
  readonly amount: number
  /** When an unpaid hold ends, ms since the epoch in the master's time; null while nothing is held. */
  readonly deadline: number | null
  readonly extensions: number
}

/** When the server accepted the command and when the engine decided it; ms since the epoch, the master's time. */
type Times = {
  readonly acceptedAt: number
  readonly decidedAt: number
}

export type ReservationEvent =
  | ({
      readonly type: 'reserve'
      readonly commandAgeMaxMs: number
      readonly sale: string
      readonly opensAt: number
      readonly closesAt: number
      readonly seatLimit: number
      /** Seats of this show that the buyer already holds or has paid for. */
      readonly seatsOfBuyer: number
      readonly seatsRequested: number
      /** The seats that are free for this request: those named, or those that best-available chose. */
      readonly seats: readonly PricedSeat[]
      readonly seatsTaken: readonly string[]
      readonly seatsUnknown: readonly string[]
      /** Live claims of others, which best-available went round while it could. */
      readonly seatsClaimed: readonly string[]
      readonly holdTtlMs: number
    } & Times)
  | ({ readonly type: 'pay'; readonly balance: number } & Times)
  | ({ readonly type: 'extend'; readonly extensionMs: number; readonly extensionsMax: number } & Times)
  | ({ readonly type: 'cancel'; readonly refundableUntil: number } & Times)
  | ({ readonly type: 'refund' } & Times)
  /** Accepted when the wake-up was sent: whatever was accepted before the deadline stands before it in the queue. */
  | ({ readonly type: 'expire'; readonly holdGraceMs: number } & Times)
  | ({ readonly type: 'park'; readonly reason: string } & Times)

interface Seen {
  readonly context: ReservationContext
  readonly event: ReservationEvent
}

const guards = {
  isFresh: ({ event }: Seen) =>
    event.type === 'reserve' && event.decidedAt - event.acceptedAt <= event.commandAgeMaxMs,
  saleIsOpen: ({ event }: Seen) =>
    event.type === 'reserve' &&
    event.sale === 'open' &&
    event.opensAt <= event.acceptedAt &&
    event.acceptedAt < event.closesAt,
  seatsExist: ({ event }: Seen) => event.type === 'reserve' && event.seatsUnknown.length === 0,
  isWithinSeatLimit: ({ event }: Seen) =>
    event.type === 'reserve' && event.seatsOfBuyer + event.seatsRequested <= event.seatLimit,
  seatsAreFree: ({ event }: Seen) =>
    event.type === 'reserve' &&
    event.seatsTaken.length === 0 &&
    event.seatsRequested > 0 &&
    event.seats.length === event.seatsRequested,
  isBeforeDeadline: ({ context, event }: Seen) =>
    context.deadline !== null && event.acceptedAt <= context.deadline,
  balanceCoversAmount: ({ context, event }: Seen) => event.type === 'pay' && event.balance >= context.amount,
  hasExtensionLeft: ({ context, event }: Seen) =>
    event.type === 'extend' && context.extensions < event.extensionsMax,
  isRefundable: ({ event }: Seen) => event.type === 'cancel' && event.acceptedAt <= event.refundableUntil,
  isOverdue: ({ context, event }: Seen) =>
    event.type === 'expire' &&
    context.deadline !== null &&
    event.acceptedAt >= context.deadline + event.holdGraceMs,
}

export type ReservationRule = keyof typeof guards

type Refusal = { code: string }

const reservation = setup({
  types: {
    context: {} as ReservationContext,
    events: {} as ReservationEvent,
    tags: {} as 'end',
  },
  guards,
  actions: {
    refuse: (_, _params: Refusal) => {},
    assignSeats: (_, _params: { seats: readonly PricedSeat[] }) => {},
    sellSeats: (_, _params: { seatIds: string[] }) => {},
    releaseSeats: (_, _params: { seatIds: string[] }) => {},
    debit: (_, _params: { amount: number }) => {},
    credit: (_, _params: { amount: number }) => {},
    setDeadline: (_, _params: { at: number | null }) => {},
    announce: (_, _params: { topic: string }) => {},
  },
})

const refuse = (code: string) => ({ type: 'refuse', params: { code } }) as const
const announce = (topic: string) => ({ type: 'announce', params: { topic } }) as const
const reject = (code: string) =>
  ({ target: 'rejected', actions: [refuse(code), announce('reservation.rejected')] }) as const

const hold = assign<ReservationContext, ReservationEvent, undefined, ReservationEvent, never>(({ event }) => {
  if (event.type !== 'reserve') return {}
  const amount = event.seats.reduce((sum, seat) => sum + seat.price, 0)
  return { seats: event.seats, amount, deadline: event.decidedAt + event.holdTtlMs }
})
const extendHold = assign<ReservationContext, ReservationEvent, undefined, ReservationEvent, never>(
  ({ context, event }) =>
    event.type === 'extend' && context.deadline !== null
      ? { deadline: context.deadline + event.extensionMs, extensions: context.extensions + 1 }
      : {},
)
const endHold = assign<ReservationContext, ReservationEvent, undefined, ReservationEvent, never>({
  deadline: null,
})

type Effected = Pick<Seen, 'context'>
const assignSeats = {
  type: 'assignSeats',
  params: ({ context }: Effected) => ({ seats: context.seats }),
} as const
const sellSeats = {
  type: 'sellSeats',
  params: ({ context }: Effected) => ({ seatIds: idsOf(context) }),
} as const
const releaseSeats = {
  type: 'releaseSeats',
  params: ({ context }: Effected) => ({ seatIds: idsOf(context) }),
} as const
const debit = { type: 'debit', params: ({ context }: Effected) => ({ amount: context.amount }) } as const
const credit = { type: 'credit', params: ({ context }: Effected) => ({ amount: context.amount }) } as const
const setDeadline = {
  type: 'setDeadline',
  params: ({ context }: Effected) => ({ at: context.deadline }),
} as const

const idsOf = (context: ReservationContext) => context.seats.map((seat) => seat.id)

/** What a state answers to the events that it has no use for; every state spells out all seven. */
const refused = {
  reserve: { actions: refuse('invalid_state') },
  pay: { actions: refuse('invalid_state') },
  extend: { actions: refuse('invalid_state') },
  cancel: { actions: refuse('invalid_state') },
  refund: { actions: refuse('invalid_state') },
  expire: { actions: refuse('invalid_state') },
  park: { actions: refuse('parked') },
} as const

export const reservationV1 = reservation.createMachine({
  id: 'reservation',
  context: { seats: [], amount: 0, deadline: null, extensions: 0 },
  initial: 'queued',
  states: {
    queued: {
      on: {
        ...refused,
        reserve: [
          { guard: not('isFresh'), ...reject('request_expired') },
          { guard: not('saleIsOpen'), ...reject('show_not_on_sale') },
          { guard: not('seatsExist'), ...reject('not_found') },
          { guard: not('isWithinSeatLimit'), ...reject('seat_limit') },
          { guard: not('seatsAreFree'), ...reject('seats_taken') },
          { target: 'held', actions: [hold, assignSeats, setDeadline, announce('reservation.held')] },
        ],
        park: reject('parked'),
      },
    },
    held: {
      on: {
        ...refused,
        pay: [
          { guard: not('isBeforeDeadline'), actions: refuse('hold_expired') },
          { guard: not('balanceCoversAmount'), actions: refuse('insufficient_balance') },
          {
            target: 'paid',
            actions: [endHold, debit, sellSeats, setDeadline, announce('reservation.paid')],
          },
        ],
        extend: [
          { guard: not('isBeforeDeadline'), actions: refuse('hold_expired') },
          { guard: not('hasExtensionLeft'), actions: refuse('extension_limit') },
          { actions: [extendHold, setDeadline, announce('reservation.extended')] },
        ],
        cancel: [
          { guard: not('isBeforeDeadline'), actions: refuse('hold_expired') },
          {
            target: 'cancelled',
            actions: [endHold, releaseSeats, setDeadline, announce('reservation.cancelled')],
          },
        ],
        expire: [
          { guard: not('isOverdue'), actions: refuse('not_overdue') },
          {
            target: 'expired',
            actions: [endHold, releaseSeats, setDeadline, announce('reservation.expired')],
          },
        ],
      },
    },
    paid: {
      on: {
        ...refused,
        cancel: [
          { guard: not('isRefundable'), actions: refuse('not_refundable') },
          { target: 'refunded', actions: [credit, releaseSeats, announce('reservation.refunded')] },
        ],
        refund: { target: 'refunded', actions: [credit, releaseSeats, announce('reservation.refunded')] },
      },
    },
    // The ends stay ordinary states, since a finished XState actor drops events without a word,
    // and everybody who asks gets a refusal here.
    expired: {
      tags: 'end',
      on: {
        ...refused,
        pay: { actions: refuse('hold_expired') },
        extend: { actions: refuse('hold_expired') },
        cancel: { actions: refuse('hold_expired') },
      },
    },
    rejected: { tags: 'end', on: refused },
    cancelled: { tags: 'end', on: refused },
    refunded: { tags: 'end', on: refused },
  },
})
