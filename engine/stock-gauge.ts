// Looks at the stock of shows whose waiting room follows it, now and then: on the replica, since nothing is decided by it.
import { limits } from './limits.ts'
import type { Clock, Log, Replica } from './ports.ts'
import { type Stock, stockOf } from './stock.ts'

export interface StockGaugeParts {
  readonly replica: Pick<Replica, 'lookUps'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

export class StockGauge {
  readonly #parts: StockGaugeParts
  readonly #seen = new Map<string, { readonly insideMax: number; readonly at: number }>()

  constructor(parts: StockGaugeParts) {
    this.#parts = parts
  }

  /** @throws {HoldfastError} and {Transient} when nobody can be asked */
  async stock(showId: string): Promise<Stock> {
    const lookUps = await this.#parts.replica.lookUps(null)
    const figures = await lookUps.figures(showId)
    if (figures !== null) return stockOf(figures)
    // The replica does not have the show yet, and nobody comes in on a stock that is not known.
    return { freeSeats: 0, heldSeats: 0, unpaidShare: 0, seatsPerHold: 1, insideMax: 0 }
  }

  /** As seen a moment ago; while nobody can be asked, as seen last. */
  async insideMax(showId: string): Promise<number> {
    const { clock, log } = this.#parts
    const now = clock.now()
    const seen = this.#seen.get(showId)
    if (seen && now - seen.at < limits.stockIntervalMs) return seen.insideMax
    try {
      const { insideMax } = await this.stock(showId)
      this.#seen.set(showId, { insideMax, at: now })
      return insideMax
    } catch (error) {
      log.warn({ showId, error }, 'the stock that the waiting room follows is not known; the last one counts')
      return seen?.insideMax ?? 0
    }
  }
}
