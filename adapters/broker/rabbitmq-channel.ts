// A consumer's channel: deliveries in order, one acknowledgement for all through one of them, and a clear end. It is
// never mended: whoever used it subscribes anew, and the queue delivers again what was not acknowledged.
import type { AsyncMessage, Channel, Connection } from 'rabbitmq-client'
import { assert } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Delivery, PartitionChannel } from '../../engine/ports.ts'
import { bytesOf } from './rabbitmq-body.ts'
import { closeChannel } from './rabbitmq-connection.ts'

/** `declare` makes sure that the queue is there: it may have been deleted since the start. */
export async function consume(
  connection: Connection,
  queue: string,
  declare: (channel: Channel) => Promise<void>,
): Promise<RabbitmqChannel> {
  const channel = await connection.acquire({ emitErrorsFromChannel: true })
  const deliveries = new RabbitmqChannel(channel, queue)
  try {
    await declare(channel)
    await channel.basicQos({ prefetchCount: limits.prefetchMessages })
    await channel.basicConsume({ queue }, (message) => deliveries.take(message))
    return deliveries
  } catch (error) {
    await deliveries.close()
    throw error
  }
}

export class RabbitmqChannel implements PartitionChannel {
  readonly #channel: Channel
  readonly #queue: string
  readonly #gone = Promise.withResolvers<void>()
  /** Delivered, and not yet received. */
  #waiting: Delivery[] = []
  #delivered = 0
  #acknowledged = 0
  #receiver: {
    max: number
    resolve(deliveries: readonly Delivery[]): void
    reject(error: Error): void
  } | null = null
  /** Closed by us, or why it ended otherwise. */
  #end: 'closed' | Error | null = null

  constructor(channel: Channel, queue: string) {
    this.#channel = channel
    this.#queue = queue
    channel.on('error', (error) => this.#fail(error.message))
    channel.on('close', () => {
      this.#fail('the connection was lost')
      this.#gone.resolve()
    })
    channel.on('basic.cancel', () => {
      this.#fail('the queue was deleted')
      void closeChannel(channel)
    })
  }

  get queue(): string {
    return this.#queue
  }

  /** Delivered on this channel, and not acknowledged. */
  get inHand(): number {
    return this.#delivered - this.#acknowledged
  }

  /** The broker knows it no more. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  take({ deliveryTag, body }: AsyncMessage): void {
    if (this.#end !== null) return
    assert(deliveryTag === ++this.#delivered, `${this.#queue} delivers without a gap`)
    this.#waiting.push({ number: deliveryTag, body: bytesOf(body) })
    this.#handOver()
  }

  async receive(max: number): Promise<readonly Delivery[]> {
    assert(this.#receiver === null, 'a channel is received from by one caller at a time')
    if (this.#end === 'closed') return []
    if (this.#end !== null) throw this.#end
    const { promise, resolve, reject } = Promise.withResolvers<readonly Delivery[]>()
    this.#receiver = { max, resolve, reject }
    this.#handOver()
    return promise
  }

  async acknowledge(through: Delivery): Promise<void> {
    if (this.#end !== null || !this.#channel.active) return
    this.#acknowledged = through.number
    this.#channel.basicAck({ deliveryTag: through.number, multiple: true })
  }

  async close(): Promise<void> {
    this.#waiting = []
    this.#end = 'closed'
    this.#receiver?.resolve([])
    this.#receiver = null
    await closeChannel(this.#channel)
  }

  #handOver(): void {
    if (this.#receiver === null || this.#waiting.length === 0) return
    const { max, resolve } = this.#receiver
    this.#receiver = null
    resolve(this.#waiting.splice(0, max))
  }

  #fail(reason: string): void {
    if (this.#end !== null) return
    this.#waiting = []
    this.#end = new Error(`The consumer of ${this.#queue} ended: ${reason}.`)
    this.#receiver?.reject(this.#end)
    this.#receiver = null
  }
}
