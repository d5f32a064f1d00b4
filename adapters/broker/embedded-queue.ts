// One partition's queue in process, with the single active consumer of a RabbitMQ quorum queue: who subscribed first
// gets everything, the others stand by, and what the active one did not acknowledge goes to its successor, in order.
import { assert } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Delivery, PartitionChannel } from '../../engine/ports.ts'

/** What a queue needs of the broker that keeps its messages. */
export interface QueueKeeper {
  /** Exactly the `count` messages after this position. */
  read(after: number, count: number): readonly Delivery[]
  /** More was acknowledged, which need not be durable at once. */
  acknowledged(): void
}

/** Positions ascend by one; all that stands after `acknowledged` through `last` is durable. */
export class EmbeddedQueue {
  readonly #keeper: QueueKeeper
  /** In the order of subscription: the first one is active. */
  readonly #channels: EmbeddedChannel[] = []
  #acknowledged: number
  #delivered: number
  #last: number

  constructor(keeper: QueueKeeper, acknowledged: number, last: number) {
    this.#keeper = keeper
    this.#acknowledged = acknowledged
    this.#delivered = acknowledged
    this.#last = last
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  get last(): number {
    return this.#last
  }

  /** Messages that are durable and not acknowledged. */
  get waiting(): number {
    return this.#last - this.#acknowledged
  }

  /** The messages through this position are durable. */
  extend(last: number): void {
    this.#last = last
    this.#channels[0]?.wake()
  }

  subscribe(): EmbeddedChannel {
    const channel = new EmbeddedChannel(this)
    this.#channels.push(channel)
    return channel
  }

  /** The standbys leave first, so that none takes over. */
  close(): void {
    for (const channel of [...this.#channels].reverse()) channel.leave()
  }

  /** What the channel may have now; nothing while it stands by or has its prefetch in hand. */
  take(channel: EmbeddedChannel, max: number): readonly Delivery[] {
    if (channel !== this.#channels[0]) return []
    const room = limits.prefetchMessages - (this.#delivered - this.#acknowledged)
    const count = Math.min(max, room, this.#last - this.#delivered)
    if (count <= 0) return []
    const deliveries = this.#keeper.read(this.#delivered, count)
    assert(deliveries.length === count, 'the queue has no gap')
    this.#delivered += count
    return deliveries
  }

  acknowledge(channel: EmbeddedChannel, through: number): void {
    const inHand = channel === this.#channels[0] && this.#acknowledged < through && through <= this.#delivered
    assert(inHand, 'what is acknowledged was delivered on this channel and not acknowledged before')
    this.#acknowledged = through
    this.#keeper.acknowledged()
    channel.wake()
  }

  leave(channel: EmbeddedChannel): void {
    const place = this.#channels.indexOf(channel)
    this.#channels.splice(place, 1)
    if (place > 0) return
    this.#delivered = this.#acknowledged
    this.#channels[0]?.wake()
  }
}

class EmbeddedChannel implements PartitionChannel {
  readonly #queue: EmbeddedQueue
  #open = true
  #receiver: { max: number; resolve(deliveries: readonly Delivery[]): void } | null = null

  constructor(queue: EmbeddedQueue) {
    this.#queue = queue
  }

  async receive(max: number): Promise<readonly Delivery[]> {
    assert(this.#receiver === null, 'a channel is received from by one caller at a time')
    if (!this.#open) return []
    const { promise, resolve } = Promise.withResolvers<readonly Delivery[]>()
    this.#receiver = { max, resolve }
    this.wake()
    return promise
  }

  async acknowledge(through: Delivery): Promise<void> {
    if (this.#open) this.#queue.acknowledge(this, through.number)
  }

  async close(): Promise<void> {
    this.leave()
  }

  /** Hands over what has come, if somebody waits for it. */
  wake(): void {
    if (this.#receiver === null) return
    const deliveries = this.#queue.take(this, this.#receiver.max)
    if (deliveries.length > 0) this.#settle(deliveries)
  }

  leave(): void {
    if (!this.#open) return
    this.#open = false
    this.#queue.leave(this)
    this.#settle([])
  }

  #settle(deliveries: readonly Delivery[]): void {
    this.#receiver?.resolve(deliveries)
    this.#receiver = null
  }
}
