// What a machine does now, to everybody who watches it: read once a second while anybody does, written down once, sent to
// all. Twenty open pages cost what one costs.

import { limits } from '../engine/limits.ts'
import { type LiveFigures, liveFigures } from '../engine/live-tally.ts'
import type { StateCount } from '../engine/ports.ts'
import type { MachineName } from '../machines/registry.ts'
import { type EventStream, formatEvent } from './event-streams.ts'
import type { HttpParts } from './parts.ts'
import { rfc3339, rfc3339OrNull } from './schemas.ts'

export type LiveParts = Pick<HttpParts, 'tallies' | 'replica' | 'partitions' | 'clock' | 'log'>

export class LiveAudience {
  readonly #parts: LiveParts
  readonly #streams = new Map<MachineName, Set<EventStream>>()

  constructor(parts: LiveParts) {
    this.#parts = parts
  }

  async read(name: MachineName) {
    const { tallies, partitions, clock } = this.#parts
    const [told, states] = await Promise.all([tallies.read(), this.#states(name)])
    return showLive(liveFigures(name, told, { now: clock.now(), partitions, states }))
  }

  join(name: MachineName, stream: EventStream): void {
    const streams = this.#streams.get(name) ?? new Set()
    this.#streams.set(name, streams.add(stream))
    if (streams.size === 1) void this.#broadcast(name, streams)
    stream.onEnd(() => {
      streams.delete(stream)
      if (streams.size === 0 && this.#streams.get(name) === streams) this.#streams.delete(name)
    })
  }

  /** Shows are few, and their states are counted where they stand. */
  async #states(name: MachineName): Promise<readonly StateCount[]> {
    return name === 'show' ? (await this.#parts.replica.lookUps(null)).countShows() : []
  }

  async #broadcast(name: MachineName, streams: ReadonlySet<EventStream>): Promise<void> {
    const { clock, log } = this.#parts
    while (this.#streams.get(name) === streams) {
      try {
        const text = formatEvent({ event: 'live', data: await this.read(name) })
        for (const stream of streams) stream.write(text)
      } catch (error) {
        log.warn({ machine: name, err: error }, 'nobody was told what the machine does; again in a moment')
      }
      await clock.sleep(limits.tallyIntervalMs)
    }
  }
}

const showLive = ({ at, since, versions, ...figures }: LiveFigures) => ({
  ...{ at: rfc3339(at), since: rfc3339OrNull(since), ...figures },
  versions: versions.map(({ version, states, flows }) => ({
    version,
    states: [...states],
    flows: [...flows],
  })),
})
