// From one command to one broker message: what a tick had for one partition travels together, and every publish
// ends within its time limit, one way or the other.
import { type Command, encodeCommands, partitionOf } from './command.ts'
import { HoldfastError } from './errors.ts'
import { limits } from './limits.ts'
import type { Broker, Clock, Publisher } from './ports.ts'

interface Waiting {
  readonly command: Command
  readonly confirm: () => void
  readonly fail: (error: unknown) => void
}

export class TickPublisher implements Publisher {
  readonly #broker: Pick<Broker, 'publish'>
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #partitions: number
  readonly #waiting = new Map<number, Waiting[]>()
  #pending = 0

  constructor(broker: Pick<Broker, 'publish'>, clock: Pick<Clock, 'sleep'>, partitions: number) {
    this.#broker = broker
    this.#clock = clock
    this.#partitions = partitions
  }

  async publish(command: Command): Promise<void> {
    if (this.#pending >= limits.publishPendingMax)
      throw new HoldfastError('overloaded', 'too many commands wait for the broker', {
        mayHaveBeenAccepted: false,
      })
    this.#pending++
    try {
      await this.#enqueue(command)
    } finally {
      this.#pending--
    }
  }

  #enqueue(command: Command): Promise<void> {
    const partition = partitionOf(command.showId, this.#partitions)
    const { promise, resolve: confirm, reject: fail } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(partition)
    if (waiting) waiting.push({ command, confirm, fail })
    else {
      this.#waiting.set(partition, [{ command, confirm, fail }])
      void this.#clock.sleep(0).then(() => this.#flush(partition))
    }
    return promise
  }

  #flush(partition: number): void {
    const waiting = this.#waiting.get(partition) ?? []
    this.#waiting.delete(partition)
    for (let start = 0; start < waiting.length; start += limits.messageCommandsMax)
      void this.#send(partition, waiting.slice(start, start + limits.messageCommandsMax))
  }

  async #send(partition: number, message: readonly Waiting[]): Promise<void> {
    const done = new AbortController()
    try {
      const confirmed = this.#broker.publish(partition, encodeCommands(message.map(({ command }) => command)))
      const late = this.#clock.sleep(limits.publishTimeoutMs, done.signal).then(() => 'late' as const)
      if ((await Promise.race([confirmed, late])) === 'late') {
        confirmed.catch(() => {}) // its outcome is unknown by now, whatever comes
        throw new HoldfastError('unavailable', 'the broker did not confirm in time', {
          mayHaveBeenAccepted: true,
        })
      }
      for (const { confirm } of message) confirm()
    } catch (error) {
      for (const { fail } of message) fail(error)
    } finally {
      done.abort(null) // without a reason it would make an exception, stack and all, for each message
    }
  }
}
