// RabbitMQ for tests: brokers whose names nobody else uses, and what they made is deleted afterwards.
import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { Connection } from 'rabbitmq-client'
import { connectRabbitmq, type RabbitmqBroker } from '../../adapters/broker/rabbitmq.ts'
import { disconnect } from '../../adapters/broker/rabbitmq-connection.ts'
import { Topology } from '../../adapters/broker/rabbitmq-topology.ts'
import { silentLog } from './silent-log.ts'

export interface RabbitmqForTest {
  readonly prefix: string
  readonly topology: Topology
  /** For what the adapter does not do: deleting, declaring otherwise, looking. */
  readonly bare: Connection
  open(): Promise<RabbitmqBroker>
}

/** `openedUrl`: where `open` looks for it. */
export function rabbitmqForTest(
  t: ExecutionContext,
  url: string,
  { partitions = 2, openedUrl = url }: { partitions?: number; openedUrl?: string } = {},
): RabbitmqForTest {
  const prefix = `holdfast-test-${randomUUID()}`
  const topology = new Topology(prefix)
  const bare = new Connection({ url, acquireTimeout: 2_000, retryLow: 100, retryHigh: 500 })
  bare.on('error', () => {})
  t.teardown(async () => {
    await deleteAll(bare, topology, partitions)
  })
  return {
    prefix,
    topology,
    bare,
    async open() {
      const broker = await connectRabbitmq({
        url: openedUrl,
        prefix,
        partitions,
        log: silentLog,
      })
      t.teardown(() => broker.close())
      return broker
    },
  }
}

/** All that a deployment has in RabbitMQ; and disconnects, whatever came of it. */
export async function deleteAll(
  connection: Connection,
  topology: Topology,
  partitions: number,
): Promise<void> {
  try {
    for (let partition = 0; partition < partitions; partition++)
      await connection.queueDelete({ queue: topology.queueOf(partition) })
    await connection.queueDelete({ queue: topology.deadLetters })
    for (const exchange of [topology.deadLetters, topology.announcements])
      await connection.exchangeDelete({ exchange })
  } finally {
    await disconnect(connection)
  }
}
