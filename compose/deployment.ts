// One server of a deployment: the engine on RabbitMQ, Redis and MySQL, beside others like it.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { connectRabbitmq } from '../adapters/broker/rabbitmq.ts'
import { RedisAnswers } from '../adapters/broker/redis-answers.ts'
import { startMasterClock } from '../adapters/clock/master.ts'
import { monotonicCounter, systemClock } from '../adapters/clock/system.ts'
import { redisLocks } from '../adapters/locks/redis.ts'
import { openMaster } from '../adapters/master/master.ts'
import { connectRedis } from '../adapters/redis/connection.ts'
import { redisRateCounts } from '../adapters/redis/rate-counts.ts'
import { lookUpsOnMaster } from '../adapters/replica/none.ts'
import { openReplica } from '../adapters/replica/replica.ts'
import { redisTallies } from '../adapters/tallies/redis.ts'
import { redisWaitingRooms } from '../adapters/tokens/redis.ts'
import type { Config, Services } from '../config.ts'
import { Authenticator } from '../http/auth.ts'
import { type Composition, compose, needed } from './composition.ts'
import { allOrNone, whenThere } from './waiting.ts'

/**
 * The names of everything on RabbitMQ and Redis begin with the master's schema: deployments that share those servers stay
 * apart.
 * @throws {Error} with a sentence that begins with the setting of the server that can't be used
 */
export async function composeDeployment(
  services: Services,
  config: Config,
  log: Logger,
): Promise<Composition> {
  const { masterUrl, replicaUrl, redisUrl, amqpUrl } = services
  const { partitions } = config
  const prefix = schemaOf(masterUrl)
  await using opened = new AsyncDisposableStack()
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
  const clock = open(
    await startMasterClock({
      readMasterTime: () => master.timeMs(),
      counter: monotonicCounter,
      sleep: systemClock.sleep,
      log,
    }),
  )
  const replica = open(
    isSameServer(masterUrl, replicaUrl)
      ? lookUpsOnMaster({ url: masterUrl, clock })
      : await openReplica({ url: replicaUrl, masterUrl, clock, log }),
  )
  const { announcer, deadLetters, feed: announcements } = broker
  const answers = new RedisAnswers(redis, serverName(), clock)
  const rooms = redisWaitingRooms(redis)

  return await compose(
    {
      ...{ announcements, announcer, answers, broker, clock, deadLetters, master, replica, rooms },
      ...redisLocks(redis),
      servers: master.servers,
      tallies: redisTallies(redis),
    },
    {
      ...{ config, log, opened },
      authenticator: authenticatorOf(config, clock),
      dependencies: [
        {
          name: 'master',
          need: 'needed',
          async check() {
            await master.check()
            return master.findings()
          },
        },
        { name: 'replica', need: 'spared', check: () => replica.check() },
        needed('redis', () => redis.check()),
        needed('broker', () => broker.check()),
      ],
      rateLimitStore: redisRateCounts(redis),
    },
  )
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

/** Whoever looks after several servers sees where each one runs; the next start is another one. */
const serverName = (): string => `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`

function authenticatorOf(
  { authPublicKey, authSecret }: Config,
  clock: Parameters<typeof Authenticator.withSecret>[1],
) {
  if (authPublicKey !== null) return Authenticator.withPublicKey(authPublicKey, clock)
  return Authenticator.withSecret(authSecret ?? '', clock)
}
