// What a store that has lost something says, and goes on with.
import { limits } from '../../../engine/limits.ts'
import { admission, type Behaviour, found, now, present, showId } from './stage.ts'

export function ownsUpToLosses(behaviour: Behaviour): void {
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
