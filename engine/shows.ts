// A show as the engine needs it while deciding: its rules, the price of each seat, and the index of its plan.
// Shows and plans do not change once they exist, so they are read once.
import { indexPlan, type PlanIndex } from './best-available.ts'
import { limits } from './limits.ts'
import type { Catalogue, Show } from './ports.ts'
import { type PlanSeat, parseSeatingPlan, type SeatingPlan } from './seating-plan.ts'

export interface ShowPlan {
  readonly show: Show
  readonly plan: SeatingPlan
  readonly index: PlanIndex
  readonly seats: ReadonlyMap<string, PlanSeat>
  /** Minor units; undefined for a seat that is not in the plan. */
  priceOf(seatId: string): number | undefined
}

export class Shows {
  readonly #catalogue: Catalogue
  readonly #loading = new Map<string, Promise<ShowPlan | null>>()

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** Null where there is no such show. */
  async find(showId: string): Promise<ShowPlan | null> {
    const known = this.#loading.get(showId)
    if (known) return known
    const loading = this.#load(showId)
    this.#loading.set(showId, loading)
    try {
      const found = await loading
      if (found === null) this.#loading.delete(showId)
      else this.#forgetOldest()
      return found
    } catch (error) {
      this.#loading.delete(showId)
      throw error
    }
  }

  async #load(showId: string): Promise<ShowPlan | null> {
    const show = await this.#catalogue.show(showId)
    if (show === null) return null
    const plan = parseSeatingPlan(await this.#catalogue.plan(show.venueId))
    const seats = new Map(plan.seats.map((seat) => [seat.id, seat]))
    const priceOf = (seatId: string) => {
      const seat = seats.get(seatId)
      return seat === undefined ? undefined : show.prices[seat.category]
    }
    return { show, plan, index: indexPlan(plan), seats, priceOf }
  }

  #forgetOldest(): void {
    const [oldest] = this.#loading.keys()
    if (this.#loading.size > limits.plansCachedMax && oldest !== undefined) this.#loading.delete(oldest)
  }
}
