// Publishing with confirms, on a connection of its own: an alarm of RabbitMQ blocks whoever publishes, and nobody else.
// It resolves when the message is safe, and says of every other end whether the message may have arrived.
import { setImmediate as turn } from 'node:timers/promises'
import type { Channel, Connection, Envelope } from 'rabbitmq-client'
import type { Log } from '../../engine/ports.ts'
import { keepChannel, unavailable } from './rabbitmq-connection.ts'

export class ConfirmedPublisher {
  readonly #opened = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  readonly #keeping: Promise<void>
  /** Ids of messages that no queue took, until their confirms come. */
  readonly #returned = new Set<string>()
  #channel: Channel | null = null
  #blockedBy: string | null = null
  #published = 0

  /** `declare` makes sure that what is published to is there: it may have been deleted since the start. */
  constructor(
    connection: Connection,
    log: Log,
    declare: (channel: Channel) => Promise<void> = async () => {},
  ) {
    connection.on('connection', () => {
      this.#blockedBy = null
    })
    connection.on('connection.blocked', (reason) => {
      this.#blockedBy = reason
    })
    connection.on('connection.unblocked', () => {
      this.#blockedBy = null
    })
    this.#keeping = keepChannel(connection, this.#stopping.signal, log, {
      prepare: async (channel) => {
        await declare(channel)
        await this.#prepare(channel)
      },
      ended: () => {
        this.#channel = null
        this.#returned.clear()
      },
    })
  }

  /** The first channel is open. */
  get opened(): Promise<void> {
    return this.#opened.promise
  }

  /** Why nothing can be published now, as a sentence. */
  get obstacle(): string | null {
    if (this.#blockedBy !== null) return `RabbitMQ takes no messages now: ${this.#blockedBy}.`
    return this.#channel?.active ? null : 'RabbitMQ is not connected.'
  }

  /** @throws {HoldfastError} `unavailable`, with `mayHaveBeenAccepted` in its details */
  async publish(envelope: Envelope, body: Buffer): Promise<void> {
    const { obstacle } = this
    if (obstacle !== null || this.#channel === null) throw unavailable(obstacle ?? '', false)
    const messageId = envelope.messageId ?? `${++this.#published}`
    try {
      await this.#channel.basicPublish({ ...envelope, messageId, durable: true }, body)
    } catch (error) {
      throw unavailable(`RabbitMQ did not confirm: ${(error as Error).message}.`, true)
    }
    // A return is sent before its confirm; the client tells us of it one turn later.
    if (envelope.mandatory) await turn()
    if (this.#returned.delete(messageId)) throw unavailable(`${envelope.routingKey} is no queue.`, false)
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#keeping
  }

  async #prepare(channel: Channel): Promise<void> {
    channel.on('basic.return', ({ messageId }) => this.#returned.add(messageId ?? ''))
    await channel.confirmSelect()
    this.#channel = channel
    this.#opened.resolve()
  }
}
