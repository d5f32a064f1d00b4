// A clock that stands until it is moved by hand.
import type { Clock } from '../../engine/ports.ts'

interface Sleeper {
  readonly until: number
  wake(): void
}

export class HandClock implements Clock {
  #now: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(now: number) {
    this.#now = now
  }

  get sleepers(): number {
    return this.#sleepers.size
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { until: this.#now + ms, wake: () => resolve() }
    this.#sleepers.add(sleeper)
    signal?.addEventListener('abort', sleeper.wake, { once: true })
    await promise
    signal?.removeEventListener('abort', sleeper.wake)
    this.#sleepers.delete(sleeper)
  }

  advance(ms: number): void {
    this.#now += ms
    for (const { until, wake } of this.#sleepers) if (until <= this.#now) wake()
  }
}
