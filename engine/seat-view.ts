// The seats of a show as anybody may see them: the projection over the plan. What is missing is rebuilt from the master,
// once for all who ask at the same time.
import type { Decisions, SeatMap, SeatProjection } from './ports.ts'

export class SeatView {
  readonly #projection: SeatProjection
  readonly #decisions: Pick<Decisions, 'seatMap'>
  readonly #rebuilding = new Map<string, Promise<SeatMap | null>>()

  constructor(projection: SeatProjection, decisions: Pick<Decisions, 'seatMap'>) {
    this.#projection = projection
    this.#decisions = decisions
  }

  /** Null where there is no such show. */
  async read(showId: string): Promise<SeatMap | null> {
    return (await this.#projection.read(showId)) ?? this.#rebuild(showId)
  }

  #rebuild(showId: string): Promise<SeatMap | null> {
    const running = this.#rebuilding.get(showId)
    if (running) return running
    const rebuilding = this.#load(showId).finally(() => this.#rebuilding.delete(showId))
    this.#rebuilding.set(showId, rebuilding)
    return rebuilding
  }

  async #load(showId: string): Promise<SeatMap | null> {
    const map = await this.#decisions.seatMap(showId)
    if (map) await this.#projection.replace(showId, map)
    return map
  }
}
