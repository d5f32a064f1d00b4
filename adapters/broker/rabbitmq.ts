// RabbitMQ behind the engine's ports: one connection that publishes, one that consumes.
import type { Connection } from 'rabbitmq-client'
import type { Announcer, Backlog, Broker, DeadLetters, Log, PartitionChannel } from '../../engine/ports.ts'
import { RabbitmqAnnouncer, RabbitmqFeed } from './rabbitmq-announcements.ts'
import { consume, type RabbitmqChannel } from './rabbitmq-channel.ts'
import { ConfirmedPublisher } from './rabbitmq-confirms.ts'
import { connect, disconnect, unavailable } from './rabbitmq-connection.ts'
import { Topology } from './rabbitmq-topology.ts'

export interface RabbitmqSettings {
  readonly url: string
  /** What the names of all queues and exchanges begin with. */
  readonly prefix: string
  readonly partitions: number
  readonly log: Log
}

/** @throws {Error} with a sentence when RabbitMQ can't be reached, or has our queues with other settings */
export async function connectRabbitmq(settings: RabbitmqSettings): Promise<RabbitmqBroker> {
  const { url, prefix, partitions, log } = settings
  const topology = new Topology(prefix)
  const consuming = await connect(url, 'consumes', log)
  try {
    await topology.declare(consuming, partitions)
    const publishing = await connect(url, 'publishes', log)
    tellOfAlarms(publishing, log)
    const publisher = new ConfirmedPublisher(publishing, log)
    const announcing = new ConfirmedPublisher(publishing, log, (channel) =>
      topology.declareAnnouncements(channel),
    )
    await Promise.all([publisher.opened, announcing.opened])
    return new RabbitmqBroker({ consuming, publishing, publisher, announcing, topology, log })
  } catch (error) {
    await disconnect(consuming)
    throw error
  }
}

function tellOfAlarms(publishing: Connection, log: Log): void {
  publishing.on('connection.blocked', (reason) => log.warn({ reason }, 'RabbitMQ takes no messages now'))
  publishing.on('connection.unblocked', () => log.info({}, 'RabbitMQ takes messages again'))
}

interface Parts {
  readonly consuming: Connection
  readonly publishing: Connection
  readonly publisher: ConfirmedPublisher
  /** On a channel of its own: a missing exchange ends the channel that publishes to it, with all that is unconfirmed there. */
  readonly announcing: ConfirmedPublisher
  readonly topology: Topology
  readonly log: Log
}

export class RabbitmqBroker implements Broker, Backlog {
  readonly announcer: Announcer
  readonly feed: RabbitmqFeed
  readonly deadLetters: DeadLetters
  readonly #parts: Parts
  readonly #channels = new Set<RabbitmqChannel>()
  #isOpen = true

  constructor(parts: Parts) {
    const { announcing, topology, consuming, log } = parts
    this.#parts = parts
    this.announcer = new RabbitmqAnnouncer(announcing, topology.announcements)
    this.feed = new RabbitmqFeed(consuming, topology, log)
    this.deadLetters = {
      subscribe: () => this.#consume(topology.deadLetters, (channel) => topology.declareDeadLetters(channel)),
    }
  }

  /** Through the default exchange, which leads to the queue of this name; without that queue it fails. */
  publish(partition: number, message: Buffer): Promise<void> {
    const { publisher, topology } = this.#parts
    return publisher.publish({ routingKey: topology.queueOf(partition), mandatory: true }, message)
  }

  subscribe(partition: number): Promise<PartitionChannel> {
    const { topology } = this.#parts
    return this.#consume(topology.queueOf(partition), (channel) =>
      topology.declarePartition(channel, partition),
    )
  }

  /** What is ready in the queue, which the broker says, and what is in the hands of this server. */
  async waiting(partition: number): Promise<number> {
    const { consuming, topology } = this.#parts
    const queue = topology.queueOf(partition)
    const { messageCount } = await consuming.queueDeclare({ queue, passive: true })
    const channels = [...this.#channels].filter((channel) => channel.queue === queue)
    return channels.reduce((sum, { inHand }) => sum + inHand, messageCount)
  }

  async check(): Promise<void> {
    if (!this.#isOpen) throw new Error('The broker is closed.')
    const { publisher, consuming } = this.#parts
    if (publisher.obstacle !== null) throw new Error(publisher.obstacle)
    if (!consuming.ready) throw new Error('RabbitMQ is not connected.')
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { consuming, publishing, publisher, announcing } = this.#parts
    await Promise.all([
      ...[...this.#channels].map((channel) => channel.close()),
      this.feed.close(),
      publisher.close(),
      announcing.close(),
    ])
    await Promise.all([disconnect(consuming), disconnect(publishing)])
  }

  async #consume(queue: string, declare: Parameters<typeof consume>[2]): Promise<PartitionChannel> {
    if (!this.#isOpen) throw unavailable('The broker is closed.', false)
    const channel = await consume(this.#parts.consuming, queue, declare)
    this.#channels.add(channel)
    void channel.gone.then(() => this.#channels.delete(channel))
    return channel
  }
}
