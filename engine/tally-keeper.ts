// Counts the decisions of the partitions that this server owns, and tells the counts once a second, so that any server
// can show the whole. It stands beside the way of a request: a tally that is wrong or missing hinders nobody.
import type { Consumer } from './consumer.ts'
import type { Handled, Tenure } from './handle.ts'
import { limits } from './limits.ts'
import type { Backlog, Clock, Log, PartitionTally, Replica, Tallies } from './ports.ts'
import { Tally } from './tally.ts'
import { within } from './within.ts'

export interface TallyKeeperParts {
  readonly tallies: Pick<Tallies, 'tell'>
  readonly backlog: Backlog
  readonly replica: Pick<Replica, 'commitPoint' | 'lookUps'>
  readonly clock: Clock
  readonly log: Log
}

type Owned = Pick<Consumer, 'partition' | 'tenure'>

export class TallyKeeper {
  readonly #parts: TallyKeeperParts
  readonly #tallies = new Map<number, Tally>()
  #counting: Promise<void> = Promise.resolve()
  #isCounting = false

  constructor(parts: TallyKeeperParts) {
    this.#parts = parts
  }

  /** Called after each commit, in order. */
  decided(tenure: Tenure, handled: readonly Handled[]): void {
    const tally = this.#tallyOf(tenure)
    for (const { entries } of handled) tally.count(entries)
  }

  /** A batch was rolled back, and is tried again. */
  retried(tenure: Tenure): void {
    this.#tallyOf(tenure).retried()
  }

  async run(consumers: readonly Owned[], signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await this.#tell(consumers)
      } catch (error) {
        log.warn({ error }, 'what was counted was not told; again in a moment')
      }
      await clock.sleep(limits.tallyIntervalMs, signal)
    }
    await this.#counting
  }

  #tallyOf(tenure: Tenure): Tally {
    const known = this.#tallies.get(tenure.partition)
    if (known?.tenure.epoch === tenure.epoch) return known
    const tally = new Tally(tenure, this.#parts.clock.now())
    this.#tallies.set(tenure.partition, tally)
    return tally
  }

  async #tell(consumers: readonly Owned[]): Promise<void> {
    const { clock, tallies } = this.#parts
    const told = consumers.map(async ({ partition, tenure }) => {
      if (tenure === null) {
        this.#tallies.delete(partition)
        return []
      }
      const waiting = await this.#waiting(partition)
      return [this.#tallyOf(tenure).read(clock.now(), waiting)]
    })
    if (!this.#isCounting) this.#counting = this.#countWhatWasThere()
    const all: PartitionTally[] = (await Promise.all(told)).flat()
    if (all.length > 0) await tallies.tell(all)
  }

  /** Null where the broker does not say in time. */
  #waiting(partition: number): Promise<number | null> {
    const { backlog, clock } = this.#parts
    const asked = backlog.waiting(partition).catch(() => null)
    return within(clock, limits.tallyIntervalMs / 2, asked, null)
  }

  /** Beside the telling, one partition after the other: a count takes longer the more reservations there are. */
  async #countWhatWasThere(): Promise<void> {
    const { replica, log } = this.#parts
    this.#isCounting = true
    for (const tally of this.#tallies.values()) {
      if (tally.isWhole) continue
      const { partition } = tally.tenure
      try {
        // All that was decided before the tally began is committed, and so part of what is counted.
        const lookUps = await replica.lookUps(await replica.commitPoint())
        tally.begin(await lookUps.countReservations(partition))
      } catch (error) {
        log.warn({ partition, error }, 'the reservations could not be counted; again in a moment')
      }
    }
    this.#isCounting = false
  }
}
