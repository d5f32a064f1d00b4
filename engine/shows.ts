// A show as the engine needs it while deciding: its rules, the price of each seat, and the index of its plan.
// Shows and plans do not change once they exist, so they are read once; a hall's plan is shared by all shows in it.
import { indexPlan, type PlanIndex } from './best-available.ts'
import { limits } from './limits.ts'
import type { Catalogue, Show } from './ports.ts'
import { ReadOnce } from './read-once.ts'
import { type PlanSeat, parseSeatingPlan, type SeatingPlan } from './seating-plan.ts'

interface Hall {
  readonly plan: SeatingPlan
  readonly index: PlanIndex
  readonly seats: ReadonlyMap<string, PlanSeat>
}

export interface ShowPlan extends Hall {
  readonly show: Show
  /** Minor units; undefined for a seat that is not in the plan. */
  priceOf(seatId: string): number | undefined
}

export class Shows {
  readonly #catalogue: Catalogue
  readonly #shows = new ReadOnce((showId) => this.#readShow(showId), limits.plansCachedMax)
  readonly #halls = new ReadOnce((venueId) => this.#readHall(venueId), limits.plansCachedMax)

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** Null where there is no such show. */
  find(showId: string): Promise<ShowPlan | null> {
    return this.#shows.find(showId)
  }

  async #readShow(showId: string): Promise<ShowPlan | null> {
    const show = await this.#catalogue.show(showId)
    if (show === null) return null
    const hall = await this.#halls.find(show.venueId)
    const priceOf = (seatId: string) => {
      const seat = hall.seats.get(seatId)
      return seat === undefined ? undefined : show.prices[seat.category]
    }
    return { show, ...hall, priceOf }
  }

  async #readHall(venueId: string): Promise<Hall> {
    const plan = parseSeatingPlan(await this.#catalogue.plan(venueId))
    return { plan, index: indexPlan(plan), seats: new Map(plan.seats.map((seat) => [seat.id, seat])) }
  }
}
