// What a machine does now, to everybody who watches it: read once a second while anybody does, written down once, sent to
// all in one piece, and with it who is overdue whenever that has changed. Twenty open pages cost little more than one.

import { limits } from '../engine/limits.ts'
import { type LiveFigures, liveFigures } from '../engine/live-tally.ts'
import type { StateCount } from '../engine/ports.ts'
import type { MachineName } from '../machines/registry.ts'
import { type EventStream, formatEvent } from './event-streams.ts'
import type { OverdueWatch } from './overdue-watch.ts'
import type { HttpParts } from './parts.ts'
import { rfc3339, rfc3339OrNull } from './schemas.ts'

export type LiveParts = Pick<HttpParts, 'tallies' | 'replica' | 'partitions' | 'clock' | 'log'>

interface Audience {
  readonly streams: Set<EventStream>
  /** What they were told last of who is overdue. */
  overdue: string | null
}

export class LiveAudience {
  readonly #parts: LiveParts
  readonly #overdue: Pick<OverdueWatch, 'event'>
  readonly #audiences = new Map<MachineName, Audience>()

  constructor(parts: LiveParts, overdue: Pick<OverdueWatch, 'event'>) {
    this.#parts = parts
    this.#overdue = overdue
  }

  async read(name: MachineName) {
    const { tallies, partitions, clock } = this.#parts
    const [told, states] = await Promise.all([tallies.read(), this.#states(name)])
    return showLive(liveFigures(name, told, { now: clock.now(), partitions, states }))
  }

  join(name: MachineName, stream: EventStream): void {
    const audience = this.#audiences.get(name) ?? { streams: new Set(), overdue: null }
    this.#audiences.set(name, audience)
    audience.streams.add(stream)
    if (audience.streams.size === 1) void this.#broadcast(name, audience)
    else if (audience.overdue !== null) stream.write(audience.overdue)
    stream.onEnd(() => {
      audience.streams.delete(stream)
      if (audience.streams.size === 0 && this.#audiences.get(name) === audience) this.#audiences.delete(name)
    })
  }

  /** Shows are few, and their states are counted where they stand. */
  async #states(name: MachineName): Promise<readonly StateCount[]> {
    return name === 'show' ? (await this.#parts.replica.lookUps(null)).countShows() : []
  }

  async #broadcast(name: MachineName, audience: Audience): Promise<void> {
    const { clock, log } = this.#parts
    while (this.#audiences.get(name) === audience) {
      try {
        const live = formatEvent({ event: 'live', data: await this.read(name) })
        const overdue = this.#overdue.event()
        const text = overdue === null || overdue === audience.overdue ? live : live + overdue
        audience.overdue = overdue
        for (const stream of audience.streams) stream.write(text)
      } catch (error) {
        log.warn({ machine: name, err: error }, 'nobody was told what the machine does; again in a moment')
      }
      await clock.sleep(limits.tallyIntervalMs)
    }
  }
}

const showLive = ({ at, since, versions, ...figures }: LiveFigures) => ({
  at: rfc3339(at),
  since: rfc3339OrNull(since),
  ...figures,
  versions: versions.map(({ version, states, flows }) => ({
    version,
    states: [...states],
    flows: [...flows],
  })),
})
