// What buyers may do on one show, as a random test draws it: rounds of requests that are sent at once.
import fc from 'fast-check'

export const buyers = 3
/** In one row, so that groups matter. */
export const seatsOfHall = 6

export type Ask = {
  readonly who: number
  /** So many turns of the event loop after the others of its round. */
  readonly after: number
} & (
  | { readonly is: 'join' | 'come in' | 'leave' | 'look at the balance' }
  | { readonly is: 'reserve'; readonly first: number; readonly count: number; readonly key: number }
  | { readonly is: 'reserve best'; readonly count: number; readonly key: number }
  | ({ readonly is: 'pay' | 'extend' | 'cancel'; readonly key: number } & Which)
  | ({ readonly is: 'look' } & Which)
  | { readonly is: 'charge'; readonly amount: number; readonly key: number }
  /** Until the deadline of all holds is over. */
  | { readonly is: 'let go' }
)

/** Of the reservations that are known by then, the latest first: one of somebody's own, or of somebody else's. */
export interface Which {
  readonly which: number
  readonly isForeign: boolean
}

export interface Rules {
  readonly hasWaitingRoom: boolean
  /** Holds that end within the journey, so that some are let go. */
  readonly isShort: boolean
  readonly isRefundable: boolean
  readonly extensionsMax: number
}

export interface Journey {
  readonly rules: Rules
  readonly rounds: readonly (readonly Ask[])[]
}

const common = { who: fc.nat({ max: buyers - 1 }), after: fc.nat({ max: 3 }) }
const key = fc.nat({ max: 5 })
const which = {
  which: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 4 })),
  isForeign: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true)),
}
const ask = <Kind extends string, Fields extends object>(
  is: Kind,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
) =>
  fc.record({ is: fc.constant(is), ...common, ...fields }) as fc.Arbitrary<
    { is: Kind; who: number; after: number } & Fields
  >

const onReservation = fc.oneof(
  { weight: 4, arbitrary: ask('pay', { ...which, key }) },
  { weight: 2, arbitrary: ask('extend', { ...which, key }) },
  { weight: 3, arbitrary: ask('cancel', { ...which, key }) },
  { weight: 2, arbitrary: ask('look', which) },
)
const reserving = fc.oneof(
  {
    weight: 3,
    arbitrary: ask('reserve', {
      first: fc.nat({ max: seatsOfHall - 1 }),
      count: fc.integer({ min: 1, max: 3 }),
      key,
    }),
  },
  { weight: 2, arbitrary: ask('reserve best', { count: fc.integer({ min: 1, max: 4 }), key }) },
)
const money = fc.oneof(
  { weight: 4, arbitrary: ask('charge', { amount: fc.constantFrom(10, 20, 40), key }) },
  { weight: 1, arbitrary: ask('look at the balance', {}) },
)
const waiting = fc.oneof(
  { weight: 2, arbitrary: ask('come in', {}) },
  { weight: 1, arbitrary: ask('join', {}) },
  { weight: 1, arbitrary: ask('leave', {}) },
)

const roundsOf = ({ hasWaitingRoom, isShort }: Rules): fc.Arbitrary<Ask[][]> => {
  const one: fc.Arbitrary<Ask> = fc.oneof(
    { weight: 4, arbitrary: reserving },
    { weight: 6, arbitrary: onReservation },
    { weight: 3, arbitrary: money },
    ...(hasWaitingRoom ? [{ weight: 3, arbitrary: waiting }] : []),
  )
  const round = fc.array(one, { minLength: 1, maxLength: 4 })
  const letGo = fc.constant<Ask[]>([{ is: 'let go', who: 0, after: 0 }])
  const rounds = isShort ? fc.oneof({ weight: 9, arbitrary: round }, { weight: 1, arbitrary: letGo }) : round
  return fc.array(rounds, { minLength: 1, maxLength: 14, size: 'max' })
}

const rules: fc.Arbitrary<Rules> = fc.record({
  hasWaitingRoom: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  isShort: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  isRefundable: fc.boolean(),
  extensionsMax: fc.nat({ max: 2 }),
})

/** Everybody begins with some money, and is let in where there is a waiting room. */
export const journeys: fc.Arbitrary<Journey> = rules.chain((drawn) => {
  const everybody = Array.from({ length: buyers }, (_, who) => ({ who, after: 0 }))
  const paidIn = everybody.map((one): Ask => ({ ...one, is: 'charge', amount: 30, key: 9 }))
  const letIn = drawn.hasWaitingRoom ? everybody.map((one): Ask => ({ ...one, is: 'come in' })) : []
  return roundsOf(drawn).map((rounds) => ({ rules: drawn, rounds: [[...paidIn, ...letIn], ...rounds] }))
})
