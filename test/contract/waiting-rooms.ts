// What every adapter of the waiting room's fast store must do: issue each number once, keep one place a person, begin what
// it is told to begin, and own up to what it has lost.
import test, { type ExecutionContext } from 'ava'
import { limits } from '../../engine/limits.ts'
import type {
  Admission,
  InletPolicy,
  NextTurns,
  NumberRange,
  Opening,
  Step,
  WaitingRooms,
} from '../../engine/waiting-room-ports.ts'

export interface WaitingRoomsUnderTest {
  readonly rooms: WaitingRooms
  /** All that it kept is gone. */
  lose(): Promise<void>
  /** Keeps a copy of everything; what is returned brings it back, later, in the place of what was there then. */
  copy(): Promise<() => Promise<void>>
}

export type WaitingRoomsSetUp = (t: ExecutionContext) => Promise<WaitingRoomsUnderTest>

const showId = 'show-1'
const now = 1_800_000_000_000
const keepUntil = now + 7 * 24 * 3_600_000
const times = { opensAt: now, keepUntil }
const sessionTtlMs = 600_000

const policy: InletPolicy = {
  ...{
    ratePerSecond: 10,
    admittedMax: 100,
    sessionTtlMs,
    isLottery: false,
    followsStock: false,
    isPaused: false,
    version: 1,
  },
}
const opening = (range: NumberRange, some: Partial<Opening> = {}): Opening => ({
  ...{ range, serving: 0, generation: 0, policy, sessions: [], drawnThrough: null },
  ...some,
})
const admission = (number: number, userId: string, some: Partial<Admission> = {}): Admission => ({
  ...{ number, userId, admittedAt: now, endsAt: now + sessionTtlMs, issuedThrough: number },
  ...some,
})

type Found<Answer> = Exclude<Answer, 'missing' | 'exhausted' | 'fenced' | 'undrawn'>

function found<Answer>(answer: Answer): Found<Answer> {
  if (typeof answer === 'string' && ['missing', 'exhausted', 'fenced', 'undrawn'].includes(answer))
    throw new Error(`the room answers ${answer}`)
  return answer as Found<Answer>
}

export function waitingRoomsContract(adapter: string, setUp: WaitingRoomsSetUp): void {
  const behaviour = (
    sentence: string,
    run: (t: ExecutionContext, stage: ReturnType<typeof stageOf>) => Promise<void>,
  ) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(30_000)
      await run(t, stageOf(await setUp(t)))
    })

  // ── opening ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a room that was not opened is missing, whatever it is asked', async (t, { rooms }) => {
    const step: Step = {
      ...{
        generation: 1,
        serving: 1,
        admissions: [],
        lapsed: [],
        admittedPerSecond: 1,
        estimateSpread: 0.25,
        now,
      },
    }
    const ask = { generation: 1, policy, turnsMax: 1, now }
    t.is(await rooms.join(showId, 'ann', now), 'missing')
    t.is(await rooms.present(showId, 'ann', 1, now), 'missing')
    t.is(await rooms.restore(showId, { userId: 'ann', number: 1, lot: 1 }, null, now), 'missing')
    t.is(await rooms.leave(showId, 'ann', 1), 'missing')
    t.is(await rooms.next(showId, ask), 'missing')
    t.is(await rooms.admit(showId, step), 'missing')
    t.is(await rooms.extend(showId, { from: 1, through: 9 }), 'missing')
    t.is(await rooms.look(showId), 'missing')
    t.is(await rooms.count(showId, now), 'missing')
    t.false(await rooms.hasSession(showId, 'ann', now))
    await rooms.renew(showId, 'ann', now + 1, now)
    await rooms.end(showId, 'ann', 1, now)
    await rooms.reflect(showId, policy)
    t.is(await rooms.look(showId), 'missing')
  })

  behaviour('a room opens where the master says that it stands', async (t, { rooms }) => {
    const sessions = [admission(7, 'ann', { issuedThrough: 20 })]
    await rooms.open(showId, opening({ from: 21, through: 30 }, { serving: 8, sessions }), times, now)
    t.like(found(await rooms.look(showId)), { serving: 8, issued: 20, isPaused: false })
    t.like(found(await rooms.count(showId, now)), { waiting: 0, admitted: 1 })
    t.true(await rooms.hasSession(showId, 'ann', now))
    t.is((await place(rooms, 'ben')).number, 21)
  })

  behaviour('opening it again changes nothing but adds the numbers', async (t, { rooms, open, join }) => {
    await open({ from: 1, through: 2 })
    const before = found(await rooms.look(showId))
    await join('ann', 'ben')
    await rooms.open(showId, opening({ from: 3, through: 4 }), times, now)
    t.deepEqual(await join('ann', 'ben', 'cat', 'dan'), [1, 2, 3, 4])
    t.is(found(await rooms.look(showId)).incarnation, before.incarnation)
  })

  // ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('numbers are issued in order, one to each person, however often asked for', async (t, stage) => {
    const { rooms, open } = stage
    await open({ from: 1, through: 1_000 })
    const users = Array.from({ length: 60 }, (_, index) => `user-${index}`)
    const joining = [...users, ...users, ...users].map((user) => rooms.join(showId, user, now))
    const joined = (await Promise.all(joining)).map(found)
    const numbers = joined.map(({ place }) => place.number)
    t.deepEqual(numbers.slice(60, 120), numbers.slice(0, 60))
    t.deepEqual(numbers.slice(120), numbers.slice(0, 60))
    t.deepEqual(
      [...new Set(numbers)].sort((a, b) => a - b),
      Array.from(users, (_, index) => index + 1),
    )
    t.is(joined.filter(({ isNew }) => isNew).length, 60)
    t.is(found(await rooms.look(showId)).issued, 60)
  })

  behaviour('without numbers left it is exhausted, for new people only', async (t, { rooms, open, join }) => {
    await open({ from: 1, through: 2 })
    await join('ann', 'ben')
    t.is(await rooms.join(showId, 'cat', now), 'exhausted')
    t.deepEqual(await join('ann'), [1])
    await rooms.extend(showId, { from: 9, through: 9 })
    t.deepEqual(await join('cat'), [9])
    t.is(await rooms.join(showId, 'dan', now), 'exhausted')
  })

  behaviour('ranges are used up one after another, in their order', async (t, { rooms, open, join }) => {
    await open({ from: 1, through: 1 })
    await rooms.extend(showId, { from: 21, through: 22 })
    await rooms.extend(showId, { from: 11, through: 12 })
    t.deepEqual(await join('a', 'b', 'c', 'd', 'e'), [1, 11, 12, 21, 22])
  })

  behaviour(
    'a range that comes twice, or too late, issues nothing twice',
    async (t, { rooms, open, join }) => {
      await open({ from: 1, through: 2 })
      await rooms.extend(showId, { from: 5, through: 6 })
      await rooms.extend(showId, { from: 5, through: 6 })
      t.deepEqual(await join('a', 'b', 'c'), [1, 2, 5])
      for (const range of [
        { from: 1, through: 2 },
        { from: 3, through: 4 },
        { from: 5, through: 6 },
      ])
        await rooms.extend(showId, range)
      t.deepEqual(await join('d'), [6])
      t.is(await rooms.join(showId, 'e', now), 'exhausted')
    },
  )

  behaviour('shows know nothing of each other', async (t, { rooms, open, join }) => {
    await open({ from: 1, through: 9 })
    await rooms.open('show-2', opening({ from: 1, through: 9 }), times, now)
    await join('ann', 'ben')
    t.is(found(await rooms.join('show-2', 'ben', now)).place.number, 1)
    await rooms.leave('show-2', 'ben', 1)
    t.is((await place(rooms, 'ben')).state, 'waiting')
  })

  // ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a number in the hand is enough to be in the line again', async (t, { rooms, open, line }) => {
    await open({ from: 101, through: 200 }, { serving: 40 })
    await present(rooms, 'ann', 77)
    await present(rooms, 'ben', 55)
    t.deepEqual(await line(), ['ben 55', 'ann 77'])
    t.like(await place(rooms, 'ann'), { number: 77, state: 'waiting' })
  })

  behaviour(
    'what became of a number that has been passed, only the master knows',
    async (t, { rooms, open, line }) => {
      await open({ from: 101, through: 200 }, { serving: 40 })
      t.is(await present(rooms, 'ann', 40), null)
      const restored = found(await rooms.restore(showId, { userId: 'ann', number: 40, lot: 40 }, null, now))
      t.like(restored.place, { number: 40, state: 'waiting' })
      await present(rooms, 'ben', 41)
      t.deepEqual(await line(), ['ann 40', 'ben 41'])
    },
  )

  behaviour(
    'a number that was admitted comes back as its session, or as what is over',
    async (t, { rooms, open }) => {
      await open({ from: 101, through: 200 }, { serving: 40 })
      const restore = async (userId: string, number: number, usedUpBy: Admission) =>
        found(await rooms.restore(showId, { userId, number, lot: number }, usedUpBy, now)).place
      t.like(await restore('ann', 10, admission(10, 'ann')), { number: 10, state: 'admitted' })
      t.true(await rooms.hasSession(showId, 'ann', now + sessionTtlMs - 1))
      t.false(await rooms.hasSession(showId, 'ann', now + sessionTtlMs))
      t.like(await restore('ben', 11, admission(11, 'ben', { endsAt: now })), { state: 'expired' })
      t.like(await restore('cat', 12, admission(9, 'cat', { endsAt: now, issuedThrough: 20 })), {
        state: 'expired',
      })
      t.is((await present(rooms, 'cat', 12))?.state, 'expired')
    },
  )

  behaviour('of two numbers of one person the lower one counts', async (t, { rooms, open, line }) => {
    await open({ from: 101, through: 200 })
    t.is((await place(rooms, 'ann')).number, 101)
    t.is((await present(rooms, 'ann', 50))?.number, 50)
    t.is((await present(rooms, 'ann', 101))?.number, 50)
    t.deepEqual(await line(), ['ann 50'])
  })

  behaviour('what an admission has used up is of no use, whichever number it was', async (t, stage) => {
    const { rooms, open, begin, line } = stage
    await open({ from: 101, through: 200 })
    await place(rooms, 'ann')
    await present(rooms, 'ann', 50)
    await begin(admission(50, 'ann', { endsAt: now + 1, issuedThrough: 101 }))
    t.is((await present(rooms, 'ann', 101))?.state, 'admitted')
    t.like(await present(rooms, 'ann', 101, now + 1), { number: 101, state: 'expired' })
    t.like(await present(rooms, 'ann', 50, now + 1), { number: 50, state: 'expired' })
    t.deepEqual(await line(), [])
    t.is((await place(rooms, 'ann', now + 1)).number, 102)
  })

  behaviour(
    'who left is out of the line, and joins anew at its end',
    async (t, { rooms, open, join, line }) => {
      await open({ from: 1, through: 9 })
      await join('ann', 'ben')
      await rooms.leave(showId, 'ann', 1)
      await rooms.leave(showId, 'ann', 1)
      t.is((await present(rooms, 'ann', 1))?.state, 'left')
      t.deepEqual(await line(), ['ben 2'])
      t.deepEqual(await join('ann'), [3])
      await rooms.leave(showId, 'ann', 1)
      t.is((await present(rooms, 'ann', 1))?.state, 'expired')
      t.deepEqual(await line(), ['ben 2', 'ann 3'])
    },
  )

  // ── the inlet ───────────────────────────────────────────────────────────────────────────────────────────

  behaviour(
    'the next are the lowest numbers, as many as may and fit',
    async (t, { open, join, next, begin }) => {
      await open({ from: 1, through: 9 })
      t.like(await next(5), { turns: [], serving: 0, spent: 0, isLineEmpty: true })
      await join('a', 'b', 'c', 'd', 'e')
      t.like(await next(2), { serving: 2, spent: 2, isLineEmpty: false })
      t.deepEqual((await next(2)).turns, [
        { userId: 'a', number: 1, lot: 1 },
        { userId: 'b', number: 2, lot: 2 },
      ])
      await begin(admission(1, 'a'), admission(2, 'b'))
      t.deepEqual(
        (await next(9, { admittedMax: 4 })).turns.map(({ number }) => number),
        [3, 4],
      )
      t.deepEqual((await next(9, { admittedMax: 1 })).turns, [])
      t.is((await next(0)).serving, 2)
    },
  )

  behaviour('serving passes over who left and over numbers that nobody has', async (t, stage) => {
    const { rooms, open, join, next } = stage
    await open({ from: 1, through: 3 })
    await join('a', 'b', 'c')
    await rooms.extend(showId, { from: 500, through: 501 })
    await join('d')
    for (const [user, number] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      await rooms.leave(showId, user, number)
    t.like(await next(1), { serving: 500, spent: 1 })
  })

  behaviour('serving never goes back', async (t, { rooms, open, join, begin, step }) => {
    await open({ from: 1, through: 9 })
    await join('a', 'b', 'c')
    await step({ serving: 3 })
    await step({ serving: 2 })
    await begin(admission(1, 'a'))
    t.is(found(await rooms.look(showId)).serving, 3)
  })

  behaviour('an admission begins a session, and a repeat does not begin it again', async (t, stage) => {
    const { rooms, open, join, begin } = stage
    await open({ from: 1, through: 9 })
    await join('ann', 'ben')
    await begin(admission(1, 'ann'))
    t.true(await rooms.hasSession(showId, 'ann', now))
    t.false(await rooms.hasSession(showId, 'ben', now))
    t.like(await present(rooms, 'ann', 1), { state: 'admitted', sessionEndsAt: now + sessionTtlMs })
    await rooms.end(showId, 'ann', 1, now)
    await begin(admission(1, 'ann'))
    t.false(await rooms.hasSession(showId, 'ann', now))
    t.is((await present(rooms, 'ann', 1))?.state, 'expired')
  })

  behaviour(
    'an admission of which the session is over admits nobody',
    async (t, { rooms, open, join, begin, line }) => {
      await open({ from: 1, through: 9 })
      await join('ann')
      await begin(admission(1, 'ann', { endsAt: now }))
      t.false(await rooms.hasSession(showId, 'ann', now))
      t.is((await present(rooms, 'ann', 1))?.state, 'expired')
      t.deepEqual(await line(), [])
    },
  )

  behaviour(
    'an admission of who left in the meantime begins nothing',
    async (t, { rooms, open, join, begin }) => {
      await open({ from: 1, through: 9 })
      await join('ann')
      await rooms.leave(showId, 'ann', 1)
      await begin(admission(1, 'ann'))
      t.false(await rooms.hasSession(showId, 'ann', now))
      t.is((await present(rooms, 'ann', 1))?.state, 'left')
    },
  )

  behaviour(
    'a session that nobody turns up for ends early, and is reported until it is struck',
    async (t, stage) => {
      const { rooms, open, join, begin, next, step } = stage
      await open({ from: 1, through: 9 })
      await join('ann', 'ben')
      await begin(admission(1, 'ann'), admission(2, 'ben'))
      const claimedAt = now + limits.admissionClaimMs - 1
      t.is((await present(rooms, 'ben', 2, claimedAt))?.state, 'admitted')
      t.true(await rooms.hasSession(showId, 'ann', claimedAt))
      t.deepEqual((await next(0, {}, claimedAt)).lapsed, [])
      const lapsedAt = now + limits.admissionClaimMs
      t.false(await rooms.hasSession(showId, 'ann', lapsedAt))
      t.true(await rooms.hasSession(showId, 'ben', lapsedAt))
      t.like(found(await rooms.count(showId, lapsedAt)), { admitted: 1 })
      t.deepEqual((await next(0, {}, lapsedAt)).lapsed, [1])
      await step({ lapsed: [1], now: lapsedAt })
      t.deepEqual((await next(0, {}, lapsedAt)).lapsed, [])
      t.is((await present(rooms, 'ann', 1, lapsedAt))?.state, 'expired')
      t.is((await place(rooms, 'ann', lapsedAt)).number, 3)
    },
  )

  behaviour('asking for the place again claims the session too', async (t, { rooms, open, join, begin }) => {
    await open({ from: 1, through: 9 })
    await join('ann')
    await begin(admission(1, 'ann'))
    t.deepEqual(await join('ann'), [1])
    t.true(await rooms.hasSession(showId, 'ann', now + sessionTtlMs - 1))
  })

  behaviour(
    'a session is prolonged, never shortened, while it runs',
    async (t, { rooms, open, join, begin }) => {
      await open({ from: 1, through: 9 })
      await join('ann')
      await begin(admission(1, 'ann'))
      await rooms.renew(showId, 'ann', now + 5, now)
      t.true(await rooms.hasSession(showId, 'ann', now + sessionTtlMs - 1))
      await rooms.renew(showId, 'ann', now + sessionTtlMs + 5, now)
      t.true(await rooms.hasSession(showId, 'ann', now + sessionTtlMs + 4))
      await rooms.renew(showId, 'ann', now + 2 * sessionTtlMs, now + sessionTtlMs + 5)
      t.false(await rooms.hasSession(showId, 'ann', now + sessionTtlMs + 5))
      await rooms.renew(showId, 'nobody', now + 5, now)
      t.false(await rooms.hasSession(showId, 'nobody', now))
    },
  )

  behaviour('a session ends by its own number only', async (t, { rooms, open, join, begin }) => {
    await open({ from: 1, through: 9 })
    await join('ann')
    await begin(admission(1, 'ann'))
    await rooms.end(showId, 'ann', 8, now)
    t.true(await rooms.hasSession(showId, 'ann', now))
    await rooms.end(showId, 'ann', 1, now)
    t.false(await rooms.hasSession(showId, 'ann', now))
    await rooms.renew(showId, 'ann', now + 9, now)
    t.false(await rooms.hasSession(showId, 'ann', now))
    t.deepEqual(await join('ann'), [2])
  })

  behaviour('leaving ends a session', async (t, { rooms, open, join, begin }) => {
    await open({ from: 1, through: 9 })
    await join('ann')
    await begin(admission(1, 'ann'))
    await rooms.leave(showId, 'ann', 1)
    t.false(await rooms.hasSession(showId, 'ann', now))
    t.like(found(await rooms.count(showId, now)), { waiting: 0, admitted: 0 })
  })

  behaviour('an earlier leader is fenced out as soon as a later one has asked', async (t, stage) => {
    const { rooms, open, join, next, step } = stage
    await open({ from: 1, through: 9 }, { generation: 3 })
    await join('ann')
    t.is(await rooms.next(showId, { generation: 2, policy, turnsMax: 1, now }), 'fenced')
    await next(1, {}, now, 5)
    t.is(await rooms.next(showId, { generation: 4, policy, turnsMax: 1, now }), 'fenced')
    const late = { generation: 4, serving: 1, admissions: [admission(1, 'ann')] }
    t.is(
      await rooms.admit(showId, { ...late, lapsed: [], admittedPerSecond: 1, estimateSpread: 0.25, now }),
      'fenced',
    )
    t.false(await rooms.hasSession(showId, 'ann', now))
    t.is(found(await rooms.look(showId)).serving, 0)
    await step({ serving: 1, generation: 5 })
  })

  behaviour('the newest policy shows, whoever comes late', async (t, { rooms, open, next }) => {
    await open({ from: 1, through: 9 })
    await rooms.reflect(showId, { ...policy, isPaused: true, version: 3 })
    await rooms.reflect(showId, { ...policy, isPaused: false, version: 2 })
    await next(1, { version: 2 })
    t.true(found(await rooms.look(showId)).isPaused)
    await next(1, { version: 4 })
    t.false(found(await rooms.look(showId)).isPaused)
  })

  // ── losses ──────────────────────────────────────────────────────────────────────────────────────────────

  behaviour(
    'after a loss nothing is known, and nothing is made up',
    async (t, { rooms, open, join, begin, lose }) => {
      await open({ from: 1, through: 9 })
      await join('ann', 'ben')
      await begin(admission(1, 'ann'))
      await lose()
      t.is(await rooms.join(showId, 'ben', now), 'missing')
      t.is(await rooms.look(showId), 'missing')
      t.false(await rooms.hasSession(showId, 'ann', now))
    },
  )

  behaviour(
    'after a loss serving passes no faster than people may be let in, for a while',
    async (t, stage) => {
      const { rooms, open, join, next, lose, step } = stage
      await open({ from: 1, through: 100 })
      await join(...Array.from({ length: 50 }, (_, index) => `user-${index + 1}`))
      await lose()
      await open({ from: 101, through: 200 }, { serving: 10 })
      await present(rooms, 'user-40', 40)
      t.like(await next(5), { turns: [], serving: 15, spent: 5, isLineEmpty: false })
      await step({ serving: 15 })
      await present(rooms, 'user-16', 16)
      t.deepEqual((await next(5)).turns, [{ userId: 'user-16', number: 16, lot: 16 }])
      t.is((await next(500)).serving, 100)
      const settled = now + limits.waitingRoomSettleMs
      t.like(await next(5, {}, settled), { serving: 40, spent: 2 })
    },
  )

  behaviour('numbers that an older copy still had are not issued any more', async (t, stage) => {
    const { rooms, open, join, copy } = stage
    await open({ from: 1, through: 100 })
    await join('ann')
    const bringBack = await copy()
    await join('ben', 'cat')
    await bringBack()
    await open({ from: 101, through: 102 })
    t.deepEqual(await join('dan', 'eve'), [101, 102])
    t.is(await rooms.join(showId, 'fay', now), 'exhausted')
  })

  behaviour('an older copy is not taken for the room', async (t, { rooms, open, join, begin, copy }) => {
    await open({ from: 1, through: 100 })
    await join('ann', 'ben', 'cat')
    await begin(admission(1, 'ann'))
    const bringBack = await copy()
    await begin(admission(2, 'ben'))
    await rooms.end(showId, 'ann', 1, now)
    await join('dan')
    await bringBack()
    t.is(await rooms.join(showId, 'eve', now), 'missing')
    t.is(await rooms.look(showId), 'missing')
    t.false(await rooms.hasSession(showId, 'ann', now))

    const sessions = [admission(2, 'ben')]
    await open({ from: 101, through: 200 }, { serving: 2, sessions })
    t.deepEqual(await join('eve'), [101])
    t.like(found(await rooms.look(showId)), { serving: 2, incarnation: 101 })
    t.false(await rooms.hasSession(showId, 'ann', now))
    t.true(await rooms.hasSession(showId, 'ben', now))
    t.is((await present(rooms, 'cat', 3))?.number, 3)
    t.is(await present(rooms, 'ann', 1), null)
    t.is((await present(rooms, 'dan', 4))?.number, 4)
  })
}

const present = async (rooms: WaitingRooms, userId: string, number: number, at = now) =>
  found(await rooms.present(showId, userId, number, at)).place

const place = async (rooms: WaitingRooms, userId: string, at = now) =>
  found(await rooms.join(showId, userId, at)).place

function stageOf(given: WaitingRoomsUnderTest) {
  const { rooms } = given
  const next = async (
    turnsMax: number,
    some: Partial<InletPolicy> = {},
    at = now,
    generation = 0,
  ): Promise<NextTurns> =>
    found(await rooms.next(showId, { generation, policy: { ...policy, ...some }, turnsMax, now: at }))
  const step = async (some: Partial<Step>): Promise<void> => {
    const nothing = {
      generation: 0,
      serving: 0,
      admissions: [],
      lapsed: [],
      admittedPerSecond: 1,
      estimateSpread: 0.25,
      now,
    }
    found(await rooms.admit(showId, { ...nothing, ...some }))
  }
  return {
    ...given,
    ...{ next, step },
    open: (range: NumberRange, some: Partial<Opening> = {}) =>
      rooms.open(showId, opening(range, some), times, now),
    /** One after another; their numbers. */
    async join(...userIds: string[]): Promise<number[]> {
      const numbers: number[] = []
      for (const userId of userIds) numbers.push((await place(rooms, userId)).number)
      return numbers
    },
    begin: (...admissions: Admission[]) =>
      step({ admissions, serving: Math.max(...admissions.map(({ number }) => number)) }),
    /** Who waits, once nobody is kept back any more. */
    line: async () => {
      const { turns } = await next(1_000, { admittedMax: 1_000 }, now + limits.waitingRoomSettleMs)
      return turns.map(({ userId, number }) => `${userId} ${number}`)
    },
  }
}
