// What the waiting room promises who waits, on whatever store and master it runs: the engine, the store and the master's
// part together.
import { HoldfastError } from '../../engine/errors.ts'
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import { gateAt, people, stageFor, startsAt, type WaitingRoomSetUp } from './waiting-room-stage.ts'

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
        (await ledger.open(show.id, clock.now(), show.opensAt)).sessions.map(({ userId }) => userId),
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
}
