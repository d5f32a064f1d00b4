// Channels that this server listens to, joined anew whenever the connection is.
import type { Redis } from 'ioredis'

export interface Subscriber {
  hear(message: string): void
  /** The channel is being joined, the first time or anew: messages before this moment may have been missed. */
  joining(): void
}

export class Subscriptions {
  readonly #listener: Redis
  readonly #subscribers = new Map<string, Subscriber>()

  constructor(listener: Redis) {
    this.#listener = listener
    listener.on('message', (channel: string, message: string) =>
      this.#subscribers.get(channel)?.hear(message),
    )
    listener.on('ready', () => {
      for (const [channel, subscriber] of this.#subscribers) this.#join(channel, subscriber)
    })
  }

  /** One subscriber a channel. Returns what ends it. */
  open(channel: string, subscriber: Subscriber): () => void {
    this.#subscribers.set(channel, subscriber)
    this.#join(channel, subscriber)
    return () => {
      this.#subscribers.delete(channel)
      this.#listener.unsubscribe(channel).catch(() => {})
    }
  }

  /** What fails here fails with the connection, and is done again when that is back. */
  #join(channel: string, subscriber: Subscriber): void {
    this.#listener.subscribe(channel).catch(() => {})
    subscriber.joining()
  }
}
