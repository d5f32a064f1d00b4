// All the servers that Holdfast runs on, private to whoever starts them: for tests, benchmarks and the local stack.
import {
  type Accounts,
  type Database,
  follow,
  type Replication,
  startMaster,
  startReplica,
} from './mariadb.ts'
import { type Rabbitmq, type RabbitmqOptions, startRabbitmq } from './rabbitmq.ts'
import { type Redis, type RedisOptions, startRedis } from './redis.ts'

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

export interface ServersOptions {
  readonly replication?: Replication
  /** Who may do what on them; otherwise they are for somebody who may do everything. */
  readonly accounts?: Accounts
  readonly redis?: Pick<RedisOptions, 'users'>
  readonly rabbitmq?: Pick<RabbitmqOptions, 'user'>
  /** The file that gets what a server prints, by the server's name. */
  readonly logOf?: (name: string) => string
}

/** All of them or none: when one does not start, the others are stopped. */
export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const { replication = 'asynchronous', accounts, logOf } = options
  const logTo = (name: string) => (logOf ? { log: logOf(name) } : {})
  const starting = [
    startMaster(replication, accounts, logOf?.('master')),
    startReplica(replication, accounts, logOf?.('replica')),
    startRedis({ ...options.redis, ...logTo('redis') }),
    startRabbitmq({ ...options.rabbitmq, ...logTo('rabbitmq') }),
  ] as const
  const stop = async () => {
    const started = await Promise.allSettled(starting)
    await Promise.all(started.map((each) => each.status === 'fulfilled' && each.value.server.stop()))
  }
  try {
    const [master, replica, redis, rabbitmq] = await Promise.all(starting)
    await follow(replica, master, accounts)
    return {
      master,
      replica,
      redis,
      rabbitmq,
      stop,
      masterUrl: master.url,
      replicaUrl: replica.url,
      redisUrl: redis.url,
      amqpUrl: rabbitmq.url,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
