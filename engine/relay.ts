// From the outbox to whoever listens: at least once, in the order of the outbox, by the partition's owner. What comes first goes
// at once; under load it rests in between, since each round removes what it sent in a transaction of its own, for whose sync the
// batches would wait.
import { limits } from './limits.ts'
import type { Announcer, Clock, Log, Outbox } from './ports.ts'

export class Relay {
  readonly #outbox: Outbox
  readonly #announcer: Announcer
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #log: Log
  readonly #running = new Map<number, Promise<void>>()
  readonly #nudged = new Set<number>()

  constructor(outbox: Outbox, announcer: Announcer, clock: Pick<Clock, 'sleep'>, log: Log) {
    this.#outbox = outbox
    this.#announcer = announcer
    this.#clock = clock
    this.#log = log
  }

  /** Something may be waiting. A failure ends this run; the next nudge, a second later at most, tries again. */
  nudge(partition: number): void {
    this.#nudged.add(partition)
    if (this.#running.has(partition)) return
    const running = this.#empty(partition)
      .catch((error) => this.#log.warn({ partition, error }, 'announcements wait in the outbox'))
      .finally(() => this.#running.delete(partition))
    this.#running.set(partition, running)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  async #empty(partition: number): Promise<void> {
    while (this.#nudged.delete(partition)) {
      for (;;) {
        const announcements = await this.#outbox.pending(partition, limits.relayBatchMax)
        if (announcements.length === 0) break
        await this.#announcer.announce(announcements)
        await this.#outbox.remove(announcements.map(({ id }) => id))
      }
      await this.#clock.sleep(limits.relayRestMs)
    }
  }
}
