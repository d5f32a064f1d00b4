// Random steps on one partition with an active channel and a standby, beside the plainest model of a queue: a list of
// what was not acknowledged, of which the active channel has the first few in hand.
import assert from 'node:assert/strict'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { Broker, Delivery, PartitionChannel } from '../../engine/ports.ts'
import { checkProperty } from '../support/properties.ts'
import { collect, publishAll, textsOf } from './broker-steps.ts'

class ModelledPartition {
  #broker: Broker
  readonly #partition: number
  readonly #restart: () => Promise<Broker>
  #channels: PartitionChannel[] = []
  #inHand: Delivery[] = []
  #unacknowledged: string[] = []
  #published = 0

  constructor({ broker, partitions: [partition], restart }: Modelled) {
    this.#broker = broker
    this.#partition = partition
    this.#restart = restart
  }

  async begin(): Promise<void> {
    this.#channels = [await this.#subscribe(), await this.#subscribe()]
  }

  async publish(count: number): Promise<void> {
    const texts = Array.from({ length: count }, () => String(++this.#published))
    await publishAll(this.#broker, this.#partition, texts)
    this.#unacknowledged.push(...texts)
  }

  async receive(max: number): Promise<void> {
    const waiting = this.#unacknowledged.slice(this.#inHand.length)
    if (waiting.length === 0) return
    const deliveries = await this.#active.receive(max)
    assert(deliveries.length >= 1 && deliveries.length <= max)
    assert.deepEqual(textsOf(deliveries), waiting.slice(0, deliveries.length))
    this.#inHand.push(...deliveries)
  }

  /** A share of those in hand, from 0 to 1. */
  async acknowledge(share: number): Promise<void> {
    const count = Math.ceil(share * this.#inHand.length)
    const through = this.#inHand[count - 1]
    if (through === undefined) return
    await this.#active.acknowledge(through)
    this.#inHand.splice(0, count)
    this.#unacknowledged.splice(0, count)
  }

  async closeActive(): Promise<void> {
    await this.#active.close()
    this.#inHand = []
    this.#channels = [...this.#channels.slice(1), await this.#subscribe()]
  }

  async closeStandby(): Promise<void> {
    await this.#channels[1]?.close()
    this.#channels = [this.#active, await this.#subscribe()]
  }

  async restart(): Promise<void> {
    this.#broker = await this.#restart()
    this.#inHand = []
    await this.begin()
  }

  /** Takes over all that is left, and leaves the queue empty. */
  async end(): Promise<void> {
    await this.closeActive()
    const deliveries = await collect(this.#active, this.#unacknowledged.length)
    assert.deepEqual(textsOf(deliveries), this.#unacknowledged)
    this.#inHand = deliveries
    await this.acknowledge(1)
    for (const channel of this.#channels) await channel.close()
  }

  get #active(): PartitionChannel {
    return this.#channels[0] as PartitionChannel
  }

  #subscribe(): Promise<PartitionChannel> {
    return this.#broker.subscribe(this.#partition)
  }
}

type Step = (partition: ModelledPartition) => Promise<void>

const few = fc.integer({ min: 1, max: 9 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: few.map((count) => named(`publish ${count}`, (p) => p.publish(count))) },
    { weight: 4, arbitrary: few.map((max) => named(`receive ${max}`, (p) => p.receive(max))) },
    { weight: 3, arbitrary: share.map((part) => named(`acknowledge ${part}`, (p) => p.acknowledge(part))) },
    { weight: 1, arbitrary: fc.constant(named('close active', (p) => p.closeActive())) },
    { weight: 1, arbitrary: fc.constant(named('close standby', (p) => p.closeStandby())) },
    { weight: 1, arbitrary: fc.constant(named('restart', (p) => p.restart())) },
  ),
  { maxLength: 60 },
)

/** As a failing case prints it. */
function named(name: string, step: Step): Step {
  return Object.assign(step, { [fc.toStringMethod]: () => name })
}

export interface Modelled {
  readonly broker: Broker
  readonly partitions: readonly [number, number]
  restart(): Promise<Broker>
}

/** Each run has a broker of its own: one that failed would leave its messages to the next. */
export const checkAgainstModel = (t: ExecutionContext, setUp: () => Promise<Modelled>): Promise<void> =>
  checkProperty(
    t,
    60,
    fc.asyncProperty(steps, async (each) => {
      const modelled = new ModelledPartition(await setUp())
      await modelled.begin()
      for (const step of each) await step(modelled)
      await modelled.end()
    }),
  )
