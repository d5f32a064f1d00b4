// The topic exchange of announcements: what other systems bind to, and what this server hears of it itself.
import type { AsyncMessage, Channel, Connection } from 'rabbitmq-client'
import type { Announcement, AnnouncementFeed, Announcer, Log } from '../../engine/ports.ts'
import { bytesOf } from './rabbitmq-body.ts'
import type { ConfirmedPublisher } from './rabbitmq-confirms.ts'
import { closeChannel, keepChannel } from './rabbitmq-connection.ts'
import type { Topology } from './rabbitmq-topology.ts'

const showIdHeader = 'show-id'
/** An exchange that is deleted takes its bindings along, and tells nobody. */
const rebindIntervalMs = 5_000

export class RabbitmqAnnouncer implements Announcer {
  readonly #publisher: ConfirmedPublisher
  readonly #exchange: string

  constructor(publisher: ConfirmedPublisher, exchange: string) {
    this.#publisher = publisher
    this.#exchange = exchange
  }

  /** In their order; all of them are confirmed when this resolves. One that nobody has bound a queue for is gone. */
  async announce(announcements: readonly Announcement[]): Promise<void> {
    const confirms = announcements.map(({ id, topic, showId, payload }) =>
      this.#publisher.publish(
        {
          exchange: this.#exchange,
          routingKey: topic,
          messageId: id,
          type: topic,
          headers: { [showIdHeader]: showId },
          contentType: 'application/json',
          contentEncoding: 'utf-8',
        },
        Buffer.from(payload),
      ),
    )
    await Promise.all(confirms)
  }
}

/** Through queues that are this connection's own: what is announced while it is lost is missed. */
export class RabbitmqFeed implements AnnouncementFeed {
  readonly #connection: Connection
  readonly #topology: Topology
  readonly #log: Log
  readonly #stops = new Set<() => Promise<void>>()

  constructor(connection: Connection, topology: Topology, log: Log) {
    this.#connection = connection
    this.#topology = topology
    this.#log = log
  }

  listen(pattern: string, listener: (announcement: Announcement) => void): () => Promise<void> {
    const stopping = new AbortController()
    // A channel that is slow to close may still deliver; and anybody may announce what no listener can read.
    const hear = (announcement: Announcement) => {
      try {
        if (!stopping.signal.aborted) listener(announcement)
      } catch (error) {
        this.#log.warn(
          { id: announcement.id, topic: announcement.topic, error },
          'an announcement is left out',
        )
      }
    }
    const listening = keepChannel(this.#connection, stopping.signal, this.#log, {
      prepare: (channel) => this.#bind(channel, pattern, hear),
      ended: () => {},
    })
    const stop = async () => {
      stopping.abort()
      await listening
      this.#stops.delete(stop)
    }
    this.#stops.add(stop)
    return stop
  }

  async close(): Promise<void> {
    await Promise.all([...this.#stops].map((stop) => stop()))
  }

  async #bind(
    channel: Channel,
    pattern: string,
    listener: (announcement: Announcement) => void,
  ): Promise<void> {
    const { announcements: exchange } = this.#topology
    const { queue } = await channel.queueDeclare({ exclusive: true })
    const bind = async () => {
      await this.#topology.declareAnnouncements(channel)
      await channel.queueBind({ exchange, queue, routingKey: pattern })
    }
    await bind()
    const rebinding = setInterval(() => bind().catch(() => closeChannel(channel)), rebindIntervalMs)
    channel.once('close', () => clearInterval(rebinding))
    channel.on('basic.cancel', () => void closeChannel(channel))
    await channel.basicConsume({ queue, noAck: true }, (message) => listener(announcementOf(message)))
  }
}

export const announcementOf = (message: AsyncMessage): Announcement => ({
  id: message.messageId ?? '',
  topic: message.routingKey,
  showId: String(message.headers?.[showIdHeader]),
  payload: String(bytesOf(message.body)),
})
