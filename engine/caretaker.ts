// What every server looks after once a second: that its partitions' owners are known to live, that overdue holds
// are woken, that announcements leave, and that no partition stays without an owner to whom its queue delivers.
import { encodeWake } from './command.ts'
import type { Consumer } from './consumer.ts'
import { limits } from './limits.ts'
import type { Machines } from './machines.ts'
import type { Broker, Clock, Log, Ownership } from './ports.ts'
import type { Relay } from './relay.ts'

export interface CaretakerParts {
  readonly broker: Pick<Broker, 'publish'>
  readonly ownership: Ownership
  readonly relay: Pick<Relay, 'nudge'>
  readonly machines: Machines
  readonly clock: Clock
  readonly log: Log
  readonly holdGraceMs: number
}

export class Caretaker {
  readonly #parts: CaretakerParts
  /** By partition, when the broker took the first wake-up that this server expects, in the master's time. */
  readonly #wokenAt = new Map<number, number>()

  constructor(parts: CaretakerParts) {
    this.#parts = parts
  }

  async run(consumers: readonly Consumer[], signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await this.#look(consumers)
      } catch (error) {
        log.warn({ error }, 'the caretaker could not look after everything; again in a moment')
      }
      await clock.sleep(limits.sweepIntervalMs, signal)
    }
  }

  /** Asks the partition's owner, through its queue, to end what is overdue now; behind all that was accepted before. */
  wake(partition: number): void {
    const { broker, clock, log } = this.#parts
    broker.publish(partition, encodeWake({ until: clock.now() })).then(
      () => this.#wokenAt.set(partition, this.#wokenAt.get(partition) ?? clock.now()),
      (error) => log.warn({ partition, error }, 'a wake-up was not sent; again in a moment'),
    )
  }

  async #look(consumers: readonly Consumer[]): Promise<void> {
    const { ownership, machines, clock } = this.#parts
    await machines.refresh()
    for (const consumer of consumers)
      await this.#lookAfter(consumer).catch((error) => this.#leftOut(consumer, error))
    const silent = await ownership.silentPartitions(clock.now() - limits.ownerSilenceMaxMs)
    for (const partition of silent) this.wake(partition)
    for (const consumer of consumers) await this.#expectWakeUp(consumer, silent)
  }

  /** One partition that the master keeps waiting is no reason to leave the others alone. */
  #leftOut({ partition }: Consumer, error: unknown): void {
    this.#parts.log.warn(
      { partition, error },
      'the caretaker could not look after a partition; again in a moment',
    )
  }

  async #lookAfter(consumer: Consumer): Promise<void> {
    const { ownership, relay, clock, holdGraceMs } = this.#parts
    const { tenure, partition } = consumer
    if (tenure === null) return
    const now = clock.now()
    if (!(await ownership.heartbeat(partition, tenure.epoch, now))) return consumer.resign()
    if (await ownership.hasOverdue(partition, now - holdGraceMs)) this.wake(partition)
    relay.nudge(partition)
  }

  /**
   * A wake-up gets to an owner that is quiet, and makes one where there is none. Where nobody gets it, the broker takes
   * a consumer for active that is not: RabbitMQ before 4.0 does when a queue is deleted and made anew at once.
   */
  async #expectWakeUp(consumer: Consumer, silent: readonly number[]): Promise<void> {
    const { clock, log } = this.#parts
    const { partition, tenure, waitingSince } = consumer
    const now = clock.now()
    const isQuiet = waitingSince !== null && now - waitingSince >= limits.quietMaxMs
    if (!isQuiet || (tenure === null && !silent.includes(partition)))
      return void this.#wokenAt.delete(partition)
    if (tenure !== null) this.wake(partition)
    if (now - (this.#wokenAt.get(partition) ?? now) < limits.wakeUpMaxMs) return
    this.#wokenAt.delete(partition)
    log.warn({ partition }, 'a wake-up got to nobody: subscribing anew')
    await consumer.resign()
  }
}
