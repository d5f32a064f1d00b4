// From one command to one broker message: what came for a partition while its last messages were on their way travels
// together, so that messages grow with the load; and every publish ends within its time limit, one way or the other.
import { type Command, encodeCommands, partitionOf } from './command.ts'
import { HoldfastError } from './errors.ts'
import { limits } from './limits.ts'
import type { Broker, Clock, Publisher } from './ports.ts'
import { within } from './within.ts'

interface Waiting {
  readonly command: Command
  /** When it was given to be sent. */
  readonly since: number
  readonly confirm: () => void
  readonly fail: (error: unknown) => void
}

export class TickPublisher implements Publisher {
  readonly #broker: Pick<Broker, 'publish'>
  readonly #clock: Pick<Clock, 'now' | 'sleep'>
  readonly #partitions: number
  /** Of each show that something was published for. */
  readonly #partitionOf = new Map<string, number>()
  readonly #waiting = new Map<number, Waiting[]>()
  /** Messages that are not confirmed yet, per partition. */
  readonly #sending = new Map<number, number>()
  #pending = 0

  constructor(broker: Pick<Broker, 'publish'>, clock: Pick<Clock, 'now' | 'sleep'>, partitions: number) {
    this.#broker = broker
    this.#clock = clock
    this.#partitions = partitions
  }

  publish(command: Command): Promise<void> {
    return new Promise((confirm, fail) => {
      if (this.#pending >= limits.publishPendingMax)
        throw new HoldfastError('overloaded', 'too many commands wait for the broker', {
          mayHaveBeenAccepted: false,
        })
      this.#pending++
      this.#enqueue({ command, confirm, fail, since: this.#clock.now() })
    })
  }

  #enqueue(one: Waiting): void {
    const partition = this.#partitionFor(one.command.showId)
    const waiting = this.#waiting.get(partition)
    if (waiting !== undefined) return void waiting.push(one)
    this.#waiting.set(partition, [one])
    void this.#clock.sleep(0).then(() => this.#flush(partition))
  }

  #partitionFor(showId: string): number {
    const partition = this.#partitionOf.get(showId) ?? partitionOf(showId, this.#partitions)
    this.#partitionOf.set(showId, partition)
    return partition
  }

  #flush(partition: number): void {
    const waiting = this.#waiting.get(partition) ?? []
    while (waiting.length > 0 && (this.#sending.get(partition) ?? 0) < limits.messagesUnconfirmedMax)
      void this.#send(partition, waiting.splice(0, limits.messageCommandsMax))
    if (waiting.length === 0) this.#waiting.delete(partition)
  }

  async #send(partition: number, message: readonly Waiting[]): Promise<void> {
    this.#sending.set(partition, (this.#sending.get(partition) ?? 0) + 1)
    await this.#confirm(partition, this.#inTime(message))
    this.#pending -= message.length
    this.#sending.set(partition, (this.#sending.get(partition) ?? 0) - 1)
    this.#flush(partition)
  }

  /** Those whose time limit has not passed while they waited; of the others the broker has heard nothing. */
  #inTime(message: readonly Waiting[]): readonly Waiting[] {
    const begin = this.#clock.now() - limits.publishTimeoutMs
    const isInTime = ({ since }: Waiting) => since > begin
    for (const { fail } of message.filter((each) => !isInTime(each)))
      fail(new HoldfastError('unavailable', 'the broker takes too long', { mayHaveBeenAccepted: false }))
    return message.filter(isInTime)
  }

  async #confirm(partition: number, message: readonly Waiting[]): Promise<void> {
    const [first] = message
    if (first === undefined) return
    try {
      const restMs = first.since + limits.publishTimeoutMs - this.#clock.now()
      const body = encodeCommands(message.map(({ command }) => command))
      const confirmed = this.#broker.publish(partition, body).then(() => true)
      if (!(await within(this.#clock, restMs, confirmed, false)))
        throw new HoldfastError('unavailable', 'the broker did not confirm in time', {
          mayHaveBeenAccepted: true,
        })
      for (const { confirm } of message) confirm()
    } catch (error) {
      for (const { fail } of message) fail(error)
    }
  }
}
