// What the waiting room promises, on whatever store and master it runs: the engine, the store and the master's part
// together.
import { HoldfastError } from '../../engine/errors.ts'
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import { Gate } from '../support/gate.ts'
import {
  people,
  type Stage,
  settings,
  stageFor,
  startsAt,
  type WaitingRoomSetUp,
} from './waiting-room-stage.ts'

const minuteMs = 60_000

export function waitingRoomContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const behaviour = stageFor(adapters, setUp)

  // ── joining ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a hundred people joining at once, each several times, get a number each', async (t, stage) => {
    const { room, show, serve } = stage
    const rooms = [room, serve('second').room, serve('third').room]
    const users = people(100)
    const joining = users.flatMap((user) => rooms.map((each) => each.join(show.id, user)))
    const joined = await Promise.all(joining)
    const numbers = users.map((_, index) =>
      joined.slice(3 * index, 3 * index + 3).map(({ number }) => number),
    )
    for (const ofUser of numbers) t.is(new Set(ofUser).size, 1)
    t.is(new Set(numbers.flat()).size, 100)
    t.is(joined.filter(({ isNew }) => isNew).length, 100)
    t.true(Math.max(...numbers.flat()) <= 200, 'and few numbers are left out')
  })

  behaviour('numbers are granted before they are issued, however many come', async (t, stage) => {
    const numbers = await stage.join(...people(500))
    t.deepEqual(
      numbers,
      people(500).map((_, index) => index + 1),
    )
    t.true((await stage.ledger.grant(stage.show.id)).from > 500)
  })

  behaviour('whoever comes again has the same place, and a token again', async (t, stage) => {
    const { room, show } = stage
    await stage.configure({ ratePerSecond: 0.01 })
    await stage.join('ann', 'ben')
    const again = await room.join(show.id, 'ben')
    t.like(again, { number: 2, position: 2, state: 'waiting', isNew: false })
    t.is((await stage.find('ben', again.queueToken)).number, 2)
  })

  behaviour(
    'before the sale opens everybody gets a number and nobody comes in',
    async (t, stage) => {
      const { room, show } = stage
      t.like(await room.join(show.id, 'ann'), { number: 1, state: 'not_open', position: 1, isNew: true })
      t.deepEqual(await stage.join('ann', 'ben'), [1, 2])
      await stage.pass(minuteMs - limits.inletIntervalMs)
      t.deepEqual(await stage.inside('ann', 'ben'), [])
      await stage.pass(2 * limits.inletIntervalMs)
      t.deepEqual(await stage.inside('ann', 'ben'), ['ann', 'ben'])
    },
    { opensAt: startsAt + minuteMs },
  )

  behaviour(
    'once the sale is over nobody joins',
    async (t, stage) => {
      stage.stand(minuteMs)
      await t.throwsAsync(stage.join('ann'), { instanceOf: HoldfastError, code: 'show_not_on_sale' })
    },
    { closesAt: startsAt + minuteMs },
  )

  behaviour(
    'when the sale is over nobody waits any more, and nothing is set',
    async (t, stage) => {
      const { room, show } = stage
      await stage.configure({ ratePerSecond: 0.01 })
      await stage.join('ann')
      stage.stand(minuteMs)
      t.like(await stage.find('ann'), { state: 'expired', position: null, etaSeconds: null })
      const over = { instanceOf: HoldfastError, code: 'show_not_on_sale' }
      await t.throwsAsync(stage.configure({}), over)
      await t.throwsAsync(room.pause(show.id), over)
      await t.throwsAsync(room.resume(show.id), over)
    },
    { closesAt: startsAt + minuteMs },
  )

  behaviour('while the master is away people join, and know where they stand', async (t, stage) => {
    await stage.join('ann')
    const ledger = new Proxy(stage.ledger, {
      get: () => async () => {
        throw new Transient('the master is away')
      },
    })
    const { room, inlet } = stage.serve('cut off', {}, { ledger })
    const joined: number[] = []
    for (const user of people(limits.numberRangeMin - 1)) {
      const { number, queueToken } = await room.join(stage.show.id, user)
      joined.push(number)
      t.like(room.view(await room.find(user, queueToken)), { number, position: number })
    }
    t.deepEqual(
      joined,
      people(limits.numberRangeMin - 1).map((_, index) => index + 2),
    )
    await t.throwsAsync(inlet.step(), { instanceOf: Transient })
    await t.throwsAsync(room.join(stage.show.id, 'one too many'), { instanceOf: Transient })
    await stage.join('one too many')
    await stage.pass(1_000)
    t.deepEqual(await stage.inside('ann'), ['ann'])
  })

  behaviour('a show without a waiting room says so, one that is not there too', async (t, stage) => {
    const { room, openRooms, shows, show } = stage
    await t.throwsAsync(room.join('no-such-show', 'ann'), { code: 'not_found' })
    shows.find = async () => ({ show: { ...show, hasWaitingRoom: false } })
    await t.throwsAsync(openRooms.show(show.id), { code: 'no_waiting_room' })
  })

  // ── coming in ───────────────────────────────────────────────────────────────────────────────────────────

  behaviour('people come in first come first served, at the rate', async (t, stage) => {
    const users = people(60)
    await stage.join(...users)
    await stage.pass(2_000)
    t.deepEqual(await stage.inside(...users), users.slice(0, 20))
    await stage.pass(1_000)
    t.deepEqual(await stage.inside(...users), users.slice(0, 30))
  })

  behaviour('a rate below one a step lets somebody in every few steps', async (t, stage) => {
    await stage.configure({ ratePerSecond: 0.5 })
    const users = people(20)
    await stage.join(...users)
    await stage.pass(10_000)
    t.is((await stage.inside(...users)).length, 5)
  })

  behaviour('standing still saves nothing up', async (t, stage) => {
    const users = people(100)
    await stage.join(...users)
    stage.stand(limits.inletLeaseTtlMs - 1)
    await stage.inlet.step()
    t.is((await stage.inside(...users)).length, 10)
  })

  behaviour('no more are inside at once than may be', async (t, stage) => {
    const { room, show, tokenOf } = stage
    await stage.configure({ admittedMax: 7 })
    const users = people(40)
    await stage.join(...users)
    await stage.pass(10_000)
    t.deepEqual(await stage.inside(...users), users.slice(0, 7))
    await room.leave('user-3', tokenOf.get('user-3'))
    await stage.pass(1_000)
    t.deepEqual(await stage.inside(...users), ['user-1', 'user-2', ...people(5, 4)])
    t.is((await room.overview(show.id)).figures.admitted, 7)
  })

  behaviour('who was let in and does not turn up makes room for others', async (t, stage) => {
    await stage.configure({ admittedMax: 2 })
    await stage.join('ann', 'ben', 'cat', 'dan')
    await stage.pass(1_000)
    t.deepEqual(await stage.inside('ben'), ['ben'])
    await stage.pass(limits.admissionClaimMs)
    t.deepEqual(await stage.inside('ann', 'ben', 'cat', 'dan'), ['ben', 'cat'])
    t.is(await stage.state('ann'), 'expired')
  })

  behaviour('who leaves the line uses nothing up', async (t, stage) => {
    const { room, tokenOf } = stage
    const users = people(40)
    await stage.join(...users)
    for (const user of users.slice(0, 30)) await room.leave(user, tokenOf.get(user))
    await stage.pass(1_000)
    t.deepEqual(await stage.inside(...users.slice(30)), users.slice(30))
    t.is(await stage.state('user-1'), 'left')
  })

  for (const [when, where] of [
    ['before it is written who is admitted', 'write'],
    ['before the session begins', 'begin'],
  ] as const)
    behaviour(`who leaves ${when} is not inside, for the master neither`, async (t, stage) => {
      const { serve, room, show, ledger, clock, tokenOf } = stage
      await stage.join('ann', 'ben')
      const { gate, troubled } = gateAt(stage, where)
      stage.stand(limits.inletLeaseTtlMs)
      const { inlet } = serve('slow', troubled)
      await inlet.step()
      gate.shut()
      clock.advance(1_000)
      const step = inlet.step()
      await gate.reached
      await room.leave('ann', tokenOf.get('ann'))
      gate.open()
      await step
      t.is(await stage.state('ann'), 'left')
      t.deepEqual(await stage.inside('ben'), ['ben'])
      t.true(Number((await ledger.lastAdmission(show.id, 'ann'))?.endsAt) <= clock.now())
      t.deepEqual(
        (await ledger.open(show.id, clock.now())).sessions.map(({ userId }) => userId),
        ['ben'],
      )
    })

  behaviour('who leaves the shop is not inside, for the master neither', async (t, stage) => {
    const { room, show, ledger, clock, tokenOf } = stage
    await stage.join('ann')
    await stage.pass(1_000)
    t.deepEqual(await stage.inside('ann'), ['ann'])
    await room.leave('ann', tokenOf.get('ann'))
    t.is((await ledger.lastAdmission(show.id, 'ann'))?.endsAt, clock.now())
  })

  behaviour('a session has an end, and its token does not begin another one', async (t, stage) => {
    await stage.configure({ sessionTtlMs: 480_000 })
    await stage.join('ann')
    await stage.pass(500)
    t.deepEqual(await stage.inside('ann'), ['ann'])
    await stage.pass(479_500)
    t.true(await stage.hasSession('ann'))
    await stage.pass(500)
    t.false(await stage.hasSession('ann'))
    t.like(await stage.find('ann'), { state: 'expired', position: null, etaSeconds: null })
    await stage.pass(minuteMs)
    t.is(await stage.state('ann'), 'expired')
    t.deepEqual(await stage.join('ann'), [2])
    t.is(await stage.state('ann'), 'waiting')
    await stage.pass(1_000)
    t.deepEqual(await stage.inside('ann'), ['ann'])
  })

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

  // ── two servers ─────────────────────────────────────────────────────────────────────────────────────────

  behaviour('of two inlets one leads, and the other takes over when it is gone', async (t, stage) => {
    const { inlet, serve, clock } = stage
    const second = serve('second').inlet
    const users = people(400)
    await stage.join(...users)
    for (let step = 0; step < 10; step++) {
      clock.advance(limits.inletIntervalMs)
      await Promise.all([inlet.step(), second.step()])
    }
    t.is((await stage.inside(...users)).length, 50)
    stage.stand(limits.inletLeaseTtlMs)
    for (let step = 0; step < 10; step++) {
      await second.step()
      clock.advance(limits.inletIntervalMs)
    }
    t.is((await stage.inside(...users)).length, 50 + 45)
  })

  for (const [asleep, where] of [
    ['before it looked whose turn it is', 'next'],
    ['before it wrote whom it admits', 'write'],
    ['before it began their sessions', 'begin'],
  ] as const)
    behaviour(`an inlet that slept through its lease ${asleep} does nothing more`, async (t, stage) => {
      const { serve, rooms, show, clock } = stage
      await stage.configure({ admittedMax: 12 })
      const users = people(60)
      await stage.join(...users)
      const { gate, troubled } = gateAt(stage, where)
      stage.stand(limits.inletLeaseTtlMs)
      const sleeper = serve('sleeper', troubled).inlet
      await sleeper.step()
      gate.shut()
      clock.advance(1_000)
      const sleeping = sleeper.step()
      await gate.reached

      stage.stand(limits.inletLeaseTtlMs)
      await stage.pass(2_000)
      const inside = await stage.inside(...users)
      t.deepEqual(inside, users.slice(0, 10))
      const before = await rooms.count(show.id, clock.now())
      gate.open()
      await sleeping
      await sleeper.step()
      t.deepEqual(await rooms.count(show.id, clock.now()), before)
      t.deepEqual(await stage.inside(...users), inside)
      await stage.pass(10_000)
      t.deepEqual(await stage.inside(...users), users.slice(0, 12))
    })

  behaviour(
    'what was written and never begun is begun by the next leader, as it was written',
    async (t, stage) => {
      const { serve, clock, show } = stage
      await stage.configure({ admittedMax: 5 })
      const users = people(20)
      await stage.join(...users)
      const { gate, troubled } = gateAt(stage, 'begin')
      stage.stand(limits.inletLeaseTtlMs)
      const lost = serve('lost', troubled).inlet
      await lost.step()
      gate.shut()
      clock.advance(1_000)
      void lost.step()
      await gate.reached
      const writtenAt = clock.now()
      t.like(await stage.ledger.lastAdmission(show.id, 'user-5'), { number: 5, admittedAt: writtenAt })
      stage.stand(limits.inletLeaseTtlMs)
      await stage.pass(5_000)
      t.deepEqual(await stage.inside(...users), users.slice(0, 5))
      t.is((await stage.find('user-1')).sessionEndsAt, writtenAt + settings.sessionTtlMs)
    },
  )
}

/** Where an inlet may fall asleep within a step. */
function gateAt(stage: Stage, where: 'next' | 'write' | 'begin') {
  const { rooms, ledger } = stage
  if (where === 'write') {
    const gate = new Gate(ledger, 'admit')
    return { gate, troubled: { ledger: gate.port } }
  }
  const gate = new Gate(rooms, where === 'begin' ? 'admit' : 'next')
  return { gate, troubled: { rooms: gate.port } }
}
