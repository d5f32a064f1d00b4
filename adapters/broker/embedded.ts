// The broker of the embedded mode: partitions as queues in a file. What is published in one turn of the event loop is
// committed, and synced, together.
import { HoldfastError } from '../../engine/errors.ts'
import type { Backlog, Broker, PartitionChannel } from '../../engine/ports.ts'
import { type Message, type MessageFile, openMessageFile } from './embedded-messages.ts'
import { EmbeddedQueue } from './embedded-queue.ts'

interface Publish {
  readonly partition: number
  readonly body: Buffer
  confirm(): void
  fail(error: Error): void
}

/** Runs the commit once, later: what is published before it runs shares its sync. */
export type CommitSchedule = (commit: () => void) => void

export class EmbeddedBroker implements Broker, Backlog {
  readonly #file: MessageFile
  readonly #queues = new Map<number, EmbeddedQueue>()
  readonly #schedule: CommitSchedule
  #publishes: Publish[] = []
  #isScheduled = false
  #isOpen = true

  /** @throws {Error} with a sentence while another process has the file. */
  constructor(path: string, schedule: CommitSchedule = setImmediate) {
    this.#schedule = schedule
    this.#file = openMessageFile(path)
    for (const { partition, first, last } of this.#file.spans()) this.#addQueue(partition, first - 1, last)
  }

  async publish(partition: number, message: Buffer): Promise<void> {
    this.#assertOpen()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#publishes.push({ partition, body: message, confirm: resolve, fail: reject })
    this.#commitSoon()
    return promise
  }

  async subscribe(partition: number): Promise<PartitionChannel> {
    this.#assertOpen()
    return this.#queue(partition).subscribe()
  }

  async waiting(partition: number): Promise<number> {
    return this.#queues.get(partition)?.waiting ?? 0
  }

  async check(): Promise<void> {
    this.#assertOpen()
    try {
      this.#file.probe()
    } catch (error) {
      throw new HoldfastError(
        'unavailable',
        `The broker's file cannot be written: ${(error as Error).message}.`,
      )
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#commit()
    this.#isOpen = false
    for (const queue of this.#queues.values()) queue.close()
    this.#file.close()
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw unavailable('The broker is closed.', { mayHaveBeenAccepted: false })
  }

  #queue(partition: number): EmbeddedQueue {
    return this.#queues.get(partition) ?? this.#addQueue(partition, 0, 0)
  }

  #addQueue(partition: number, acknowledged: number, last: number): EmbeddedQueue {
    const keeper = {
      read: (after: number, count: number) => this.#file.read(partition, after, count),
      acknowledged: () => this.#commitSoon(),
    }
    const queue = new EmbeddedQueue(keeper, acknowledged, last)
    this.#queues.set(partition, queue)
    return queue
  }

  #commitSoon(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#schedule(() => this.#commit())
  }

  #commit(): void {
    this.#isScheduled = false
    if (!this.#isOpen) return
    const publishes = this.#publishes
    this.#publishes = []
    const ends = new Map<number, number>()
    const messages = publishes.map(({ partition, body }): Message => {
      const position = (ends.get(partition) ?? this.#queue(partition).last) + 1
      ends.set(partition, position)
      return { partition, position, body }
    })
    const acknowledged = new Map(
      [...this.#queues].map(([partition, queue]) => [partition, queue.acknowledged]),
    )

    try {
      this.#file.commit(messages, acknowledged)
    } catch (error) {
      // The queues stand as before; what was acknowledged is removed by the next commit that succeeds.
      const reason = `The broker's file could not be written: ${(error as Error).message}.`
      for (const publish of publishes) publish.fail(unavailable(reason, { mayHaveBeenAccepted: true }))
      return
    }
    for (const [partition, last] of ends) this.#queue(partition).extend(last)
    for (const publish of publishes) publish.confirm()
  }
}

const unavailable = (reason: string, details?: Record<string, unknown>): HoldfastError =>
  new HoldfastError('unavailable', reason, details)
