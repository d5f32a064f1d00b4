// RabbitMQ as somebody beside the app servers sees it: puts messages into queues by hand, and hears announcements.
import type { ExecutionContext } from 'ava'
import { Connection } from 'rabbitmq-client'
import { announcementOf } from '../../../adapters/broker/rabbitmq-announcements.ts'
import { Topology } from '../../../adapters/broker/rabbitmq-topology.ts'
import { partitionOf } from '../../../engine/command.ts'
import type { Announcement } from '../../../engine/ports.ts'
import { partitionsOfDeployment } from '../../support/deployment.ts'
import type { Stage } from './stage.ts'

export interface Exchange {
  readonly topology: Topology
  readonly connection: Connection
  queueOf(showId: string): string
  /** At the end of the show's queue, confirmed. */
  put(showId: string, message: Buffer): Promise<void>
  /** Hears all from now on, in what is returned. */
  hear(): Promise<readonly Announcement[]>
}

/** Ends with the test. */
export function exchangeOf(t: ExecutionContext, { urls }: Stage): Exchange {
  const connection = new Connection(urls.amqpUrl)
  connection.on('error', () => {})
  t.teardown(() => connection.unsafeDestroy()) // its channels are open
  const topology = new Topology(new URL(urls.masterUrl).pathname.slice(1))
  const publisher = connection.createPublisher({ confirm: true })
  const queueOf = (showId: string) => topology.queueOf(partitionOf(showId, partitionsOfDeployment))
  return {
    topology,
    connection,
    queueOf,
    async put(showId, message) {
      await publisher.send({ routingKey: queueOf(showId), durable: true }, message)
    },
    async hear() {
      const heard: Announcement[] = []
      const channel = await connection.acquire()
      const { queue } = await channel.queueDeclare({ exclusive: true })
      await channel.queueBind({ exchange: topology.announcements, queue, routingKey: '#' })
      await channel.basicConsume(
        { queue, noAck: true },
        (message) => void heard.push(announcementOf(message)),
      )
      return heard
    },
  }
}
