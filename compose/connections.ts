// What a thread of a deployment's server opens: its own connections to master, replica, Redis and RabbitMQ.
import type { Logger } from 'pino'
import { connectRabbitmq } from '../adapters/broker/rabbitmq.ts'
import { startMasterClock } from '../adapters/clock/master.ts'
import { notBefore } from '../adapters/clock/not-before.ts'
import { monotonicCounter, systemClock } from '../adapters/clock/system.ts'
import { openMaster } from '../adapters/master/master.ts'
import { connectRedis } from '../adapters/redis/connection.ts'
import { lookUpsOnMaster } from '../adapters/replica/none.ts'
import { openReplica } from '../adapters/replica/replica.ts'
import type { Services } from '../config.ts'
import { allOrNone, whenThere } from './waiting.ts'

/**
 * The names of everything on RabbitMQ and Redis begin with the master's schema: deployments that share those servers stay
 * apart.
 * @param opened closes what was opened
 * @throws {Error} with a sentence that begins with the setting of the server that can't be used
 */
export async function openConnections(
  services: Services,
  partitions: number,
  log: Logger,
  opened: AsyncDisposableStack,
) {
  const { masterUrl, replicaUrl, redisUrl, amqpUrl } = services
  const prefix = schemaOf(masterUrl)
  const open = <Adapter extends { close(): unknown }>(adapter: Adapter): Adapter =>
    opened.adopt(adapter, async () => void (await adapter.close()))

  const [master, redis, broker] = await allOrNone((signal) => {
    const patience = { clock: systemClock, log, signal }
    return [
      whenThere('MASTER_URL', async () => open(await openMaster({ url: masterUrl, partitions })), patience),
      whenThere(
        'REDIS_URL',
        async () => open(await connectRedis({ url: redisUrl, keyPrefix: `${prefix}:`, log })),
        patience,
      ),
      whenThere(
        'AMQP_URL',
        async () => open(await connectRabbitmq({ url: amqpUrl, prefix, partitions, log })),
        patience,
      ),
    ]
  })
  const masterClock = open(
    await startMasterClock({
      readMasterTime: () => master.timeMs(),
      counter: monotonicCounter,
      sleep: systemClock.sleep,
      log,
    }),
  )
  const clock = notBefore(await master.lastStamp(), masterClock, log)
  const replica = open(
    isSameServer(masterUrl, replicaUrl)
      ? lookUpsOnMaster({ url: masterUrl, clock })
      : await openReplica({ url: replicaUrl, masterUrl, clock, log }),
  )
  return { master, replica, redis, broker, clock }
}

function schemaOf(masterUrl: string): string {
  const schema = new URL(masterUrl).pathname.slice(1)
  if (schema === '')
    throw new Error('MASTER_URL must name a schema, as in mysql://user:password@host/holdfast.')
  return schema
}

const isSameServer = (one: string, other: string): boolean => {
  const [a, b] = [new URL(one), new URL(other)]
  return a.host === b.host && a.pathname === b.pathname
}
