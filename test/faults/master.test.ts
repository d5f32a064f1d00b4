// The master killed, cut off and away for ten seconds, and the replica stopped: on services of their own, which these
// tests break.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { type Servers, startServers } from '../../ops/servers/start.ts'
import { until } from '../support/until.ts'
import { startLoad } from './support/load.ts'
import { holdTtlMs, setStage } from './support/stage.ts'

const awayMs = 10_000

let services: Servers
test.before(async () => {
  services = await startServers()
})
test.after.always(() => services?.stop())

test.serial(
  'a master that is killed under load and away for ten seconds loses nothing, and the sale goes on',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 4 })
    const load = await startLoad(stage, 12)
    await load.more(10)
    const before = load.done.paid
    await services.master.server.end('SIGKILL')
    await sleep(awayMs)
    await services.master.server.start()
    const back = performance.now()
    await load.more(1)
    const afterMs = Math.round(performance.now() - back)
    await load.more(10)
    await load.stop()
    await stage.conclude({
      injected: 'the master killed with -9 under load and away for ten seconds',
      observed: `${before} paid before; the next payment ${afterMs} ms after it was back`,
      done: ['payments', load.done.paid, 21],
    })
  },
)

test.serial(
  'a payment counts from when it was accepted, though the master was away over the deadline',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 1 })
    const [showId = ''] = stage.showIds
    const [ann, ben] = [await stage.buyer(1_000), await stage.buyer(1_000)]
    const [early, late] = await Promise.all([
      ann.reserve(showId, { seatIds: ['A-1-1'] }),
      ben.reserve(showId, { seatIds: ['A-1-2'] }),
    ])
    const deadline = performance.now() + holdTtlMs
    await services.master.server.end('SIGKILL')
    const awayUntil = performance.now() + awayMs
    const inTime = await ann.ask({ type: 'pay', showId, target: early?.body.id, waitS: 0, key: 'in time' })
    t.is(inTime?.status, 202, JSON.stringify(inTime?.body))
    t.true(performance.now() < deadline)
    await sleep(deadline + 500 - performance.now())
    const tooLate = await ben.ask({ type: 'pay', showId, target: late?.body.id, waitS: 0, key: 'too late' })
    t.is(tooLate?.status, 202, JSON.stringify(tooLate?.body))
    await sleep(awayUntil - performance.now())
    await services.master.server.start()

    const paid = await ann.insist({ type: 'pay', showId, target: early?.body.id, key: 'in time' })
    t.is(paid.body.state, 'paid', JSON.stringify(paid.body))
    const refused = await ben.insist({ type: 'pay', showId, target: late?.body.id, key: 'too late' })
    t.is(refused.body.code, 'hold_expired', JSON.stringify(refused.body))
    t.is((await ben.look('/v1/balance')).body.balance, 1_000)
    await stage.conclude({
      injected: 'the master killed with payments in the queue, and away for ten seconds, over their deadline',
      observed: 'accepted before the deadline: paid; accepted after it: hold_expired, not debited',
      done: ['payments', 1, 1],
    })
  },
)

test.serial(
  'connections to the master that are cut again and again, in commits too, cost nobody anything',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 4 })
    const load = await startLoad(stage, 12)
    let cuts = 0
    for (let round = 0; round < 40; round++) {
      await load.more(1)
      const sessions = await services.master.asRoot(
        "SELECT id FROM information_schema.processlist WHERE user = 'holdfast'",
      )
      for (const { id } of sessions) {
        // It may have ended by itself.
        await services.master.asRoot(`KILL ${id}`).then(
          () => cuts++,
          () => {},
        )
      }
    }
    await load.more(10)
    await load.stop()
    t.true(cuts >= 100, `${cuts} cut`)
    await stage.conclude({
      injected: `${cuts} connections to the master killed under load`,
      observed: 'the sale went on',
      done: ['payments', load.done.paid, 30],
    })
  },
)

test.serial(
  'without the replica look-ups go to the master, the dashboard says so, and nobody is refused',
  async (t) => {
    const stage = await setStage(t, services, { appServers: 2, shows: 2 })
    const load = await startLoad(stage, 6)
    const looker = await stage.buyer()
    const readiness = async () => {
      const { status, body } = await looker.look('/readyz')
      const replica = body.dependencies.find(({ name }: { name: string }) => name === 'replica')
      return { status, replica: replica?.state }
    }
    await until(async () => (await readiness()).replica === 'up', 30_000)
    t.deepEqual(await readiness(), { status: 200, replica: 'up' })
    await services.replica.server.end('SIGKILL')
    const tookMs: number[] = []
    for (let look = 0; look < 40; look++) {
      const { status, tookMs: took, body } = await looker.look(`/v1/shows/${stage.showIds[look % 2]}`)
      t.is(status, 200, JSON.stringify(body))
      tookMs.push(took)
      await sleep(50)
    }
    t.deepEqual(await readiness(), { status: 200, replica: 'down' })
    await services.replica.server.start()
    await until(async () => (await readiness()).replica === 'up', 30_000)
    await load.more(10)
    await load.stop()
    const slowest = Math.round(Math.max(...tookMs))
    t.true(slowest < 3_000, `${slowest} ms`)
    await stage.conclude({
      injected: 'the replica killed with -9 under load, and started after 40 look-ups',
      observed: `each look-up answered, the slowest in ${slowest} ms; readiness says so`,
      done: ['payments', load.done.paid, 10],
    })
  },
)
