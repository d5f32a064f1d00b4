// What Holdfast has in RabbitMQ: a queue for each partition, the queue of dead letters, the exchange of announcements.
// Declared at the start, and again by whoever subscribes or opens a channel to announce; whatever stands there otherwise stops the start.
import type { Channel, Connection } from 'rabbitmq-client'
import { closeChannel } from './rabbitmq-connection.ts'

/**
 * How often RabbitMQ delivers a message before it is a dead letter. High, since with a message over the limit go the
 * innocent ones that were delivered along with it, and since a partition is given up now and then for good reasons.
 */
const deliveryLimit = 1_000
/** For dead letters, which have nowhere else to go; RabbitMQ 4 would drop them at 20. */
const deliveryLimitOfDeadLetters = 1_000_000_000

export class Topology {
  readonly announcements: string
  readonly deadLetters: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
    this.announcements = `${prefix}.announcements`
    this.deadLetters = `${prefix}.dead-letters`
  }

  queueOf(partition: number): string {
    return `${this.#prefix}.partition.${partition}`
  }

  /** @throws {Error} with a sentence when something stands there with other arguments */
  async declare(connection: Connection, partitions: number): Promise<void> {
    const channel = await connection.acquire()
    try {
      await this.declareAnnouncements(channel)
      await this.declareDeadLetters(channel)
      for (let partition = 0; partition < partitions; partition++)
        await this.declarePartition(channel, partition)
    } finally {
      await closeChannel(channel)
    }
  }

  get partitionSettings() {
    return {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      'x-delivery-limit': deliveryLimit,
      'x-dead-letter-exchange': this.deadLetters,
      // A dead letter leaves its queue when the other one has it; this wants an overflow that drops nothing.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    }
  }

  declarePartition(channel: Channel, partition: number): Promise<void> {
    return declareQueue(channel, this.queueOf(partition), this.partitionSettings)
  }

  async declareDeadLetters(channel: Channel): Promise<void> {
    const { deadLetters } = this
    await declareExchange(channel, deadLetters, 'fanout')
    await declareQueue(channel, deadLetters, {
      'x-queue-type': 'quorum',
      'x-delivery-limit': deliveryLimitOfDeadLetters,
    })
    await channel.queueBind({ exchange: deadLetters, queue: deadLetters })
  }

  declareAnnouncements(channel: Channel): Promise<void> {
    return declareExchange(channel, this.announcements, 'topic')
  }
}

const declareQueue = (channel: Channel, queue: string, settings: Record<string, unknown>): Promise<void> =>
  explained(`queue ${queue}`, channel.queueDeclare({ queue, durable: true, arguments: settings }))

const declareExchange = (channel: Channel, exchange: string, type: string): Promise<void> =>
  explained(`exchange ${exchange}`, channel.exchangeDeclare({ exchange, type, durable: true }))

async function explained(what: string, declared: Promise<unknown>): Promise<void> {
  try {
    await declared
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string }
    if (code !== 'PRECONDITION_FAILED') throw error
    throw new Error(
      `RabbitMQ has the ${what} with other settings than this version of Holdfast wants (${message}). ` +
        'Let the version that made it empty it, delete it, and start again.',
    )
  }
}
