// RabbitMQ for tests: brokers whose names nobody else uses, and what they made is deleted afterwards.
import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { Connection } from 'rabbitmq-client'
import { connectRabbitmq, type RabbitmqBroker } from '../../adapters/broker/rabbitmq.ts'
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
    for (let partition = 0; partition < partitions; partition++)
      await bare.queueDelete({ queue: topology.queueOf(partition) })
    await bare.queueDelete({ queue: topology.deadLetters })
    for (const exchange of [topology.deadLetters, topology.announcements])
      await bare.exchangeDelete({ exchange })
    await bare.close()
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
