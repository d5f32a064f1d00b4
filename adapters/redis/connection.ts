// The connections to Redis: one for scripts and reads, one that listens. Neither queues or repeats anything while
// Redis is away: who asks then is refused at once, and asks again under the same key.
import { Redis, type RedisOptions } from 'ioredis'
import { Transient } from '../../engine/failures.ts'
import type { Log } from '../../engine/ports.ts'
import { faultOf } from './requirements.ts'
import { followRunId } from './run-id.ts'
import { Subscriptions } from './subscriptions.ts'

export interface RedisConnection {
  /** Scripts and reads. */
  readonly commands: Redis
  /** Hears what is published; speaks RESP3, so that what it asks and what it hears come in one order. */
  readonly listener: Redis
  readonly subscriptions: Subscriptions
  /**
   * Which process of Redis answers `commands`: another one may have an older copy of everything.
   * @throws {HoldfastError} `unavailable` while that is not known
   */
  runId(): string
  /** The name under this deployment's prefix, for keys and channels. */
  key(name: string): string
  /** Rejects with a sentence when Redis can't be used now. */
  check(): Promise<void>
  close(): void
}

export interface RedisSettings {
  readonly url: string
  readonly keyPrefix: string
  readonly log: Log
}

/** The longest that any call may take: who waits for the look at the door waits for the publish too. */
const callTimeoutMs = 1_500
/** A socket that was written to and stays silent for this long is given up, so that the next calls fail at once. */
const silenceMaxMs = 2_500
const connectTimeoutMs = 2_000
const retryDelayMinMs = 50
const retryDelayMaxMs = 1_000
/** A listener that nobody talks to would not notice that its peer is gone. */
const listenerPingIntervalMs = 3_000

const options = {
  lazyConnect: true,
  protocol: 3,
  connectTimeout: connectTimeoutMs,
  commandTimeout: callTimeoutMs,
  socketTimeout: silenceMaxMs,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
  // The master that it was is a replica now, and kept its connections: the address leads to another one.
  reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  retryStrategy: (attempt) => {
    const delayMs = Math.min(retryDelayMinMs * 2 ** (attempt - 1), retryDelayMaxMs)
    return delayMs * (0.75 + Math.random() / 2)
  },
} satisfies RedisOptions

/**
 * @throws {Transient} with one sentence when Redis does not answer now
 * @throws {Error} with one when it lets nobody in with this URL, or is not one that Holdfast can run on
 */
export async function connectRedis({ url, keyPrefix, log }: RedisSettings): Promise<RedisConnection> {
  const commands = new Redis(url, options)
  const listener = new Redis(url, options)
  const runId = followRunId(commands)
  const close = () => {
    clearInterval(pinging)
    commands.disconnect()
    listener.disconnect()
  }
  const pinging = setInterval(() => {
    listener.ping().catch(() => {})
  }, listenerPingIntervalMs).unref()

  const checkBoth = async () => {
    await check(commands, listener)
    runId()
  }

  try {
    await Promise.all([begin(commands), begin(listener)])
    await checkBoth()
  } catch (error) {
    close()
    throw error
  }
  reportChanges(commands, log, 'commands')
  reportChanges(listener, log, 'listener')
  return {
    commands,
    listener,
    runId,
    close,
    subscriptions: new Subscriptions(listener),
    key: (name) => `${keyPrefix}${name}`,
    check: checkBoth,
  }
}

async function begin(redis: Redis): Promise<void> {
  let reason = ''
  redis.on('error', (error) => {
    reason = error.message
  })
  try {
    await redis.connect()
  } catch (error) {
    if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(reason)) throw new Error(`Redis lets nobody in: ${reason}`)
    throw new Transient(`Redis does not answer: ${reason || error}.`, { cause: error })
  }
}

async function check(commands: Redis, listener: Redis): Promise<void> {
  const [info] = await Promise.all([
    ask(commands, () => commands.info()),
    ask(listener, () => listener.ping()),
  ])
  const fault = faultOf(info)
  if (fault !== null) throw new Error(fault)
}

/** A connection that is still greeting answers some calls, and refuses the others. */
async function ask<T>(redis: Redis, call: () => Promise<T>): Promise<T> {
  if (redis.status !== 'ready') throw new Transient('Redis does not answer: the connection is lost.')
  try {
    return await call()
  } catch (error) {
    throw new Transient(`Redis does not answer: ${error instanceof Error ? error.message : error}.`, {
      cause: error,
    })
  }
}

/** One line when the connection is lost and one when it is back, however many attempts lie between. */
function reportChanges(redis: Redis, log: Log, connection: string): void {
  let isLost = false
  redis.on('reconnecting', () => {
    if (!isLost) log.warn({ connection }, 'the connection to Redis is lost; connecting anew')
    isLost = true
  })
  redis.on('ready', () => {
    if (isLost) log.info({ connection }, 'the connection to Redis is back')
    isLost = false
  })
}
