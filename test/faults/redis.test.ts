// Redis emptied, restarted and gone in the middle of a sale: on services of their own, which these tests break.
import test from 'ava'
import { Redis } from 'ioredis'
import { type Servers, startServers } from '../../ops/servers/start.ts'
import { until } from '../support/until.ts'
import { startLoad } from './support/load.ts'
import { setStage } from './support/stage.ts'

let services: Servers
test.before(async () => {
  services = await startServers()
})
test.after.always(() => services?.stop())

async function flush(): Promise<void> {
  const redis = new Redis(services.redisUrl)
  try {
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}

test.serial(
  'a Redis that is emptied and restarted in the middle of a sale lets nothing be sold twice',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 4 })
    const load = await startLoad(stage, 12)
    for (let loss = 0; loss < 6; loss++) {
      await load.more(6)
      await flush()
      if (loss % 2 === 0) continue
      await services.redis.server.end('SIGKILL')
      await services.redis.server.start()
    }
    await load.more(6)
    await load.stop()
    await stage.conclude({
      injected: 'FLUSHALL 6 times under load, 3 times with kill -9 and a restart besides',
      observed: `${load.done.held} held`,
      done: ['payments', load.done.paid, 42],
    })
  },
)

test.serial(
  'after FLUSHALL a repeat gets the first answer, and who wants a sold seat is turned away at the door again',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 1 })
    const [showId = ''] = stage.showIds
    const [ann, ben] = [await stage.buyer(), await stage.buyer()]
    const held = await ann.reserve(showId, { seatIds: ['A-1-1'] }, { key: 'hold' })
    const pay = { type: 'pay', showId, target: held?.body.id, key: 'pay' } as const
    const paid = await ann.ask(pay)
    t.is(paid?.status, 200)

    await flush()
    const repeats = await Promise.all(
      stage.servers.all.map((at) => ann.reserve(showId, { seatIds: ['A-1-1'] }, { key: 'hold', at })),
    )
    for (const repeat of repeats) t.deepEqual(repeat?.body, held?.body)
    t.deepEqual((await ann.ask(pay))?.body, paid?.body)
    const other = await ann.reserve(showId, { seatIds: ['A-1-2'] }, { key: 'hold' })
    t.is(other?.status, 422)

    const began = performance.now()
    let decidedInTheQueue = 0
    await until(async () => {
      const refused = await ben.reserve(showId, { seatIds: ['A-1-1'] })
      t.is(refused?.body.code, 'seats_taken')
      if (refused?.told.is === 'decided') decidedInTheQueue++
      return refused?.told.is === 'refused'
    }, 5_000)
    const tookMs = Math.round(performance.now() - began)
    await stage.conclude({
      injected: 'FLUSHALL after a reservation was paid',
      observed: `repeats got the first answers; others were turned away at the door after ${tookMs} ms, ${decidedInTheQueue} by the engine before`,
      done: ['answers repeated', repeats.length + 1, 3],
    })
  },
)

test.serial(
  'without Redis the door says 503 and opens again by itself, and a payment in the queue is decided',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 1, settings: { HOLD_TTL: '30s' } })
    const [showId = ''] = stage.showIds
    const ann = await stage.buyer()
    const held = await ann.reserve(showId, { seatIds: ['A-1-1'] })
    t.is(held?.status, 201)
    const letGo = await stage.holdUp(showId)
    const queued = await ann.ask({ type: 'pay', showId, target: held?.body.id, waitS: 0 })
    t.is(queued?.status, 202)

    await services.redis.server.end('SIGKILL')
    await letGo()
    const state = async () =>
      (await stage.sql('SELECT state FROM reservations WHERE id = ?', [held?.body.id]))[0]?.state
    await until(async () => (await state()) === 'paid', 15_000)
    const ask = () => ann.reserve(showId, { bestAvailable: { count: 1 } })
    const refused = await ask()
    t.is(refused?.status, 503, JSON.stringify(refused?.body))
    t.truthy(refused?.headers.get('retry-after'))
    t.true((refused?.tookMs ?? Number.POSITIVE_INFINITY) < 4_000)

    await services.redis.server.start()
    const back = performance.now()
    await until(async () => (await ask())?.status === 201, 20_000)
    const backMs = Math.round(performance.now() - back)
    await stage.conclude({
      injected: 'Redis killed with -9, a payment in the queue',
      observed: `paid without Redis; 503 after ${refused?.tookMs.toFixed()} ms; held again ${backMs} ms after its start`,
      done: ['reservations held', stage.statuses.get('201') ?? 0, 2],
    })
  },
)
