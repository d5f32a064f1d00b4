// What was drawn, by number: computed once from the seed that the master has given out, and kept while it is asked for.

import { drawLots, type Lots } from './draw.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import type { Clock } from './ports.ts'
import type { WaitingRoomLedger } from './waiting-room-ports.ts'

export class DrawnLots {
  readonly #ledger: Pick<WaitingRoomLedger, 'draw'>
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #drawing = new Map<string, Promise<Lots>>()

  constructor(ledger: Pick<WaitingRoomLedger, 'draw'>, clock: Pick<Clock, 'sleep'>) {
    this.#ledger = ledger
    this.#clock = clock
  }

  /** `lots[number]` for each number of the crowd; only once it has been drawn. */
  async of(showId: string): Promise<Lots> {
    const known = this.#drawing.get(showId)
    if (known) return known
    const drawing = this.#draw(showId)
    this.#drawing.set(showId, drawing)
    drawing.catch(() => this.#drawing.delete(showId))
    const [oldest] = this.#drawing.keys()
    if (this.#drawing.size > limits.drawsCachedMax && oldest !== undefined) this.#drawing.delete(oldest)
    return drawing
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
