// What happens to a sale that lasts: each of these begins, does its harm and ends by itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Servers } from '../../../ops/servers/start.ts'
import type { Way } from '../../support/way.ts'
import type { Stage } from '../support/stage.ts'

export interface Fault {
  readonly name: string
  act(): Promise<void>
}

const awayMs = 3_000
/** Long enough that the broker and the master take it for dead. */
const asleepMs = 9_000

export function faultsOf(stage: Stage, services: Servers, ways: readonly Way[]): readonly Fault[] {
  const { servers, random } = stage
  const { master, replica, redis, rabbitmq } = services
  const fault = (name: string, act: () => Promise<unknown>): Fault => ({
    name,
    act: async () => void (await act()),
  })
  const restart = async (
    { server }: { server: Servers['redis']['server'] },
    signal: 'SIGKILL' | 'SIGTERM',
  ) => {
    await server.end(signal)
    await sleep(random.between(0, awayMs))
    await server.start()
  }
  const onWay = async (harm: (way: Way) => void) => {
    const way = random.pick(ways)
    harm(way)
    await sleep(random.between(500, awayMs))
    way.heal()
  }
  return [
    fault('kill -9 of an app server', async () => {
      await servers.kill(random.pick(servers.all))
      await servers.start()
    }),
    fault('stop of an app server', async () => {
      const oldest = servers.all[0]
      await servers.start()
      if (oldest === undefined) return
      servers.takeOut(oldest)
      oldest.child.kill('SIGTERM')
      await oldest.ended()
    }),
    fault('sleep of an app server', async () => {
      const sleeper = random.pick(servers.all)
      sleeper.child.kill('SIGSTOP')
      servers.takeOut(sleeper)
      await sleep(asleepMs)
      sleeper.child.kill('SIGCONT')
      servers.putBack(sleeper)
    }),
    fault('kill -9 of RabbitMQ', () => restart(rabbitmq, 'SIGKILL')),
    fault('all connections to RabbitMQ closed', () => rabbitmq.control('close_all_connections', 'a fault')),
    fault('kill -9 of Redis', () => restart(redis, 'SIGKILL')),
    fault('FLUSHALL', async () => {
      const client = new Redis(services.redisUrl)
      await client.flushall().finally(() => client.disconnect())
    }),
    fault('kill -9 of the master', () => restart(master, 'SIGKILL')),
    fault('all sessions of the master killed', async () => {
      const sessions = await master.asRoot(
        "SELECT id FROM information_schema.processlist WHERE user = 'holdfast'",
      )
      for (const { id } of sessions) await master.asRoot(`KILL ${id}`).catch(() => {})
    }),
    fault('kill -9 of the replica', () => restart(replica, 'SIGKILL')),
    fault('a cut during COMMIT', async () => {
      for (const way of ways) way.cutAfter('COMMIT')
    }),
    fault('a slow link', () => onWay((way) => way.delay(100))),
    fault('a cut link', () => onWay((way) => way.cut())),
    fault('a silent link', () => onWay((way) => way.silence())),
  ]
}
