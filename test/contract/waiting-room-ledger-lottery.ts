// What the master must keep of a waiting room's lottery: when it is settled whether places are drawn, the seed, and the crowd.
import { seedHashOf } from '../../engine/draw.ts'
import { FencedOut } from '../../engine/failures.ts'
import { type Behaviour, crowd, now, opening, opensAt, policy, turn } from './waiting-room-ledger-stage.ts'

export function keepsTheLottery(behaviour: Behaviour): void {
  behaviour('the seed is chosen once, and given out with the crowd that it draws', async (t, stage) => {
    const { ledger, showId, freeze, change } = stage
    t.is(await ledger.draw(showId), null)
    t.is(await freeze({}), null, 'there is no lottery')
    const changed = await Promise.all([1, 2, 3].map(() => change({ isLottery: true })))
    const committed = await ledger.draw(showId)
    t.like(committed, { committedAt: now, drawn: null })
    await change({ isLottery: false }, now + 1)
    t.is(await ledger.draw(showId), null, 'places are not drawn by lot any more')
    const lottery = await change({ isLottery: true }, now + 2)
    t.deepEqual(await ledger.draw(showId), committed)
    t.is((await ledger.open(showId, now, opensAt)).drawnThrough, null)

    t.is(await freeze({ policy: changed[0] ?? policy }), null, 'under another policy nothing is drawn')
    const draw = await freeze({ policy: lottery })
    t.deepEqual(draw, await ledger.draw(showId))
    t.deepEqual(draw?.drawn?.crowd, crowd)
    t.is(committed?.seedHash, seedHashOf(draw?.drawn?.seed ?? ''))
    t.is((await ledger.open(showId, now, opensAt)).drawnThrough, crowd.through)
    t.deepEqual(await freeze({ policy: lottery, crowd: { ...crowd, through: 9 } }), draw, 'the first stays')
  })

  behaviour('whether places are drawn is settled with the first admission', async (t, stage) => {
    const { ledger, showId, admit, change } = stage
    await admit({ turns: [turn('ann', 1)], serving: 1 })
    t.is(await ledger.change(showId, { isLottery: true, admittedMax: 7 }, opening(now)), 'settled')
    t.is(await ledger.draw(showId), null, 'no seed is chosen')
    t.like(await change({ isLottery: false, ratePerSecond: 7 }), {
      admittedMax: 100,
      ratePerSecond: 7,
      version: 2,
    })
  })

  behaviour('whether places are drawn is settled once the sale has opened', async (t, stage) => {
    const { ledger, showId, change } = stage
    await change({ isLottery: true }, opensAt - 1)
    t.is(await ledger.change(showId, { isLottery: false }, opening(opensAt)), 'settled')
    t.like(await change({ isLottery: true, isPaused: true }, opensAt), { isPaused: true, version: 3 })
  })

  behaviour(
    'whether places are drawn is settled once the opening is marked, by whatever clock',
    async (t, stage) => {
      const { ledger, showId, change } = stage
      t.false((await ledger.open(showId, opensAt - 1, opensAt)).hasOpened)
      const lottery = await change({ isLottery: true }, opensAt - 1)
      t.like(await ledger.markOpened(showId), { showId, policy: lottery, hasOpened: true })
      t.is(await ledger.change(showId, { isLottery: false }, opening(opensAt - 1)), 'settled')
      const [room] = (await ledger.list(now)).filter((each) => each.showId === showId)
      t.like(room, { policy: lottery, hasOpened: true })
      t.true((await ledger.open(showId, opensAt - 1, opensAt)).hasOpened)
    },
  )

  behaviour('a room that is opened anew after the opening marks it', async (t, { ledger, showId }) => {
    t.true((await ledger.open(showId, opensAt, opensAt)).hasOpened)
    t.is(await ledger.change(showId, { isLottery: true }, opening(opensAt - 1)), 'settled')
  })

  behaviour('whether places are drawn is settled with the draw', async (t, stage) => {
    const { ledger, showId, freeze, change } = stage
    await freeze({ policy: await change({ isLottery: true }) })
    t.is(await ledger.change(showId, { isLottery: false }, opening(now)), 'settled')
    t.like(await change({ isLottery: true, isPaused: true }), { isPaused: true, version: 3 })
  })

  behaviour('an earlier leader neither writes nor closes the crowd', async (t, stage) => {
    const { ledger, showId, freeze, change } = stage
    const lottery = await change({ isLottery: true })
    const earlier = await ledger.lead(showId)
    await ledger.lead(showId)
    const page = ledger.writeCrowd(showId, earlier, [turn('ann', 1)])
    await t.throwsAsync(page, { instanceOf: FencedOut })
    await t.throwsAsync(freeze({ policy: lottery, generation: earlier }), { instanceOf: FencedOut })
    t.is((await ledger.draw(showId))?.drawn, null)
  })

  behaviour('a crowd may be written by one leader after another', async (t, stage) => {
    const { ledger, showId, freeze, change } = stage
    const lottery = await change({ isLottery: true })
    const earlier = await ledger.lead(showId)
    await ledger.writeCrowd(showId, earlier, [turn('ann', 1), turn('ben', 2)])
    const generation = await ledger.lead(showId)
    await ledger.writeCrowd(showId, generation, [turn('ann', 1)])
    await ledger.writeCrowd(showId, generation, [turn('cat', 3)])
    await ledger.writeCrowd(showId, generation, [])
    await t.throwsAsync(ledger.writeCrowd(showId, generation, [turn('cat', 3)]), undefined, 'each page once')
    t.deepEqual((await freeze({ policy: lottery, generation }))?.drawn?.crowd, crowd)
  })
}
