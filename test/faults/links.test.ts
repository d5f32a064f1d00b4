// Links between one app server and its services: slow, cut, and open with nothing on them, one after the other.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { testServers } from '../support/servers.ts'
import { type Way, wayTo } from '../support/way.ts'
import { startLoad } from './support/load.ts'
import { setStage } from './support/stage.ts'

const silentForMs = 7_000

const services = [
  { name: 'master', url: testServers().masterUrl, setting: 'MASTER_URL' },
  { name: 'replica', url: testServers().replicaUrl, setting: 'REPLICA_URL' },
  { name: 'Redis', url: testServers().redisUrl, setting: 'REDIS_URL' },
  { name: 'RabbitMQ', url: testServers().amqpUrl, setting: 'AMQP_URL' },
] as const

for (const { name, url, setting } of services)
  test.serial(
    `a server whose link to ${name} is slow, cut, or open and silent, loses nothing and comes back`,
    async (t) => {
      const way = await wayTo(t, url)
      const stage = await setStage(t, testServers(), {
        appServers: 2,
        shows: 4,
        settingsOf: (place, { masterUrl, replicaUrl, redisUrl, amqpUrl }) => {
          const own = {
            MASTER_URL: masterUrl,
            REPLICA_URL: replicaUrl,
            REDIS_URL: redisUrl,
            AMQP_URL: amqpUrl,
          }
          return place === 0 ? { [setting]: way.to(own[setting]) } : {}
        },
      })
      const load = await startLoad(stage, 8)
      const faults: Readonly<Record<string, (way: Way) => unknown>> = {
        slow: (way) => way.delay(150),
        cut: (way) => way.cut(),
        silent: (way) => way.silence(),
        deaf: (way) => way.stop(),
      }
      const healedMs: string[] = []
      for (const [fault, inject] of Object.entries(faults)) {
        await load.more(3)
        inject(way)
        if (fault === 'slow') await load.more(3)
        else if (fault !== 'cut') await sleep(silentForMs)
        way.heal()
        const healed = performance.now()
        await load.more(3)
        healedMs.push(`${fault} ${Math.round(performance.now() - healed)} ms`)
      }
      await load.stop()
      await stage.conclude({
        injected: `the link of one server to ${name}: 150 ms slower, cut, silent both ways, silent one way`,
        observed: `three more paid after each: ${healedMs.join(', ')}; ${stage.statuses.get('503') ?? 0} times 503`,
        done: ['payments', load.done.paid, 27],
      })
    },
  )
