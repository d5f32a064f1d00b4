// What the broker's suites do over and over: messages as short texts, published and received one after the other.
import type { Broker, Delivery, PartitionChannel } from '../../engine/ports.ts'

/** Each is confirmed before the next one is published. */
export async function publishAll(broker: Broker, partition: number, texts: readonly string[]): Promise<void> {
  for (const text of texts) await broker.publish(partition, Buffer.from(text))
}

/** Exactly `count` deliveries, in as many calls as it takes. */
export async function collect(channel: PartitionChannel, count: number): Promise<Delivery[]> {
  const collected: Delivery[] = []
  while (collected.length < count) {
    const deliveries = await channel.receive(count - collected.length)
    if (deliveries.length === 0) throw new Error(`closed after ${collected.length} of ${count} deliveries`)
    collected.push(...deliveries)
  }
  return collected
}

export const textsOf = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ body }) => body.toString())

export const collectTexts = async (channel: PartitionChannel, count: number): Promise<string[]> =>
  textsOf(await collect(channel, count))

export const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index + 1}`)
