// All the servers that Holdfast runs on, private to whoever starts them: for tests, benchmarks and the local stack.
import { type Database, follow, type Replication, startMaster, startReplica } from './mariadb.ts'
import { type Rabbitmq, startRabbitmq } from './rabbitmq.ts'
import { type Redis, startRedis } from './redis.ts'

export interface Servers {
  readonly master: Database
  readonly replica: Database
  readonly redis: Redis
  readonly rabbitmq: Rabbitmq
  readonly masterUrl: string
  readonly replicaUrl: string
  readonly redisUrl: string
  readonly amqpUrl: string
  /** Ends them and removes their data; happens by itself when this process ends. */
  stop(): Promise<void>
}

/** All of them or none: when one does not start, the others are stopped. */
export async function startServers(replication: Replication = 'asynchronous'): Promise<Servers> {
  const starting = [
    startMaster(replication),
    startReplica(replication),
    startRedis(),
    startRabbitmq(),
  ] as const
  const stop = async () => {
    const started = await Promise.allSettled(starting)
    await Promise.all(started.map((each) => each.status === 'fulfilled' && each.value.server.stop()))
  }
  try {
    const [master, replica, redis, rabbitmq] = await Promise.all(starting)
    await follow(replica, master)
    return {
      ...{ master, replica, redis, rabbitmq, stop },
      ...{ masterUrl: master.url, replicaUrl: replica.url, redisUrl: redis.url, amqpUrl: rabbitmq.url },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
