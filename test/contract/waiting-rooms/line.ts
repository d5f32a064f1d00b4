// Rooms are opened, numbers issued and shown again: each number once, and one place a person.
import type { Admission, Step } from '../../../engine/waiting-room-ports.ts'
import {
  admission,
  type Behaviour,
  found,
  now,
  opening,
  place,
  policy,
  present,
  sessionTtlMs,
  showId,
  times,
} from './stage.ts'

export function keepsTheLine(behaviour: Behaviour): void {
  // ── opening ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a room that was not opened is missing, whatever it is asked', async (t, { rooms }) => {
    const step: Step = {
      generation: 1,
      serving: 1,
      admissions: [],
      lapsed: [],
      admittedPerSecond: 1,
      estimateSpread: 0.25,
      now,
    }
    const ask = { generation: 1, policy, turnsMax: 1, hasOpened: true, now }
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
    await rooms.open(
      showId,
      opening({ from: 21, through: 30 }, { serving: 8, sessions }),
      times,
      now,
      await rooms.life(),
    )
    t.like(found(await rooms.look(showId)), { serving: 8, issued: 20, isPaused: false })
    t.like(found(await rooms.count(showId, now)), { waiting: 0, admitted: 1 })
    t.true(await rooms.hasSession(showId, 'ann', now))
    t.is((await place(rooms, 'ben')).number, 21)
  })

  behaviour('opening it again changes nothing but adds the numbers', async (t, { rooms, open, join }) => {
    await open({ from: 1, through: 2 })
    const before = found(await rooms.look(showId))
    await join('ann', 'ben')
    await rooms.open(showId, opening({ from: 3, through: 4 }), times, now, await rooms.life())
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
    await rooms.open('show-2', opening({ from: 1, through: 9 }), times, now, await rooms.life())
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
}
