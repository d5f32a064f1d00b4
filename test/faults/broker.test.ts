// RabbitMQ killed and gone under app servers: on services of their own, which these tests break.
import test from 'ava'
import { type Servers, startServers } from '../../ops/servers/start.ts'
import { until } from '../support/until.ts'
import { startLoad } from './support/load.ts'
import { setStage } from './support/stage.ts'

let services: Servers
test.before(async () => {
  services = await startServers()
})
test.after.always(() => services?.stop())

const answersWithinMs = 4_000

test.serial(
  'a broker that is killed with commands in its queue loses none, and they are decided in order',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 1 })
    const [showId = ''] = stage.showIds
    const buyers = await stage.buyers(10)
    const letGo = await stage.holdUp(showId)
    const queued: unknown[] = []
    for (let count = 0; count < 200; count++) {
      // Confirmed before the next one is sent, to whichever server.
      const wish = { bestAvailable: { count: 1 } }
      const asked = await stage.random.pick(buyers).reserve(showId, wish, { waitS: 0 })
      t.is(asked?.status, 202, JSON.stringify(asked?.body))
      queued.push(asked?.body.commandId)
    }

    await services.rabbitmq.server.end('SIGKILL')
    await services.rabbitmq.server.start()
    await letGo()
    await until(async () => (await stage.decided(showId)).length >= queued.length, 60_000)
    const entries = (await stage.decided(showId))
      .slice(0, queued.length)
      .map(({ entry }) => JSON.parse(entry))
    t.deepEqual(
      entries.map(({ commandId }) => commandId),
      queued,
    )
    const held = entries.filter(({ to }) => to === 'held').length
    // On a machine where a start takes long, what waited too long for it is refused.
    const late = entries.filter(({ code }) => code === 'request_expired').length
    t.is(held + late, queued.length)
    await stage.conclude({
      injected: `the broker killed with -9 and started, ${queued.length} commands in one queue`,
      observed: `each decided once, in the order of their confirms: ${held} held, ${late} refused since they had waited too long`,
      done: ['commands decided', held + late, queued.length],
    })
  },
)

test.serial(
  'while the broker is gone the door says 503 with Retry-After in time, and opens again by itself',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 2 })
    const [showId = ''] = stage.showIds
    const ann = await stage.buyer()
    const ask = () => ann.reserve(showId, { bestAvailable: { count: 1 } })
    t.is((await ask())?.status, 201)

    await services.rabbitmq.server.end('SIGTERM')
    const tookMs: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      const refused = await ask()
      t.is(refused?.status, 503, JSON.stringify(refused?.body))
      t.is(refused?.body.code, 'unavailable')
      t.truthy(refused?.headers.get('retry-after'))
      tookMs.push(Math.round(refused?.tookMs ?? Number.POSITIVE_INFINITY))
    }
    t.true(Math.max(...tookMs) < answersWithinMs, `${tookMs} ms`)

    await services.rabbitmq.server.start()
    const back = performance.now()
    await until(async () => (await ask())?.status === 201, 30_000)
    const backMs = Math.round(performance.now() - back)
    await stage.conclude({
      injected: 'the broker stopped, and started after six requests',
      observed: `503 with Retry-After after ${tookMs} ms; held again ${backMs} ms after the start`,
      done: ['reservations held', stage.statuses.get('201') ?? 0, 2],
    })
  },
)

test.serial(
  'connections to the broker that are closed again and again under load cost nobody anything',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 4 })
    const load = await startLoad(stage, 10)
    for (let cut = 0; cut < 3; cut++) {
      await load.more(6)
      await services.rabbitmq.control('close_all_connections', 'a fault of the test')
    }
    await load.more(6)
    await load.stop()
    await stage.conclude({
      injected: 'all connections to the broker closed 3 times under load',
      observed: 'the sale went on after each',
      done: ['payments', load.done.paid, 24],
    })
  },
)
