// The embedded store of the waiting room: the contract, and what only a file of one's own promises.
import test from 'ava'
import type { Opening } from '../../engine/waiting-room-ports.ts'
import { waitingRoomsContract } from '../contract/waiting-rooms.ts'
import { embeddedWaitingRooms } from '../support/embedded-waiting-rooms.ts'

waitingRoomsContract('embedded waiting rooms', embeddedWaitingRooms)

const now = 1_800_000_000_000
const policy = {
  ratePerSecond: 1,
  admittedMax: 9,
  sessionTtlMs: 600_000,
  isLottery: false,
  followsStock: false,
  isPaused: false,
  version: 1,
}
const until = (keepUntil: number) => ({ opensAt: now, keepUntil })
const opening = (from: number): Opening => ({
  range: { from, through: from + 9 },
  serving: 0,
  generation: 0,
  policy,
  sessions: [],
  hasOpened: true,
  drawnThrough: null,
})

test('embedded waiting rooms: who waited before a restart waits on, with or without a token', async (t) => {
  const { rooms, restart } = await embeddedWaitingRooms(t)
  await rooms.open('show-1', opening(1), until(now + 1_000), now, await rooms.life())
  await rooms.join('show-1', 'ann', now)
  await rooms.join('show-1', 'ben', now)
  await restart()
  t.is(await rooms.join('show-1', 'ben', now), 'missing')
  await rooms.open('show-1', opening(11), until(now + 1_000), now, await rooms.life())
  t.like(await rooms.join('show-1', 'ben', now), { place: { number: 2 }, isNew: false })
  t.like(await rooms.join('show-1', 'cat', now), { place: { number: 11 }, isNew: true })
})

test('embedded waiting rooms: nobody who waited before a restart is kept back after it', async (t) => {
  const { rooms, restart } = await embeddedWaitingRooms(t)
  await rooms.open('show-1', opening(1), until(now + 1_000), now, await rooms.life())
  await rooms.join('show-1', 'ann', now)
  await restart()
  await rooms.open('show-1', opening(11), until(now + 1_000), now, await rooms.life())
  await rooms.join('show-1', 'ben', now)
  const next = await rooms.next('show-1', { generation: 1, policy, turnsMax: 9, hasOpened: true, now })
  t.like(next, { turns: [{ number: 1 }, { number: 11 }], serving: 11 })
})

test('embedded waiting rooms: a room that nobody needs any more is forgotten', async (t) => {
  const { rooms } = await embeddedWaitingRooms(t)
  await rooms.open('show-1', opening(1), until(now + 1_000), now, await rooms.life())
  await rooms.join('show-1', 'ann', now)
  await rooms.open('show-2', opening(1), until(now + 5_000), now + 1_000, await rooms.life())
  t.is(await rooms.look('show-1'), 'missing')
  await rooms.open('show-1', opening(11), until(now + 5_000), now + 1_000, await rooms.life())
  t.like(await rooms.count('show-1', now + 1_000), { waiting: 0 })
})

test('embedded waiting rooms: the door sees a session in the same step in which it began', async (t) => {
  const { rooms } = await embeddedWaitingRooms(t)
  await rooms.open('show-1', opening(1), until(now + 1_000), now, await rooms.life())
  await rooms.join('show-1', 'ann', now)
  const admission = { number: 1, userId: 'ann', admittedAt: now, endsAt: now + 9, issuedThrough: 1 }
  const step = {
    generation: 1,
    serving: 1,
    admissions: [admission],
    lapsed: [],
    admittedPerSecond: 1,
    estimateSpread: 0.25,
    now,
  }
  const admitting = rooms.admit('show-1', step)
  t.is(rooms.hasSession('show-1', 'ann', now), true)
  await admitting
})
