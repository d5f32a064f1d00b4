// The simulation's broker: one queue a partition, with the single active consumer of a quorum queue. What its active
// channel did not acknowledge goes back to the head of the queue, in order, when that channel closes.
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import type { Broker, Delivery, PartitionChannel } from '../../engine/ports.ts'

export class SimulatedBroker implements Broker {
  readonly #queues = new Map<number, Queue>()
  #isOpen = true

  async publish(partition: number, message: Buffer): Promise<void> {
    this.#assertOpen()
    this.#queue(partition).append(message)
  }

  async subscribe(partition: number): Promise<Channel> {
    this.#assertOpen()
    return this.#queue(partition).subscribe()
  }

  async check(): Promise<void> {
    this.#assertOpen()
  }

  async close(): Promise<void> {
    this.#isOpen = false
    for (const queue of this.#queues.values()) queue.closeAll()
  }

  /** What is kept, in a new broker: closes this one. */
  async restart(): Promise<SimulatedBroker> {
    await this.close()
    const next = new SimulatedBroker()
    for (const [partition, queue] of this.#queues) next.#queues.set(partition, queue.copy())
    return next
  }

  /** Messages that nobody has acknowledged. */
  depth(partition: number): number {
    return this.#queue(partition).depth
  }

  #queue(partition: number): Queue {
    const known = this.#queues.get(partition)
    if (known) return known
    const made = new Queue()
    this.#queues.set(partition, made)
    return made
  }

  #assertOpen(): void {
    if (!this.#isOpen)
      throw new HoldfastError('unavailable', 'The broker is closed.', { mayHaveBeenAccepted: false })
  }
}

class Queue {
  /** From the oldest that was not acknowledged. */
  #messages: Buffer[] = []
  /** How many of them the active channel has in hand. */
  #inHand = 0
  /** In the order of subscription: the first one is active. */
  readonly #channels: Channel[] = []

  get depth(): number {
    return this.#messages.length
  }

  append(message: Buffer): void {
    this.#messages.push(message)
    this.#channels[0]?.wake()
  }

  subscribe(): Channel {
    const channel = new Channel(this)
    this.#channels.push(channel)
    return channel
  }

  take(channel: Channel, max: number): Buffer[] {
    if (channel !== this.#channels[0]) return []
    const room = Math.min(max, limits.prefetchMessages - this.#inHand)
    const taken = this.#messages.slice(this.#inHand, this.#inHand + Math.max(0, room))
    this.#inHand += taken.length
    return taken
  }

  acknowledge(channel: Channel, count: number): void {
    if (channel !== this.#channels[0]) return
    this.#messages.splice(0, count)
    this.#inHand -= count
    channel.wake()
  }

  leave(channel: Channel): void {
    const place = this.#channels.indexOf(channel)
    this.#channels.splice(place, 1)
    if (place !== 0) return
    this.#inHand = 0
    this.#channels[0]?.wake()
  }

  /** The standbys first, so that none takes over. */
  closeAll(): void {
    for (const channel of [...this.#channels].reverse()) channel.end()
  }

  copy(): Queue {
    const copy = new Queue()
    copy.#messages = [...this.#messages]
    return copy
  }
}

export class Channel implements PartitionChannel {
  readonly #queue: Queue
  #isOpen = true
  #isDeaf = false
  #delivered = 0
  #acknowledged = 0
  #receiver: { max: number; resolve(deliveries: readonly Delivery[]): void } | null = null

  constructor(queue: Queue) {
    this.#queue = queue
  }

  receive(max: number): Promise<readonly Delivery[]> {
    return new Promise((resolve) => {
      this.#receiver = { max, resolve }
      if (this.#isOpen) this.wake()
      else this.#give([])
    })
  }

  async acknowledge(through: Delivery): Promise<void> {
    const count = through.number - this.#acknowledged
    if (!this.#isOpen || count <= 0) return
    this.#acknowledged = through.number
    this.#queue.acknowledge(this, count)
  }

  async close(): Promise<void> {
    this.end()
  }

  /** From here on the broker delivers to it, and nothing arrives. */
  deafen(): void {
    this.#isDeaf = true
  }

  wake(): void {
    if (this.#receiver === null) return
    const taken = this.#queue.take(this, this.#receiver.max)
    if (taken.length > 0 && !this.#isDeaf)
      this.#give(taken.map((body) => ({ number: ++this.#delivered, body })))
  }

  end(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#queue.leave(this)
    this.#give([])
  }

  #give(deliveries: readonly Delivery[]): void {
    this.#receiver?.resolve(deliveries)
    this.#receiver = null
  }
}
