// Both stores of the waiting room, asked the same things in any order: they answer the same.
import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import type { WaitingRooms } from '../../engine/waiting-room-ports.ts'
import { embeddedWaitingRooms } from '../support/embedded-waiting-rooms.ts'
import { checkProperty } from '../support/properties.ts'
import { redisRooms, stopRedisRooms } from '../support/redis-waiting-rooms.ts'

test.after.always(stopRedisRooms)

const now = Date.now()
const keepUntil = now + 3_600_000
const times = { opensAt: now + 100_000, keepUntil }

const user = fc.constantFrom('ann', 'ben', 'cat', 'dan')
const number = fc.integer({ min: 1, max: 12 })
const generation = fc.nat(2)
const time = fc.integer({ min: 0, max: 40 }).map((tens) => now + tens * 10_000)
const policy = fc.record({
  ratePerSecond: fc.constant(0.25),
  admittedMax: fc.integer({ min: 1, max: 4 }),
  sessionTtlMs: fc.constant(1),
  isPaused: fc.boolean(),
  version: fc.nat(4),
  isLottery: fc.boolean(),
  followsStock: fc.constant(false),
})
const admission = fc.record({ userId: user, number, endsAt: time, issuedThrough: number, admittedAt: time })
const turn = fc.record({ userId: user, number, lot: number })
const range = fc.record({ from: number, through: fc.integer({ min: 12, max: 20 }) })

type Method = Exclude<keyof WaitingRooms, 'check' | 'close'>

interface Call {
  readonly method: Method
  /** From the time to what the method is given after the show. */
  given(at: number): readonly unknown[]
  readonly afterMs: number
}

const call = <Given>(
  method: Method,
  arbitrary: fc.Arbitrary<Given>,
  given: (some: Given, at: number) => readonly unknown[],
): fc.Arbitrary<Call> =>
  fc
    .tuple(arbitrary, fc.nat(3))
    .map(([some, steps]) => ({ method, given: (at) => given(some, at), afterMs: steps * 10_000 }))

const opening = fc.record({
  range,
  serving: number,
  generation,
  policy,
  hasOpened: fc.boolean(),
  drawnThrough: fc.option(fc.integer({ min: 1, max: 6 })),
  sessions: fc.uniqueArray(admission, { maxLength: 2, selector: ({ userId }) => userId }),
})
const ask = fc.record({ generation, policy, turnsMax: fc.nat(4), hasOpened: fc.boolean() })
const step = fc.record({
  generation,
  serving: number,
  admittedPerSecond: fc.constant(1.5),
  estimateSpread: fc.constant(0.25),
  lapsed: fc.uniqueArray(number, { maxLength: 3 }),
  admissions: fc.array(admission, { maxLength: 3 }),
})
const claim = fc.option(admission)

const calls = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: call('join', user, (userId, at) => [userId, at]) },
    { weight: 4, arbitrary: call('present', turn, (some, at) => [some.userId, some.number, at]) },
    {
      weight: 2,
      arbitrary: call('present', turn, (some, at) => [some.userId, some.number, at, some.lot]),
    },
    { weight: 4, arbitrary: call('next', ask, (some, at) => [{ ...some, now: at }]) },
    { weight: 4, arbitrary: call('admit', step, (some, at) => [{ ...some, now: at }]) },
    { weight: 2, arbitrary: call('restore', fc.tuple(turn, claim), (some, at) => [...some, at]) },
    { weight: 2, arbitrary: call('leave', turn, (some) => [some.userId, some.number]) },
    call('open', opening, (some, at) => [some, times, at]),
    call('extend', range, (some) => [some]),
    call('closeCrowd', fc.constant(null), () => []),
    call('crowd', fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 4 })), (some) => [...some]),
    call('beginDealing', number, (through) => [through]),
    { weight: 2, arbitrary: call('deal', fc.array(turn, { maxLength: 3 }), (turns) => [turns]) },
    call('endDealing', fc.constant(null), () => []),
    call('reflect', policy, (some) => [some]),
    call('renew', fc.tuple(user, time), (some, at) => [...some, at]),
    call('end', turn, (some, at) => [some.userId, some.number, at]),
    call('hasSession', user, (userId, at) => [userId, at]),
    call('count', fc.constant(null), (_, at) => [at]),
    call('gone', fc.tuple(number, fc.nat(2)), (some) => [...some]),
  ),
  { minLength: 10, maxLength: 60 },
)

test('whatever is done with a room, both stores answer the same', async (t) => {
  t.timeout(60_000)
  const { rooms: onRedis } = await redisRooms(t)
  const { rooms: embedded } = await embeddedWaitingRooms(t)
  let shows = 0
  await checkProperty(
    t,
    200,
    fc.asyncProperty(opening, calls, async (first, others) => {
      const showId = `show-${++shows}`
      let at = now
      await onRedis.open(showId, first, times, at, await onRedis.life())
      await embedded.open(showId, first, times, at, await embedded.life())
      for (const { method, given, afterMs } of others) {
        at += afterMs
        const values = [showId, ...given(at)]
        const answer = (rooms: WaitingRooms) => Reflect.apply(rooms[method], rooms, values)
        const expected = await answer(embedded)
        assert.deepEqual(
          { method, values, answer: await answer(onRedis) },
          { method, values, answer: expected },
        )
      }
    }),
  )
})
