// The waiting room's store on Redis: the contract, and what only a server with a memory promises.
import assert from 'node:assert/strict'
import test from 'ava'
import { redisLocks } from '../../adapters/locks/redis.ts'
import { limits } from '../../engine/limits.ts'
import type { Admission, Opening, Step } from '../../engine/waiting-room-ports.ts'
import { waitingRoomsContract } from '../contract/waiting-rooms.ts'
import { redisRooms, stopRedisRooms } from '../support/redis-waiting-rooms.ts'

test.after.always(stopRedisRooms)

waitingRoomsContract('Redis waiting rooms', redisRooms)

const showId = 'show-1'
const now = Date.now()
const keepUntil = now + 3_600_000
const times = { opensAt: now, keepUntil }
const policy = {
  ratePerSecond: 1,
  admittedMax: 10_000,
  sessionTtlMs: 600_000,
  isLottery: false,
  followsStock: false,
  isPaused: false,
  version: 1,
}
const opening = (from: number, some: Partial<Opening> = {}): Opening => ({
  range: { from, through: from + 9_999 },
  serving: 0,
  generation: 0,
  policy,
  sessions: [],
  hasOpened: true,
  drawnThrough: null,
  ...some,
})
const admissionOf = (number: number, some: Partial<Admission> = {}): Admission => ({
  number,
  userId: `user-${number}`,
  admittedAt: now,
  endsAt: now + 600_000,
  issuedThrough: number,
  ...some,
})
const step = (admissions: readonly Admission[], some: Partial<Step> = {}): Step => ({
  generation: 0,
  serving: admissions.at(-1)?.number ?? 0,
  admissions,
  lapsed: [],
  admittedPerSecond: 0.125,
  estimateSpread: 0.25,
  now,
  ...some,
})

test('the door lets nobody in with a session of an older copy', async (t) => {
  const { rooms, copy, connection } = await redisRooms(t)
  const { claims } = redisLocks(connection)
  const attempt = async (key: string) => {
    const { outcome } = await claims.claim({
      showId,
      reservationId: `reservation-${key}`,
      commandId: `command-${key}`,
      userId: 'user-1',
      fingerprint: 'body',
      seatIds: [],
      admissionRequired: true,
      now,
    })
    return outcome
  }
  await rooms.open(showId, opening(1), times, now, await rooms.life())
  t.is(await attempt('early'), 'not_admitted')
  await rooms.join(showId, 'user-1', now)
  await rooms.admit(showId, step([admissionOf(1)]))
  t.is(await attempt('inside'), 'claimed')

  await (await copy())()
  t.is(await attempt('copied'), 'not_admitted')
  const sessions = [admissionOf(1)]
  await rooms.open(showId, opening(10_001, { serving: 1, sessions }), times, now, await rooms.life())
  t.is(await attempt('opened'), 'claimed')
})

test('what the master said before a loss opens no room after it', async (t) => {
  const { rooms, copy, connection } = await redisRooms(t)
  const empty = async () =>
    void (await connection.commands.del(await connection.commands.keys(connection.key('*'))))
  const restartOlder = async () => (await copy())()
  for (const lose of [empty, restartOlder]) {
    const life = await rooms.life()
    t.is(await rooms.life(), life)
    await lose()
    await rooms.open(showId, opening(1), times, now, life)
    t.is(await rooms.look(showId), 'missing')
    await rooms.open(showId, opening(10_001, { serving: 20 }), times, now, await rooms.life())
    t.like(await rooms.look(showId), { serving: 20 })
  }
})

test('who waited before a restart waits on, and nobody is overtaken who has yet to come back', async (t) => {
  const { rooms, copy } = await redisRooms(t)
  await rooms.open(showId, opening(1), times, now, await rooms.life())
  for (const user of ['ann', 'ben', 'cat']) await rooms.join(showId, user, now)
  const bringBack = await copy()
  await rooms.join(showId, 'dan', now)
  await bringBack()
  await rooms.open(showId, opening(10_001), times, now, await rooms.life())
  t.like(await rooms.join(showId, 'ben', now), { place: { number: 2 }, isNew: false })
  t.like(await rooms.join(showId, 'eve', now), { place: { number: 10_001 }, isNew: true })
  const ask = { generation: 1, policy, turnsMax: 5, hasOpened: true, now }
  t.like(await rooms.next(showId, ask), { turns: { length: 3 }, serving: 5 })
  t.like(await rooms.present(showId, 'dan', 4, now), { place: { number: 4 } })
  t.like(await rooms.next(showId, ask), { turns: { length: 4 }, serving: 5 })
})

test('a room of the release before says that the sale has opened as a leader of this one does', async (t) => {
  const { rooms, connection } = await redisRooms(t)
  await rooms.open(showId, opening(1, { hasOpened: false }), times, now, await rooms.life())
  await connection.commands.hdel(connection.key(`room:${showId}`), 'hasOpened')
  t.like(await rooms.look(showId), { hasOpened: true }, 'until then it has, from the hour on')
  const ask = { generation: 1, policy, turnsMax: 5, now }
  t.like(await rooms.next(showId, { ...ask, hasOpened: false }), { room: { hasOpened: false } })
  t.like(await rooms.next(showId, { ...ask, hasOpened: true }), { room: { hasOpened: true } })
  t.like(await rooms.next(showId, { ...ask, hasOpened: false }), { room: { hasOpened: true } })
})

test('of an older copy, what was announced counts and places that have been passed do not', async (t) => {
  const { rooms, copy } = await redisRooms(t)
  await rooms.open(showId, opening(1), times, now, await rooms.life())
  for (const user of ['ann', 'ben', 'cat', 'dan']) await rooms.join(showId, user, now)
  await rooms.admit(showId, step([], { serving: 2 }))
  await (await copy())()
  await rooms.open(showId, opening(10_001, { serving: 1 }), times, now, await rooms.life())
  t.like(await rooms.look(showId), { serving: 2 })
  t.like(await rooms.present(showId, 'ben', 2, now), { place: null })
  t.like(await rooms.present(showId, 'cat', 3, now), { place: { number: 3, state: 'waiting' } })
  t.like(await rooms.count(showId, now), { waiting: 2 })
})

test('a room comes into being with all its sessions, and lets thousands in at once', async (t) => {
  const { rooms } = await redisRooms(t)
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)
  const sessions = numbers(1, 2_500).map((number) => admissionOf(number))
  await rooms.open(showId, opening(2_501, { serving: 2_500, sessions }), times, now, await rooms.life())
  t.like(await rooms.count(showId, now), { admitted: 2_500 })

  const many = limits.inletRatePerSecondMax
  const users = numbers(2_501, many).map((number) => `user-${number}`)
  await Promise.all(users.map((user) => rooms.join(showId, user, now)))
  const later = now + limits.waitingRoomSettleMs
  const ask = { generation: 0, policy, turnsMax: many, hasOpened: true, now: later }
  const next = await rooms.next(showId, ask)
  assert(typeof next !== 'string')
  t.is(next.turns.length, many)
  const admissions = next.turns.map(({ userId, number }) => admissionOf(number, { userId }))
  await rooms.admit(showId, step(admissions, { now: later }))
  t.like(await rooms.count(showId, later), { waiting: 0, admitted: 2_500 + many, admittedPerSecond: 0.125 })

  const lapsedAt = later + limits.admissionClaimMs
  const lapsing = { ...ask, turnsMax: 0, now: lapsedAt }
  const absent = await rooms.next(showId, lapsing)
  assert(typeof absent !== 'string')
  t.is(absent.lapsed.length, many)
  await rooms.admit(showId, step([], { lapsed: absent.lapsed, now: lapsedAt }))
  t.like(await rooms.next(showId, lapsing), { lapsed: [] })
})

test('all of a room clears itself up when nobody needs it any more', async (t) => {
  const { rooms, connection } = await redisRooms(t)
  const sessions = [admissionOf(1)]
  await rooms.open(showId, opening(11, { serving: 1, sessions }), times, now, await rooms.life())
  for (const user of ['user-11', 'user-12']) await rooms.join(showId, user, now)
  await rooms.admit(showId, step([admissionOf(11)]))
  const kept = await connection.commands.keys('*')
  t.is(kept.length, 7)
  for (const name of kept) {
    const restMs = await connection.commands.pttl(name)
    t.true(0 < restMs && restMs <= keepUntil - now, `${name} ends`)
  }
})
