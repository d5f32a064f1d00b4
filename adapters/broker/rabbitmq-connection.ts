// A connection to RabbitMQ that comes back by itself, and channels on it that are opened anew when they end.
import { once } from 'node:events'
import { type Channel, Connection } from 'rabbitmq-client'
import { HoldfastError } from '../../engine/errors.ts'
import { Transient } from '../../engine/failures.ts'
import type { Log } from '../../engine/ports.ts'
import { within } from '../../engine/within.ts'
import { systemClock } from '../clock/system.ts'

/** RabbitMQ replaces a consumer that was silent for three of these; within ten seconds its successor works. */
const heartbeatSeconds = 2
const connectTimeoutMs = 5_000
const acquireTimeoutMs = 3_000
const reconnectDelayMinMs = 200
const reconnectDelayMaxMs = 2_000
const reopenDelayMs = 500
const closeTimeoutMs = 2_000

/**
 * @throws {Transient} with a sentence when RabbitMQ can't be reached now
 * @throws {Error} with a sentence when it lets nobody in with this URL
 */
export async function connect(url: string, purpose: string, log: Log): Promise<Connection> {
  const connection = new Connection({
    url,
    connectionName: `holdfast ${purpose}`,
    heartbeat: heartbeatSeconds,
    connectionTimeout: connectTimeoutMs,
    acquireTimeout: acquireTimeoutMs,
    retryLow: reconnectDelayMinMs,
    retryHigh: reconnectDelayMaxMs,
    noDelay: true,
  })
  try {
    // Fails with the first error, where the library would try again.
    await once(connection, 'connection')
  } catch (error) {
    connection.on('error', () => {})
    connection.unsafeDestroy()
    throw refusalOf(url, error as Error & { code?: string })
  }
  connection.on('error', (error) => log.warn({ purpose, error }, 'the connection to RabbitMQ failed'))
  return connection
}

const refusals: ReadonlySet<unknown> = new Set(['ACCESS_REFUSED', 'NOT_ALLOWED'])

function refusalOf(url: string, { code, message }: Error & { code?: string }): Error {
  const reason = message.replace(/^undefined: /, '').replace(/\.$/, '')
  const sentence = `RabbitMQ at ${new URL(url).host} cannot be used: ${reason}.`
  return refusals.has(code) ? new Error(sentence) : new Transient(sentence)
}

/** Its channels are closed already, or their peer does not answer. */
export async function disconnect(connection: Connection): Promise<void> {
  await within(systemClock, closeTimeoutMs, connection.close(), undefined)
  connection.unsafeDestroy()
}

/** A broker that does not answer must not hold a stop up; whoever is silent loses the connection anyway. */
export const closeChannel = (channel: Channel): Promise<void> =>
  within(systemClock, closeTimeoutMs, channel.close(), undefined)

/**
 * Opens a channel, and another one whenever it ends, until `signal` aborts. `prepare` makes it ready; `ended` says that
 * the last one is gone.
 */
export async function keepChannel(
  connection: Connection,
  signal: AbortSignal,
  log: Log,
  use: { prepare(channel: Channel): Promise<void>; ended(): void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const channel = await connection.acquire({ emitErrorsFromChannel: true })
      channel.on('error', (error) => log.warn({ error }, 'RabbitMQ closed a channel'))
      try {
        const closed = once(channel, 'close', { signal })
        await Promise.race([closed, use.prepare(channel)])
        await closed
      } finally {
        use.ended()
        await closeChannel(channel)
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ error }, 'no channel to RabbitMQ; again in a moment')
    }
    await systemClock.sleep(reopenDelayMs, signal)
  }
}

export const unavailable = (reason: string, mayHaveBeenAccepted: boolean): HoldfastError =>
  new HoldfastError('unavailable', reason, { mayHaveBeenAccepted })
