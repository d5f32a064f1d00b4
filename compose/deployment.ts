// One server of a deployment, beside others like it, on RabbitMQ, Redis and MySQL. The door has this thread, the engine one
// of its own: neither waits while the other one works.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { RedisAnswers } from '../adapters/broker/redis-answers.ts'
import { redisLocks } from '../adapters/locks/redis.ts'
import { redisRateCounts } from '../adapters/redis/rate-counts.ts'
import { redisTallies } from '../adapters/tallies/redis.ts'
import { redisWaitingRooms } from '../adapters/tokens/redis.ts'
import type { Config, Services } from '../config.ts'
import { Authenticator } from '../http/auth.ts'
import { type Composition, compose, needed } from './composition.ts'
import { openConnections } from './connections.ts'
import { EngineThread } from './engine-thread.ts'

/** @throws {Error} with a sentence that begins with the setting of the server that can't be used */
export async function composeDeployment(
  services: Services,
  config: Config,
  log: Logger,
): Promise<Composition> {
  await using opened = new AsyncDisposableStack()
  const server = serverName()
  const thread = opened.adopt(new EngineThread(server), (each) => each.end())
  const connections = await openConnections(services, config.partitions, log, opened)
  const { master, replica, redis, broker, clock } = connections
  const answers = new RedisAnswers(redis, server, clock)

  return await compose(
    {
      announcements: broker.feed,
      answers,
      broker,
      clock,
      master,
      replica,
      ...redisLocks(redis),
      rooms: redisWaitingRooms(redis),
      tallies: redisTallies(redis),
    },
    {
      config,
      log,
      opened,
      engine: ({ stages }) => thread.deciding({ answers, stopwatch: stages }),
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

/** Whoever looks after several servers sees where each one runs; the next start is another one. */
const serverName = (): string => `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`

function authenticatorOf(
  { authPublicKey, authSecret }: Config,
  clock: Parameters<typeof Authenticator.withSecret>[1],
) {
  if (authPublicKey !== null) return Authenticator.withPublicKey(authPublicKey, clock)
  return Authenticator.withSecret(authSecret ?? '', clock)
}
