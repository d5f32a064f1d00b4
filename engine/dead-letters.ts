// What the broker gave up on, since no consumer ever acknowledged it: parked, command by command, where an
// administrator sees it. It was never decided, and stands in no journal; sent again, it is.
import { decode } from './command.ts'
import { receive } from './consumer.ts'
import { Transient, UnknownVersion } from './failures.ts'
import { limits } from './limits.ts'
import { parkedBytes, parkedCommand } from './parked.ts'
import type { Clock, DeadLetters, Delivery, Log, Parked, ParkedCommand, PartitionChannel } from './ports.ts'
import { retrying } from './retry.ts'

export interface DeadLetterParts {
  readonly deadLetters: DeadLetters
  readonly parked: Pick<Parked, 'park'>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

const reason = 'delivered time and again, and never decided'

export class DeadLetterConsumer {
  readonly #parts: DeadLetterParts

  constructor(parts: DeadLetterParts) {
    this.#parts = parts
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await this.#serve(signal)
      } catch (error) {
        if (!signal.aborted) log.warn({ error }, 'dead letters wait; subscribing anew')
      }
      await clock.sleep(limits.retryDelayMaxMs, signal)
    }
  }

  async #serve(signal: AbortSignal): Promise<void> {
    const channel = await this.#parts.deadLetters.subscribe()
    try {
      while (!signal.aborted) {
        const deliveries = await this.#receive(channel, signal)
        const last = deliveries.at(-1)
        if (last === undefined) return
        await this.#park(deliveries, signal)
        await channel.acknowledge(last)
      }
    } finally {
      await channel.close()
    }
  }

  /** None after a long silence: a queue that is deleted and made anew at once can leave its consumers deaf (RabbitMQ before 4.0). */
  async #receive(channel: PartitionChannel, signal: AbortSignal): Promise<readonly Delivery[]> {
    const heard = new AbortController()
    const closeIfSilent = async () => {
      await this.#parts.clock.sleep(limits.deadLettersQuietMaxMs, heard.signal)
      if (!heard.signal.aborted) await channel.close()
    }
    closeIfSilent().catch(() => {})
    try {
      return await receive(channel, signal)
    } finally {
      heard.abort()
    }
  }

  async #park(deliveries: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const { parked, clock, random, log } = this.#parts
    const at = clock.now()
    const commands = deliveries.flatMap(({ body }) => commandsIn(body, at))
    if (commands.length === 0) return
    await retrying(() => parked.park(commands), {
      clock,
      random,
      signal,
      isRetried: (error) => error instanceof Transient,
      onRetry: (error, attempt) => log.warn({ attempt, error }, 'dead letters wait for the master'),
    })
    log.error({ ids: commands.map(({ id }) => id) }, 'the broker gave these commands up; they are parked')
  }
}

/** Wake-ups are left out: another one comes. */
function commandsIn(body: Buffer, at: number): ParkedCommand[] {
  try {
    const { commands, unreadable } = decode(body)
    return [
      ...commands.map((command) => parkedCommand(command, reason, at)),
      ...unreadable.map((each) => parkedBytes(each.bytes, `${reason}; ${each.reason}`, at)),
    ]
  } catch (error) {
    if (!(error instanceof UnknownVersion)) throw error
    return [parkedBytes(body, `${reason}; ${error.message}`, at)]
  }
}
