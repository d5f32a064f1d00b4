// The broker as one process reaches it: a publish may be lost, late, doubled or never confirmed, and a channel's end
// is noticed on the two sides at different times.
import { HoldfastError } from '../../engine/errors.ts'
import type { Broker, Delivery, PartitionChannel } from '../../engine/ports.ts'
import type { Channel, SimulatedBroker } from './broker.ts'
import type { Link } from './link.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

export class RemoteBroker implements Broker {
  readonly #link: Link
  readonly #broker: SimulatedBroker
  readonly #scheduler: Scheduler
  readonly #random: Random

  constructor(link: Link, broker: SimulatedBroker, scheduler: Scheduler, random: Random) {
    this.#link = link
    this.#broker = broker
    this.#scheduler = scheduler
    this.#random = random
  }

  async publish(partition: number, message: Buffer): Promise<void> {
    const append = () => this.#broker.publish(partition, message)
    const late = (ms: number) => {
      this.#scheduler.after(ms, append)
      this.#link.faults.lasts(this.#scheduler.now + ms)
    }
    switch (this.#link.faults.of('publish')) {
      case 'publish lost':
        return never()
      case 'publish refused':
        throw new HoldfastError('unavailable', 'the channel was closed', { mayHaveBeenAccepted: true })
      case 'publish late':
        late(this.#random.between(0.5, 1) ** 4 * 40_000)
        return never()
      case 'confirm lost':
        this.#link.send('broker', append)
        return never()
      case 'publish doubled':
        late(this.#random.between(0, 3_000))
    }
    // A confirm is waited for over cuts too: it is the engine's part to give up.
    return this.#link.await('broker', append)
  }

  async subscribe(partition: number): Promise<PartitionChannel> {
    const { process } = this.#link
    let opened: Channel | null = null
    try {
      const channel = await this.#link.call('broker', async () => {
        opened = await this.#broker.subscribe(partition)
        if (process.isAlive) process.channels.add(opened)
        else opened.end()
        return opened
      })
      return new RemoteChannel(this.#link, channel)
    } catch (error) {
      this.#end(opened)
      throw error
    }
  }

  check(): Promise<void> {
    return this.#link.call('broker', () => this.#broker.check())
  }

  async close(): Promise<void> {
    this.#link.process.closeChannels()
  }

  /** Whoever did not hear that its channel was opened has lost the connection, and the channel with it. */
  #end(channel: Channel | null): void {
    if (channel === null) return
    this.#link.process.channels.delete(channel)
    channel.end()
  }
}

class RemoteChannel implements PartitionChannel {
  readonly #link: Link
  readonly #channel: Channel
  readonly #closed = Promise.withResolvers<readonly Delivery[]>()

  constructor(link: Link, channel: Channel) {
    this.#link = link
    this.#channel = channel
  }

  receive(max: number): Promise<readonly Delivery[]> {
    return Promise.race([this.#closed.promise, this.#link.await('broker', () => this.#channel.receive(max))])
  }

  /** Done with the write to the socket. */
  async acknowledge(through: Delivery): Promise<void> {
    this.#link.send('broker', () => this.#channel.acknowledge(through))
  }

  async close(): Promise<void> {
    this.#closed.resolve([])
    this.#link.send('broker', () => {
      this.#link.process.channels.delete(this.#channel)
      this.#channel.end()
    })
  }
}

const never = (): Promise<never> => new Promise(() => {})
