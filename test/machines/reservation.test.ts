// The reservation's chart as a table: given a state, when an event with its facts comes, then this.
import test from 'ava'
import { getSimplePaths } from 'xstate/graph'
import { isErrorCode } from '../../engine/errors.ts'
import { step } from '../../engine/step.ts'
import { findMachine } from '../../machines/registry.ts'
import { type ReservationContext, type ReservationEvent, reservationV1 } from '../../machines/reservation.ts'

const registered = findMachine('reservation', 1)
if (!registered) throw new Error('reservation@1 is registered')

type State = 'queued' | 'held' | 'paid' | 'expired' | 'rejected' | 'cancelled' | 'refunded'

const deadline = 10_000
const seats = [
  { id: 'A-1', price: 70 },
  { id: 'A-2', price: 30 },
]
const times = { acceptedAt: 2_000, decidedAt: 2_001 }

const events = {
  reserve: {
    type: 'reserve',
    ...times,
    commandAgeMaxMs: 1_000,
    sale: 'open',
    opensAt: 1_000,
    closesAt: 90_000,
    seatLimit: 4,
    seatsOfBuyer: 0,
    seatsRequested: 2,
    seats,
    seatsTaken: [],
    seatsUnknown: [],
    seatsClaimed: [],
    holdTtlMs: 7_999,
  },
  pay: { type: 'pay', ...times, balance: 100 },
  extend: { type: 'extend', ...times, extensionMs: 500, extensionsMax: 1 },
  cancel: { type: 'cancel', ...times, refundableUntil: 50_000 },
  refund: { type: 'refund', ...times },
  expire: { type: 'expire', acceptedAt: 12_000, decidedAt: 12_001, holdGraceMs: 2_000 },
  park: { type: 'park', ...times, reason: 'poison' },
} as const satisfies { [T in ReservationEvent['type']]: Extract<ReservationEvent, { type: T }> }

type Type = keyof typeof events
type Facts<T extends Type> = Partial<Omit<Extract<ReservationEvent, { type: T }>, 'type'>>

const started: ReservationContext = { seats: [], amount: 0, deadline: null, extensions: 0 }
const holding: ReservationContext = { seats, amount: 100, deadline, extensions: 0 }
const contexts: Record<State, ReservationContext> = {
  queued: started,
  held: holding,
  paid: { ...holding, deadline: null },
  expired: { ...holding, deadline: null },
  rejected: started,
  cancelled: { ...holding, deadline: null },
  refunded: { ...holding, deadline: null },
}

interface Row {
  given: State
  when: Type
  facts: object
  then: State
  code: string | null
  does: string[]
}
const rows: Row[] = []
function row<T extends Type>(
  given: State,
  when: T,
  facts: Facts<T>,
  then: State,
  code: string | null,
  does: string[],
) {
  rows.push({ given, when, facts, then, code, does })
}
const refused = <T extends Type>(given: State, when: T, facts: Facts<T>, code: string) =>
  row(given, when, facts, given, code, ['refuse'])
const rejected = (facts: Facts<'reserve'>, code: string) =>
  row('queued', 'reserve', facts, 'rejected', code, ['refuse', 'announce reservation.rejected'])

row('queued', 'reserve', {}, 'held', null, ['assignSeats', 'setDeadline', 'announce reservation.held'])
row('queued', 'reserve', { decidedAt: 3_000 }, 'held', null, [
  'assignSeats',
  'setDeadline',
  'announce reservation.held',
])
rejected({ decidedAt: 3_001 }, 'request_expired')
rejected({ sale: 'paused' }, 'show_not_on_sale')
rejected({ opensAt: 2_001 }, 'show_not_on_sale')
rejected({ closesAt: 2_000 }, 'show_not_on_sale')
rejected({ seats: [], seatsUnknown: ['Z-1'] }, 'not_found')
rejected({ seatsOfBuyer: 3 }, 'seat_limit')
row('queued', 'reserve', { seatsOfBuyer: 2 }, 'held', null, [
  'assignSeats',
  'setDeadline',
  'announce reservation.held',
])
rejected({ seats: seats.slice(1), seatsTaken: ['A-1'] }, 'seats_taken')
rejected({ seats: [] }, 'seats_taken')
rejected({ seats: [], seatsRequested: 0 }, 'seats_taken')
row('queued', 'park', {}, 'rejected', 'parked', ['refuse', 'announce reservation.rejected'])

const soldEffects = ['debit', 'sellSeats', 'setDeadline', 'announce reservation.paid']
row('held', 'pay', {}, 'paid', null, soldEffects)
row('held', 'pay', { acceptedAt: deadline, decidedAt: 99_000 }, 'paid', null, soldEffects)
refused('held', 'pay', { acceptedAt: deadline + 1 }, 'hold_expired')
refused('held', 'pay', { balance: 99 }, 'insufficient_balance')
row('held', 'extend', {}, 'held', null, ['setDeadline', 'announce reservation.extended'])
refused('held', 'extend', { acceptedAt: deadline + 1 }, 'hold_expired')
refused('held', 'extend', { extensionsMax: 0 }, 'extension_limit')
row('held', 'cancel', {}, 'cancelled', null, [
  'releaseSeats',
  'setDeadline',
  'announce reservation.cancelled',
])
refused('held', 'cancel', { acceptedAt: deadline + 1 }, 'hold_expired')
row('held', 'expire', {}, 'expired', null, ['releaseSeats', 'setDeadline', 'announce reservation.expired'])
refused('held', 'expire', { acceptedAt: 11_999 }, 'not_overdue')

row('paid', 'cancel', {}, 'refunded', null, ['credit', 'releaseSeats', 'announce reservation.refunded'])
row('paid', 'cancel', { acceptedAt: 50_000 }, 'refunded', null, [
  'credit',
  'releaseSeats',
  'announce reservation.refunded',
])
refused('paid', 'cancel', { acceptedAt: 50_001 }, 'not_refundable')
refused('paid', 'cancel', { refundableUntil: 0 }, 'not_refundable')
row('paid', 'refund', {}, 'refunded', null, ['credit', 'releaseSeats', 'announce reservation.refunded'])

for (const when of ['pay', 'extend', 'cancel'] as const) refused('expired', when, {}, 'hold_expired')

// Whatever the table does not name is refused, in every state.
const named = new Set(rows.map((each) => `${each.given} ${each.when}`))
for (const given of Object.keys(contexts) as State[])
  for (const when of Object.keys(events) as Type[])
    if (!named.has(`${given} ${when}`)) refused(given, when, {}, when === 'park' ? 'parked' : 'invalid_state')

const words = (effect: { type: string; params: Readonly<Record<string, unknown>> }) =>
  effect.type === 'announce' ? `announce ${effect.params.topic}` : effect.type

for (const { given, when, facts, then, code, does } of rows)
  test(`${given}, ${when} ${JSON.stringify(facts)}: ${then}, ${code ?? 'accepted'}`, (t) => {
    const before = { state: given, context: contexts[given] }
    const after = step(registered, before, { ...events[when], ...facts })
    t.is(after.state, then)
    t.is(after.code, code as typeof after.code)
    t.is(after.outcome, code === null ? 'accepted' : 'refused')
    t.deepEqual(after.effects.map(words), does)
    if (code !== null) t.deepEqual(after.context, contexts[given])
  })

test('every branch of the chart is taken by a row of the table', (t) => {
  const taken = new Set<string>()
  for (const { given, when, facts } of rows) {
    const { verdicts, code, state } = step(
      registered,
      { state: given, context: contexts[given] },
      { ...events[when], ...facts },
    )
    taken.add(`${given} ${when} ${Object.values(verdicts).length} ${code} ${state}`)
  }
  let branches = 0
  for (const [name, node] of Object.entries(reservationV1.states)) {
    const transitions = [...node.transitions.values()].flat()
    t.deepEqual(
      [...node.transitions.keys()].sort(),
      Object.keys(events).sort(),
      `${name} says what becomes of every event`,
    )
    branches += transitions.length
    for (const transition of transitions)
      t.true(transition.actions.length > 0, `${name} ${transition.eventType} ends somewhere explicit`)
  }
  t.is(taken.size, branches)
})

test('a hold takes its seats, its amount and its deadline from the facts', (t) => {
  const held = step(registered, null, events.reserve)
  t.deepEqual(held.context, { seats, amount: 100, deadline, extensions: 0 })
  t.deepEqual(held.effects.find(({ type }) => type === 'assignSeats')?.params, { seats })
  t.deepEqual(held.effects.find(({ type }) => type === 'setDeadline')?.params, { at: deadline })
})

test('an extension moves the deadline and counts', (t) => {
  const extended = step(registered, { state: 'held', context: holding }, events.extend)
  t.deepEqual(extended.context, { ...holding, deadline: deadline + 500, extensions: 1 })
  t.is(step(registered, extended, { ...events.extend, acceptedAt: deadline + 400 }).code, 'extension_limit')
})

test('the verdict of every guard that was asked is kept, in order, up to the one that said no', (t) => {
  const { verdicts } = step(registered, null, { ...events.reserve, seatsOfBuyer: 3 })
  t.deepEqual(Object.entries(verdicts), [
    ['isFresh', true],
    ['saleIsOpen', true],
    ['seatsExist', true],
    ['isWithinSeatLimit', false],
  ])
})

test('a state that the version does not have is reported, never run', (t) => {
  t.throws(() => step(registered, { state: 'lost', context: {} }, events.pay), { name: 'UnknownVersion' })
  t.throws(() => step(registered, { state: '__proto__', context: {} }, events.pay), {
    name: 'UnknownVersion',
  })
})

test('on every path of the chart money and seats end where the state says', (t) => {
  const variants: ReservationEvent[] = [
    ...Object.values(events),
    { ...events.reserve, sale: 'paused' },
    { ...events.pay, balance: 0 },
    { ...events.expire, acceptedAt: 0 },
  ]
  const paths = getSimplePaths(reservationV1, {
    events: variants,
    serializeState: (snapshot) => `${snapshot.value} ${snapshot.context.extensions}`,
  })
  const ends = new Set<string>()
  for (const { steps } of paths) {
    let now: { state: string; context: unknown } = { state: 'queued', context: started }
    const ledger = { held: 0, sold: 0, debited: 0 }
    for (const { event } of steps) {
      if (event.type.startsWith('xstate.')) continue
      const next = step(registered, now, event)
      for (const { type, params } of next.effects) {
        if (type === 'assignSeats') ledger.held += (params.seats as unknown[]).length
        if (type === 'sellSeats') {
          ledger.held -= (params.seatIds as unknown[]).length
          ledger.sold += (params.seatIds as unknown[]).length
        }
        if (type === 'releaseSeats')
          ledger[now.state === 'paid' ? 'sold' : 'held'] -= (params.seatIds as unknown[]).length
        if (type === 'debit') ledger.debited += Number(params.amount)
        if (type === 'credit') ledger.debited -= Number(params.amount)
        if (type === 'refuse') t.true(isErrorCode(String(params.code)))
      }
      now = next
    }
    ends.add(now.state)
    t.deepEqual(ledger, {
      held: now.state === 'held' ? 2 : 0,
      sold: now.state === 'paid' ? 2 : 0,
      debited: now.state === 'paid' ? 100 : 0,
    })
    t.is((now.context as ReservationContext).deadline === null, now.state !== 'held')
  }
  t.deepEqual([...ends].sort(), Object.keys(contexts).sort())
})
