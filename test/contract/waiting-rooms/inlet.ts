// Who is let in, for how long, and by whom.
import { limits } from '../../../engine/limits.ts'
import {
  admission,
  type Behaviour,
  found,
  now,
  place,
  policy,
  present,
  sessionTtlMs,
  showId,
} from './stage.ts'

export function letsIn(behaviour: Behaviour): void {
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
    'who does not turn up is reported by the end of the session, and of one end by number',
    async (t, { open, join, begin, next }) => {
      await open({ from: 1, through: 12 })
      await join(...'abcdefghijk')
      const early = { endsAt: now + limits.admissionClaimMs / 2 }
      await begin(admission(10, 'j'), admission(2, 'b'), admission(11, 'k', early))
      t.deepEqual((await next(0, {}, now + limits.admissionClaimMs)).lapsed, [11, 2, 10])
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
    t.is(await rooms.next(showId, { generation: 2, policy, turnsMax: 1, hasOpened: true, now }), 'fenced')
    await next(1, {}, now, 5)
    t.is(await rooms.next(showId, { generation: 4, policy, turnsMax: 1, hasOpened: true, now }), 'fenced')
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

  behaviour(
    'that the sale has opened shows from when the inlet says so',
    async (t, { rooms, open, next }) => {
      await open({ from: 1, through: 9 }, { hasOpened: false })
      const hasOpened = async () => found(await rooms.look(showId)).hasOpened
      t.false((await next(1, {}, now, 0, false)).room.hasOpened)
      t.false(await hasOpened())
      t.true((await next(1, {}, now, 0, true)).room.hasOpened)
      t.true(await hasOpened())
      await next(1, {}, now, 0, false)
      await open({ from: 10, through: 19 }, { hasOpened: false })
      t.true(await hasOpened())
    },
  )

  behaviour('a room may be opened once the sale has', async (t, { rooms, open }) => {
    await open({ from: 1, through: 9 })
    t.true(found(await rooms.look(showId)).hasOpened)
  })
}
