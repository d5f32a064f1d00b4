// Brings a show's seat projection back where it was left behind: the owner died between a commit and what follows it,
// or the fast store was emptied or came back older. A show whose seats go on moving mends itself with the next change; one
// whose seats stand still is compared with the master once after anything was decided about it, and now and then besides.
import type { Consumer } from './consumer.ts'
import { limits } from './limits.ts'
import type { Clock, Decisions, Log, SeatProjection } from './ports.ts'

export interface ProjectionKeeperParts {
  readonly decisions: Pick<Decisions, 'seatMap' | 'standings'>
  readonly projection: Pick<SeatProjection, 'apply' | 'replace'>
  readonly clock: Clock
  readonly log: Log
}

interface Look {
  readonly seatsRevision: number
  /** The journal position up to which nothing was left behind; null while that is not known. */
  readonly comparedAt: number | null
  /** ms since the epoch */
  readonly lookedAt: number
}

type Owned = Pick<Consumer, 'partition' | 'tenure'>

export class ProjectionKeeper {
  readonly #parts: ProjectionKeeperParts
  /** Per partition, in the tenure that it was looked at: what happened in another one is not known. */
  readonly #looks = new Map<number, { readonly epoch: number; readonly shows: Map<string, Look> }>()

  constructor(parts: ProjectionKeeperParts) {
    this.#parts = parts
  }

  async run(consumers: readonly Owned[], signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      for (const consumer of consumers) {
        try {
          await this.#lookAfter(consumer)
        } catch (error) {
          log.warn(
            { partition: consumer.partition, error },
            'the projections were not compared; again in a moment',
          )
        }
      }
      await clock.sleep(limits.sweepIntervalMs, signal)
    }
  }

  async #lookAfter({ partition, tenure }: Owned): Promise<void> {
    if (tenure === null) return
    const { epoch } = tenure
    const known = this.#looks.get(partition)
    const looks = known?.epoch === epoch ? known : { epoch, shows: new Map<string, Look>() }
    this.#looks.set(partition, looks)
    const { clock, decisions } = this.#parts
    const now = clock.now()
    for (const { showId, position, seatsRevision } of await decisions.standings(partition)) {
      const before = looks.shows.get(showId)
      if (before?.comparedAt === position && now - before.lookedAt < limits.projectionTrustedMs) continue
      const standsStill = before === undefined || before.seatsRevision === seatsRevision
      if (standsStill) await this.#compare(showId, seatsRevision)
      const comparedAt = standsStill ? position : null
      looks.shows.set(showId, { seatsRevision, comparedAt, lookedAt: now })
    }
  }

  async #compare(showId: string, seatsRevision: number): Promise<void> {
    const { decisions, projection } = this.#parts
    if ((await projection.apply(showId, seatsRevision, seatsRevision, [])) !== 'gap') return
    const map = await decisions.seatMap(showId)
    if (map) await projection.replace(showId, map)
  }
}
