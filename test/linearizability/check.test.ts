// The check itself: what can be explained is accepted, and each planted violation is found.
import test from 'ava'
import type { RequestEvidence, Told } from '../auditor/evidence.ts'
import { type Effect, isLinearizable, type Operation } from './check.ts'
import { checkSeats } from './histories.ts'

const op = (effect: Effect, reservation: string | null, calledAt: number, answeredAt: number): Operation => ({
  effect,
  reservation,
  calledAt,
  answeredAt,
  isCertain: answeredAt !== Number.POSITIVE_INFINITY,
})
const never = Number.POSITIVE_INFINITY

test('one after the other, and at once in whatever order fits', (t) => {
  t.true(isLinearizable([]))
  t.true(isLinearizable([op('hold', 'a', 0, 1), op('sell', 'a', 2, 3), op('see taken', null, 4, 5)]))
  t.true(isLinearizable([op('hold', 'b', 0, 9), op('hold', 'a', 1, 2), op('free', 'a', 3, 4)]), 'b after a')
  t.true(isLinearizable([op('see taken', null, 0, 5), op('hold', 'a', 4, 6)]), 'seen while it was held')
})

test('what was not answered may have happened, or not', (t) => {
  t.true(isLinearizable([op('hold', 'a', 0, never), op('hold', 'b', 1, 2)]))
  t.true(isLinearizable([op('hold', 'a', 0, never), op('see taken', null, 1, 2)]))
  t.true(
    isLinearizable([op('hold', 'a', 0, 1), op('free', 'a', 5, never), op('hold', 'b', 6, 7)]),
    'it ran out',
  )
})

test('a seat that two hold at once is found', (t) => {
  t.false(isLinearizable([op('hold', 'a', 0, 1), op('hold', 'b', 2, 3)]))
  t.false(isLinearizable([op('hold', 'a', 0, 3), op('hold', 'b', 1, 2)]))
  t.false(
    isLinearizable([op('hold', 'a', 0, 1), op('free', 'a', 5, never), op('hold', 'b', 2, 3)]),
    'too early',
  )
})

test('a seat that was sold, and is sold again or given back, is found', (t) => {
  const first = [op('hold', 'a', 0, 1), op('sell', 'a', 2, 3)]
  t.false(isLinearizable([...first, op('hold', 'b', 4, 5)]))
  t.false(isLinearizable([...first, op('free', 'a', 4, 5)]))
})

test('who was told taken while the seat was free, before anybody called for it, is found', (t) => {
  t.false(isLinearizable([op('see taken', null, 0, 1), op('hold', 'a', 2, 3)]))
  t.false(isLinearizable([op('hold', 'a', 0, 1), op('free', 'a', 2, 3), op('see taken', null, 4, 5)]))
})

const request = (over: Partial<RequestEvidence>, told: Told): RequestEvidence => ({
  userId: 'ann',
  idempotencyKey: 'k',
  type: 'reserve',
  target: 'show',
  showId: 'show',
  body: '{"seatIds":["A-1"]}',
  sentAt: 0,
  toldAt: 1,
  told,
  ...over,
})
const heldAs = (id: string, commandId = id): Told => ({
  is: 'decided',
  commandId,
  decision: {
    outcome: 'accepted',
    code: null,
    state: 'held',
    details: { id, seats: [{ id: 'A-1' }], holdExpiresAt: new Date(10_000).toISOString() },
  },
})

test('from notes: repeats are one command, a hold may run out after its deadline, and two holds before that are found', (t) => {
  const first = request({ sentAt: 0, toldAt: 9 }, heldAs('r1'))
  const repeat = request({ sentAt: 3, toldAt: 4 }, heldAs('r1'))
  const after = request({ userId: 'ben', sentAt: 10_100, toldAt: 10_200 }, heldAs('r2'))
  t.deepEqual(checkSeats([first, repeat, after], 0), { seats: 1, operations: 4, violations: [] })
  const tooEarly = request({ userId: 'ben', sentAt: 5_000, toldAt: 5_100 }, heldAs('r2'))
  t.is(checkSeats([first, repeat, tooEarly], 0).violations.length, 1)
})
