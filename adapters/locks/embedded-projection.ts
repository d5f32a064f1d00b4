// Each show's seats in memory, as last decided. A restart begins without them: the engine sets what is missing.
import { EventEmitter } from 'node:events'
import type { SeatChange, SeatMap, SeatProjection, TakenSeat } from '../../engine/ports.ts'

type Watcher = Parameters<SeatProjection['watch']>[1]
type Change = Parameters<Watcher>[0]

interface KeptMap {
  revision: number
  taken: Map<string, TakenSeat>
  /** A reader has it: the next change goes to a copy. */
  isShared: boolean
}

export class EmbeddedProjection implements SeatProjection {
  readonly #maps = new Map<string, KeptMap>()
  readonly #watchers = new EventEmitter().setMaxListeners(0)

  async read(showId: string): Promise<SeatMap | null> {
    const map = this.#maps.get(showId)
    if (map === undefined) return null
    map.isShared = true
    return { revision: map.revision, taken: map.taken }
  }

  /** For the look at the door, which is one synchronous step in this process. */
  takenSeat(showId: string, seatId: string): TakenSeat | null {
    return this.#maps.get(showId)?.taken.get(seatId) ?? null
  }

  async apply(
    showId: string,
    from: number,
    to: number,
    changes: readonly SeatChange[],
  ): Promise<'applied' | 'stale' | 'gap'> {
    const map = this.#maps.get(showId)
    if (map !== undefined && map.revision >= to) return 'stale'
    if (map?.revision !== from) {
      this.#maps.delete(showId)
      return 'gap'
    }
    const seats = map.isShared ? new Map(map.taken) : map.taken
    for (const { seatId, taken } of changes) {
      if (taken === null) seats.delete(seatId)
      else seats.set(seatId, taken)
    }
    this.#maps.set(showId, { revision: to, taken: seats, isShared: false })
    this.#tell(showId, { from, to, changes })
    return 'applied'
  }

  async replace(showId: string, { revision, taken }: SeatMap): Promise<void> {
    if ((this.#maps.get(showId)?.revision ?? 0) > revision) return
    this.#maps.set(showId, { revision, taken: new Map(taken), isShared: false })
    this.#tell(showId, { from: revision, to: revision, changes: [] })
  }

  watch(showId: string, seen: Watcher): () => void {
    const topic = topicOf(showId)
    this.#watchers.on(topic, seen)
    return () => this.#watchers.off(topic, seen)
  }

  /** Later than the change itself, so that a watcher that fails does not fail the engine's step. */
  #tell(showId: string, change: Change): void {
    queueMicrotask(() => this.#watchers.emit(topicOf(showId), change))
  }
}

/** An emitter gives the bare name `error` a meaning of its own. */
const topicOf = (showId: string): string => `seats:${showId}`
