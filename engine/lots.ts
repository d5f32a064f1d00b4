// What was drawn, by number: computed once from the seed that the master has given out, and kept while it is asked for.

import { drawLots, type Lots } from './draw.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import type { Clock } from './ports.ts'
import { ReadOnce } from './read-once.ts'
import type { Draw, WaitingRoomLedger } from './waiting-room-ports.ts'

export class DrawnLots {
  readonly #ledger: Pick<WaitingRoomLedger, 'draw'>
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #draws: ReadOnce<Draw | null>
  readonly #lots = new ReadOnce((showId) => this.#draw(showId), limits.drawsCachedMax)

  constructor(ledger: Pick<WaitingRoomLedger, 'draw'>, clock: Pick<Clock, 'sleep'>) {
    this.#ledger = ledger
    this.#clock = clock
    const isDrawn = (draw: Draw | null) => (draw?.drawn ?? null) !== null
    this.#draws = new ReadOnce((showId) => ledger.draw(showId), limits.drawsCachedMax, isDrawn)
  }

  /** What is known of the draw by now; null where places are not drawn by lot. */
  draw(showId: string): Promise<Draw | null> {
    return this.#draws.find(showId)
  }

  /** `lots[number]` for each number of the crowd; only once it has been drawn. */
  of(showId: string): Promise<Lots> {
    return this.#lots.find(showId)
  }

  async lotOf(showId: string, number: number): Promise<number> {
    return (await this.of(showId))[number] ?? number
  }

  async #draw(showId: string): Promise<Lots> {
    // Not a read that somebody began before the draw.
    const drawn = (await this.#ledger.draw(showId))?.drawn
    assert(drawn, `the crowd of ${showId} has been drawn`)
    return drawLots(drawn.seed, drawn.crowd, () => this.#clock.sleep(0))
  }
}
