// Whether an entry's facts were so: the seats that it saw free or taken, the buyer's seats, and the show's rules, as the
// entries before it have left them. A forged fact is found although the machine decided rightly on it.
import type { JournalEntry } from '../engine/journal.ts'
import type { ArchivedShow, Show } from '../engine/ports.ts'
import { parseSeatingPlan } from '../engine/seating-plan.ts'
import type { PricedSeat } from '../machines/reservation.ts'
import type { ShowFold } from './fold.ts'

/** What a show had settled before it was on sale. */
export interface Rules {
  readonly show: Show
  /** Minor units; a seat that is not in the plan has none. */
  readonly prices: ReadonlyMap<string, number | undefined>
}

/** @throws where the stored plan is none */
export const rulesOf = ({ show, venue }: ArchivedShow): Rules => ({
  show,
  prices: new Map(parseSeatingPlan(venue.plan).seats.map(({ id, category }) => [id, show.prices[category]])),
})

/** Null where all facts that can be known were so. */
export function faultOfFacts(
  { event, userId }: JournalEntry,
  fold: ShowFold,
  { show, prices }: Rules,
): string | null {
  if (event.type === 'extend') return faultOfRules(event, show, ['extensionMs', 'extensionsMax'])
  if (event.type === 'cancel') return faultOfRules(event, show, ['refundableUntil'])
  if (event.type !== 'reserve') return null

  const rules = faultOfRules(event, show, ['opensAt', 'closesAt', 'seatLimit', 'holdTtlMs'])
  if (rules !== null) return rules
  if (event.sale !== fold.state) return `the sale was ${fold.state}, not ${event.sale}`
  const seatsOfBuyer = fold.seatsOfUsers.get(userId) ?? 0
  if (event.seatsOfBuyer !== seatsOfBuyer)
    return `the buyer had ${seatsOfBuyer} seats, not ${event.seatsOfBuyer}`
  for (const { id, price } of event.seats as readonly PricedSeat[]) {
    const owner = fold.seats.get(id)?.reservationId
    if (owner !== undefined) return `seat ${id} was not free: it belonged to ${owner}`
    if (prices.get(id) !== price) return `seat ${id} costs ${prices.get(id)}, not ${price}`
  }
  for (const id of event.seatsTaken as readonly string[])
    if (!fold.seats.has(id)) return `seat ${id} was free`
  return null
}

function faultOfRules(
  event: JournalEntry['event'],
  show: Show,
  names: readonly (keyof Show & string)[],
): string | null {
  const wrong = names.find((name) => event[name] !== show[name])
  return wrong === undefined ? null : `${wrong} of the show is ${show[wrong]}, not ${event[wrong]}`
}
