// `npm run soak -- --minutes 60`: a sale under load for as long as one likes, with a fault every few seconds on app servers,
// services and the links between them, one after the other, and the auditor at the end. A line a minute says how it goes.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import test from 'ava'
import { startServers } from '../../../ops/servers/start.ts'
import { wayTo } from '../../support/way.ts'
import { startLoad } from '../support/load.ts'
import { setStage } from '../support/stage.ts'
import { type Fault, faultsOf } from './faults.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } }, strict: false })
const minutes = Number(values.minutes)
const minuteMs = 60_000
const pauseMs = { least: 2_000, below: 6_000 }
const buyersAtOnce = 12

test.serial(`${minutes} minutes under load with a fault every few seconds`, async (t) => {
  t.timeout((minutes + 30) * minuteMs)
  const services = await startServers({ replication: 'semi-synchronous' })
  t.teardown(() => services.stop())
  const ways = {
    MASTER_URL: await wayTo(t, services.masterUrl),
    REDIS_URL: await wayTo(t, services.redisUrl),
    AMQP_URL: await wayTo(t, services.amqpUrl),
  }
  const stage = await setStage(t, services, {
    appServers: 3,
    shows: 8,
    settingsOf: (place, urls) =>
      place % 3 === 0
        ? {
            MASTER_URL: ways.MASTER_URL.to(urls.masterUrl),
            REDIS_URL: ways.REDIS_URL.to(urls.redisUrl),
            AMQP_URL: ways.AMQP_URL.to(urls.amqpUrl),
          }
        : {},
  })
  const load = await startLoad(stage, buyersAtOnce)
  const faults = faultsOf(stage, services, Object.values(ways))
  const times = new Map<Fault, number>()
  const paid: number[] = []
  const began = performance.now()
  let told = 0
  while (performance.now() - began < minutes * minuteMs) {
    const fault = stage.random.pick(faults)
    await fault.act()
    times.set(fault, (times.get(fault) ?? 0) + 1)
    await sleep(stage.random.between(pauseMs.least, pauseMs.below))
    await load.more(1) // the sale goes on after each
    while (performance.now() - began >= (paid.length + 1) * minuteMs) {
      paid.push(load.done.paid - told)
      told = load.done.paid
      const acted = [...times.values()].reduce((sum, each) => sum + each, 0)
      process.stderr.write(
        `minute ${paid.length}: ${paid.at(-1)} paid, ${told} in all, ${acted} faults so far\n`,
      )
    }
  }
  await load.more(10)
  await load.stop()
  const injected = [...times].map(([{ name }, count]) => `${count} × ${name}`).join(', ')
  await stage.conclude({
    injected,
    observed: `payments minute by minute: ${paid.join(' ')}`,
    done: ['payments', load.done.paid, 20 * minutes],
  })
})
