// Who is overdue, to everybody who watches and everybody who asks: looked up at most once every few seconds, on the replica,
// and written down once.
import type { Static } from 'typebox'
import { findOverdue, type RedrivenSeen } from '../engine/inspect.ts'
import { limits } from '../engine/limits.ts'
import { liveFigures } from '../engine/live-tally.ts'
import type { LookUps } from '../engine/ports.ts'
import { formatEvent } from './event-streams.ts'
import { type OverdueView, showOverdue } from './inspection-views.ts'
import type { HttpParts } from './parts.ts'

export type OverdueParts = Pick<
  HttpParts,
  'tallies' | 'replica' | 'partitions' | 'settings' | 'clock' | 'log'
>

type View = Static<typeof OverdueView>

interface Found {
  readonly at: number
  readonly view: View
  /** As it is streamed. */
  readonly event: string
}

export class OverdueWatch {
  readonly #parts: OverdueParts
  readonly #seen: RedrivenSeen = new Map()
  #looking: Promise<View> | null = null
  #found: Found | null = null

  constructor(parts: OverdueParts) {
    this.#parts = parts
  }

  /** What the last look found, or, where that was a few seconds ago, what the next one finds. */
  async read(): Promise<View> {
    if (this.#found !== null && this.#ageOf(this.#found) < limits.overdueIntervalMs) return this.#found.view
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** A look of one's own. */
  async readFrom(lookUps: LookUps): Promise<View> {
    const { clock, settings } = this.#parts
    const query = {
      waitMaxMs: await this.#waitMaxMs(),
      holdGraceMs: settings.holdGraceMs,
      limit: limits.overdueListMax,
    }
    return showOverdue(await findOverdue(lookUps, query, this.#seen, clock.now()), lookUps.asOf)
  }

  /**
   * The last look as it is streamed: the same text for as long as the same are overdue, null while no look is recent. Has
   * the next look begin when it is time, and doesn't wait for it.
   */
  event(): string | null {
    const { log } = this.#parts
    this.read().catch((error) =>
      log.warn({ err: error }, 'nobody was told who is overdue; again in a moment'),
    )
    return this.#found !== null && this.#ageOf(this.#found) < 2 * limits.overdueIntervalMs
      ? this.#found.event
      : null
  }

  async #look(): Promise<View> {
    const view = await this.readFrom(await this.#parts.replica.lookUps(null))
    const { asOf: _, ...data } = view
    this.#found = { at: this.#parts.clock.now(), view, event: formatEvent({ event: 'overdue', data }) }
    return view
  }

  #ageOf({ at }: Found): number {
    return this.#parts.clock.now() - at
  }

  /** How long 99 of 100 that left lately had been held, by the machine's version; of none that too few left. */
  async #waitMaxMs(): Promise<ReadonlyMap<number, number>> {
    const { clock, partitions, tallies } = this.#parts
    const told = await tallies.read()
    const { versions } = liveFigures('reservation', told, { now: clock.now(), partitions, states: [] })
    return new Map(
      versions.flatMap(({ version, states }) => {
        const p99Ms = states.find(({ state }) => state === 'held')?.dwell?.p99Ms ?? null
        return p99Ms === null ? [] : [[version, p99Ms] as const]
      }),
    )
  }
}
