// What was drawn, by number: computed once from the seed that the master has given out, and kept while it is asked for.

import { drawLots, type Lots } from './draw.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import type { Clock } from './ports.ts'
import { ReadOnce } from './read-once.ts'
import type { WaitingRoomLedger } from './waiting-room-ports.ts'

export class DrawnLots {
  readonly #ledger: Pick<WaitingRoomLedger, 'draw'>
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #drawn = new ReadOnce((showId) => this.#draw(showId), limits.drawsCachedMax)

  constructor(ledger: Pick<WaitingRoomLedger, 'draw'>, clock: Pick<Clock, 'sleep'>) {
    this.#ledger = ledger
    this.#clock = clock
  }

  /** `lots[number]` for each number of the crowd; only once it has been drawn. */
  of(showId: string): Promise<Lots> {
    return this.#drawn.find(showId)
  }

  async lotOf(showId: string, number: number): Promise<number> {
    return (await this.of(showId))[number] ?? number
  }

  async #draw(showId: string): Promise<Lots> {
    const drawn = (await this.#ledger.draw(showId))?.drawn
    assert(drawn, `the crowd of ${showId} has been drawn`)
    return drawLots(drawn.seed, drawn.crowd, () => this.#clock.sleep(0))
  }
}
