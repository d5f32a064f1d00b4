// What the waiting room owes who runs the sale: settings that count at once, figures to go by, and no more people inside than
// the stock can serve.
import { limits } from '../../engine/limits.ts'
import { people, settings, stageFor, startsAt, type WaitingRoomSetUp } from './waiting-room-stage.ts'

const minuteMs = 60_000

export function waitingRoomAdministrationContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const behaviour = stageFor(adapters, setUp)

  // ── the stock ───────────────────────────────────────────────────────────────────────────────────────────

  behaviour(
    'a room that follows its stock lets in no more than the free seats can serve',
    async (t, stage) => {
      const { room, show, sale, tokenOf } = stage
      await stage.configure({ followsStock: true })
      const users = people(60)
      await stage.join(...users)
      Object.assign(sale, { seats: { free: 12, held: 0, sold: 988, blocked: 0 }, reservations: {} })
      await stage.pass(5_000)
      t.deepEqual(await stage.inside(...users), users.slice(0, 12))
      t.like((await room.overview(show.id)).stock, { freeSeats: 12, insideMax: 12 })

      // Ten hold a seat each, and as many holds have ended unpaid as not.
      const reservations = { held: 10, paid: 30, expired: 30 }
      Object.assign(sale, { seats: { free: 2, held: 10, sold: 30, blocked: 958 }, reservations })
      await stage.pass(5_000)
      t.is((await stage.inside(...users)).length, 10 + 2 + 5)

      Object.assign(sale, {
        seats: { free: 0, held: 0, sold: 1_000, blocked: 0 },
        reservations: { paid: 1_000 },
      })
      await stage.pass(limits.stockIntervalMs)
      for (const user of users.slice(0, 17)) await room.leave(user, tokenOf.get(user))
      await stage.pass(10_000)
      t.deepEqual(await stage.inside(...users), [], 'sold out, nobody is called in')
      await stage.configure({ followsStock: false })
      await stage.pass(1_000)
      t.true((await stage.inside(...users)).length >= 10)
    },
  )

  // ── the administrator ───────────────────────────────────────────────────────────────────────────────────

  behaviour('while paused nobody comes in, who is inside stays, and it shows at once', async (t, stage) => {
    const { room, show } = stage
    const users = people(30)
    await stage.join(...users)
    await stage.pass(1_000)
    await room.pause(show.id)
    t.like(await stage.find('user-30'), { state: 'paused', etaSeconds: null })
    await stage.pass(30_000)
    t.is((await stage.inside(...users)).length, 10)
    await room.resume(show.id)
    t.is(await stage.state('user-30'), 'waiting')
    await stage.pass(1_000)
    t.is((await stage.inside(...users)).length, 20)
  })

  behaviour('settings take effect at once, and are kept', async (t, stage) => {
    const { room, show, serve } = stage
    const users = people(200)
    await stage.join(...users)
    await stage.pass(1_000)
    await stage.configure({ ratePerSecond: 40, admittedMax: 50, sessionTtlMs: 480_000 })
    await stage.pass(500)
    t.is((await stage.inside(...users)).length, 30)
    await stage.pass(5_000)
    t.is((await stage.inside(...users)).length, 50)
    t.is((await stage.find('user-50')).sessionEndsAt, stage.clock.now() - 4_500 + 480_000)
    await room.pause(show.id)
    const { policy } = (await serve('second').room.overview(show.id)).record
    t.like(policy, { ratePerSecond: 40, admittedMax: 50, sessionTtlMs: 480_000, isPaused: true })
  })

  behaviour('it is counted who came in, and who did not turn up', async (t, stage) => {
    const { room, show, serve } = stage
    await stage.join(...people(20))
    await stage.pass(1_000)
    t.is((await stage.inside(...people(7))).length, 7)
    t.like((await room.overview(show.id)).record, { admittedTotal: 10, noShows: 0 })
    await stage.pass(limits.admissionClaimMs)
    t.like((await room.overview(show.id)).record, { admittedTotal: 20, noShows: 3 })
    await stage.store.lose()
    await stage.pass(limits.admissionClaimMs)
    t.like((await serve('second').room.overview(show.id)).record, { admittedTotal: 20, noShows: 3 })
  })

  behaviour('what was told is held against what came of it', async (t, stage) => {
    const { room, show } = stage
    await stage.join(...people(400))
    t.deepEqual((await stage.find('user-400')).etaRange, { fromSeconds: 20, toSeconds: 80 })
    await stage.pass(30_000)
    const { forecasts, figures } = await room.overview(show.id)
    t.true(forecasts.length >= 1)
    for (const { toldAt, dueAt, metAt } of forecasts) {
      const [told, took] = [dueAt - toldAt, metAt - toldAt]
      t.true(Math.abs(took - told) <= 0.1 * told + limits.inletIntervalMs, `${told} told, ${took} taken`)
    }
    t.true(figures.estimateSpread < Math.LN2 / 2, 'and it is surer than at first')
  })

  behaviour(
    'before the opening one is told how long the rate that is set will take',
    async (t, stage) => {
      await stage.join(...people(400))
      t.is((await stage.find('user-400')).etaSeconds, 60 + 40)
      await stage.configure({ ratePerSecond: 2 })
      await stage.inlet.step()
      t.is((await stage.find('user-400')).etaSeconds, 60 + 200)
      await stage.configure({ ratePerSecond: 400 })
      await stage.inlet.step()
      t.is((await stage.find('user-400')).etaSeconds, 60 + 1)
      await stage.configure({ ratePerSecond: 8 })
      stage.stand(limits.inletLeaseTtlMs)
      await stage.serve('next leader').inlet.step()
      t.is((await stage.find('user-400')).etaSeconds, 57 + 50)
    },
    { opensAt: startsAt + minuteMs },
  )

  behaviour('another rate counts in what one is told at once', async (t, stage) => {
    const toldToPosition = async () => {
      await stage.pass(limits.inletIntervalMs)
      const { etaSeconds, position } = await stage.find('user-400')
      return Number(position) / Number(etaSeconds)
    }
    await stage.join(...people(400))
    await stage.pass(10_000)
    t.true(Math.abs((await toldToPosition()) - 10) < 0.5)
    await stage.configure({ ratePerSecond: 2 })
    t.true(Math.abs((await toldToPosition()) - 2) < 0.1)
    await stage.configure({ ratePerSecond: 20 })
    t.true(Math.abs((await toldToPosition()) - 20) < 3)
  })

  behaviour(
    'where places get free too slowly for the rate, a higher rate promises no more',
    async (t, stage) => {
      await stage.configure({ admittedMax: 5, ratePerSecond: 4 })
      await stage.join(...people(40))
      await stage.pass(60_000)
      const told = async () => (await stage.room.overview(stage.show.id)).figures.admittedPerSecond
      t.true((await told()) < 2)
      await stage.configure({ admittedMax: 5, ratePerSecond: 1 })
      await stage.pass(limits.inletIntervalMs)
      t.true((await told()) <= 1)
    },
  )

  behaviour('a lower maximum turns nobody out', async (t, stage) => {
    const users = people(30)
    await stage.join(...users)
    await stage.pass(2_000)
    t.is((await stage.inside(...users)).length, 20)
    await stage.configure({ admittedMax: 5 })
    await stage.pass(2_000)
    t.is((await stage.inside(...users)).length, 20)
  })

  for (const [what, some, names] of [
    ['a rate of zero', { ratePerSecond: 0 }, /ratePerSecond/],
    ['a negative rate', { ratePerSecond: -1 }, /ratePerSecond/],
    ['a rate that is no number', { ratePerSecond: Number.NaN }, /ratePerSecond/],
    ['an endless rate', { ratePerSecond: Number.POSITIVE_INFINITY }, /ratePerSecond/],
    ['no place inside', { admittedMax: 0 }, /admittedMax/],
    ['half a place inside', { admittedMax: 1.5 }, /admittedMax/],
    ['a session shorter than the hold', { sessionTtlMs: 479_999 }, /sessionTtlMs/],
    ['an endless session', { sessionTtlMs: 2 ** 31 }, /sessionTtlMs/],
    ['a session of no length', { sessionTtlMs: Number.NaN }, /sessionTtlMs/],
  ] as const)
    behaviour(`${what} is refused, and nothing changes`, async (t, stage) => {
      await t.throwsAsync(stage.configure(some), { code: 'invalid_request', message: names })
      t.like((await stage.room.overview(stage.show.id)).record.policy, settings)
    })
}
