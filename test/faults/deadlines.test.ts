// The end of a hold, and who comes just then: payments at the deadline, wake-ups that come early, late or to the wrong
// one, and commands in states that have none for them.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { commandId, encodeCommands, encodeWake, fingerprint } from '../../engine/command.ts'
import { testServers } from '../support/servers.ts'
import { until } from '../support/until.ts'
import type { Buyer } from './support/buyer.ts'
import { exchangeOf } from './support/exchange.ts'
import { holdTtlMs, setStage } from './support/stage.ts'

const hourMs = 3_600_000
const holdGraceMs = 2_000
/** From 10 before to 10 after. */
const msApart = (index: number): number => (index % 21) - 10

test.serial(
  'of a payment and an expiry at the same moment one wins, each gets its clear answer, and the money agrees',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 4 })
    const rounds = 40
    const paying = Array.from({ length: rounds }, async (_, round) => {
      const showId = stage.showIds[round % 4] ?? ''
      const buyer = await stage.buyer(1_000)
      const held = await buyer.insist({
        type: 'reserve',
        showId,
        target: showId,
        body: { showId, seatIds: [`A-${1 + Math.floor(round / 8)}-${1 + (round % 8)}`] },
      })
      const deadline = Date.parse(held.body.holdExpiresAt)
      // All around the deadline, some of them surely before it and some surely after it.
      await sleep(deadline - Date.now() + (round - 35) * 30)
      const paid = await buyer.insist({ type: 'pay', showId, target: held.body.id })
      t.true(paid.status === 200 || paid.body.code === 'hold_expired', JSON.stringify(paid.body))
      const { balance } = (await buyer.look('/v1/balance')).body
      t.is(balance, paid.status === 200 ? 1_000 - held.body.amount : 1_000)
      return paid.status === 200
    })
    const outcomes = await Promise.all(paying)
    const paid = outcomes.filter((each) => each).length
    t.true(paid > 0 && paid < rounds, `${paid} of ${rounds}`)
    await stage.conclude({
      injected: `${rounds} payments around the deadline of their holds, from a second before it`,
      observed: `${paid} paid, ${rounds - paid} told hold_expired and not debited`,
      done: ['payments', paid, 1],
    })
  },
)

test.serial(
  'of a payment that was held up on its way and the expiry that comes in the same milliseconds one wins, and both agree',
  async (t) => {
    const settings = { HOLD_GRACE: `${holdGraceMs}ms` }
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 1, settings })
    const [showId = ''] = stage.showIds
    const exchange = exchangeOf(t, stage)
    const buyers = await stage.buyers(8)
    const inEachOrderMin = 10

    const hold = async (index: number) => {
      const buyer = buyers[index % buyers.length] as Buyer
      const seatIds = [`A-${1 + Math.floor(index / 10)}-${1 + (index % 10)}`]
      const { body } = await buyer.insist({
        type: 'reserve',
        showId,
        target: showId,
        body: { showId, seatIds },
      })
      return {
        buyer,
        index,
        target: String(body.id),
        deadline: Date.parse(body.holdExpiresAt),
        key: `${index}`,
      }
    }
    type Hold = Awaited<ReturnType<typeof hold>>
    const putAt = async (moment: number, message: Buffer) => {
      await sleep(moment - Date.now())
      await exchange.put(showId, message)
    }
    const race = async ({ buyer: { userId }, index, target, deadline, key }: Hold) => {
      const payment = {
        ...({ type: 'pay', showId, subjectId: target, userId, acceptedAt: deadline } as const),
        id: commandId(userId, 'pay', target, key),
        fingerprint: fingerprint({}),
      }
      const endsAt = deadline + holdGraceMs
      await Promise.all([
        putAt(endsAt, encodeWake({ until: endsAt })),
        putAt(endsAt + msApart(index), encodeCommands([payment])),
      ])
    }
    const hear = async ({ buyer, target, key }: Hold): Promise<string> => {
      const told = await buyer.insist({ type: 'pay', showId, target, key })
      t.true(told.status === 200 || told.body.code === 'hold_expired', JSON.stringify(told.body))
      const { state } = (await buyer.look(`/v1/reservations/${target}`)).body
      t.is(state, told.status === 200 ? 'paid' : 'expired')
      return state
    }

    const holds = await Promise.all(Array.from({ length: 60 }, (_, index) => hold(index)))
    await sleep(Math.min(...holds.map(({ deadline }) => deadline)) + holdGraceMs - 500 - Date.now())
    const letGo = await stage.holdUp(showId)
    await Promise.all(holds.map(race))
    await letGo()
    const states = await Promise.all(holds.map(hear))
    const paid = states.filter((state) => state === 'paid').length
    const ends = (await stage.decided(showId))
      .map(({ entry }) => JSON.parse(entry))
      .filter(({ to, outcome }) => ['paid', 'expired'].includes(to) && outcome === 'accepted')
    t.is(new Set(ends.map(({ subjectId }) => subjectId)).size, states.length)
    t.is(ends.length, states.length, 'none ends twice')
    t.true(states.length - paid >= inEachOrderMin, `${states.length - paid} expired`)
    await stage.conclude({
      injected: `${states.length} payments accepted in time and put into the queue from 10 ms before to 10 ms after their expiry`,
      observed: `${paid} paid, ${states.length - paid} expired and told hold_expired, none of them both`,
      done: ['payments', paid, inEachOrderMin],
    })
  },
)

test.serial(
  'a wake-up ends no hold before its time, none that was paid, and none of who has the seat now',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 1 })
    const [showId = ''] = stage.showIds
    const exchange = exchangeOf(t, stage)
    const [ann, ben] = [await stage.buyer(), await stage.buyer()]
    const hold = async (buyer: typeof ann, seatId: string) => {
      const held = await buyer.insist({
        type: 'reserve',
        showId,
        target: showId,
        body: { showId, seatIds: [seatId] },
      })
      t.is(held.status, 201, JSON.stringify(held.body))
      return held.body
    }
    const stateOf = async (buyer: typeof ann, id: string) =>
      (await buyer.look(`/v1/reservations/${id}`)).body.state
    const wake = async () => {
      for (const offset of [-hourMs, 0, 1_000])
        await exchange.put(showId, encodeWake({ until: Date.now() + offset }))
      // What is behind the wake-ups in the queue has been decided: they have been looked at.
      const { id } = await hold(ben, 'B-1-1')
      await ben.insist({ type: 'cancel', showId, target: id })
    }

    const first = await hold(ann, 'A-1-1')
    await wake()
    t.is(await stateOf(ann, first.id), 'held', 'early')
    t.is((await ann.insist({ type: 'pay', showId, target: first.id })).status, 200)
    const second = await hold(ann, 'A-1-2')
    await until(async () => (await stateOf(ann, second.id)) === 'expired', 4 * holdTtlMs)
    t.is((await ann.insist({ type: 'pay', showId, target: second.id })).body.code, 'hold_expired')
    const third = await hold(ben, 'A-1-2')
    await wake()
    t.is(await stateOf(ann, first.id), 'paid', 'after paid')
    t.is(await stateOf(ben, third.id), 'held', 'the seat of a hold that expired')
    t.is((await ben.insist({ type: 'pay', showId, target: third.id })).status, 200)
    await stage.conclude({
      injected:
        'wake-ups put into the queue by hand, before a deadline, after a payment, after the seat went to another',
      observed: 'the hold, the payment and the new hold stood; the overdue one had ended once',
      done: ['payments', 2, 2],
    })
  },
)

test.serial(
  'what is asked in a state that has nothing for it is refused clearly and journaled; what never was is not made',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 1 })
    const [showId = ''] = stage.showIds
    const [ann, ben] = [await stage.buyer(), await stage.buyer()]
    const letGo = await stage.holdUp(showId)
    const queued = await ann.reserve(showId, { seatIds: ['A-1-1'] }, { waitS: 0 })
    const target = queued?.body.id
    const early = await ann.ask({ type: 'pay', showId, target, waitS: 0, key: 'early' })
    t.is(early?.status, 202)
    await letGo()
    t.is((await ann.insist({ type: 'pay', showId, target, key: 'early' })).body.state, 'paid')

    const expired = (await ann.reserve(showId, { seatIds: ['A-1-2'] }))?.body.id
    const cancelled = (await ann.reserve(showId, { seatIds: ['A-1-3'] }))?.body.id
    await ann.insist({ type: 'cancel', showId, target: cancelled })
    const isExpired = async () => (await ann.look(`/v1/reservations/${expired}`)).body.state === 'expired'
    await until(isExpired, 4 * holdTtlMs)
    const before = (await stage.decided(showId)).length
    const codes: string[] = []
    for (const id of [expired, cancelled, target])
      for (const type of ['pay', 'extend', 'cancel'] as const) {
        const refused = await ann.insist({ type, showId, target: id })
        t.is(refused.status, 409, `${type}: ${JSON.stringify(refused.body)}`)
        codes.push(refused.body.code)
      }
    t.is((await stage.decided(showId)).length, before + codes.length)

    for (const id of [`${showId}.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA`, 'nothing', '__proto__']) {
      const none = await ann.insist({ type: 'pay', showId, target: id })
      t.is(none.status, 404, JSON.stringify(none.body))
    }
    t.is((await ben.insist({ type: 'pay', showId, target })).status, 404, 'somebody else’s')
    t.is((await stage.decided(showId)).length, before + codes.length)
    await stage.conclude({
      injected: `a payment behind its queued reservation; ${codes.length} commands to ended reservations; 4 to none`,
      observed: `paid in order; ${[...new Set(codes)].join(', ')}; 404`,
      done: ['payments', 1, 1],
    })
  },
)
