// What there is to see and buy at the first start of the embedded mode: one hall, one concert, two shows on sale, the
// second one behind a waiting room.

import plan from '../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import type { Administration, Catalogue } from '../engine/ports.ts'
import { parseSeatingPlan } from '../engine/seating-plan.ts'

export interface DemoRules {
  readonly currency: string
  readonly holdTtlMs: number
  readonly seatLimit: number
}

const venueId = 'riethsporthalle'
export const demoConcert = {
  id: 'demo',
  name: 'Holdfast live',
  description: 'Two evenings to try everything out with.',
}
export const demoVenue = { id: venueId, name: plan.name, plan }
const dayMs = 24 * 3_600_000

/** So far ahead that the demo is on sale whenever it is tried. */
const firstEvening = Date.parse('2099-12-30T19:00:00+09:00')

/** What is there already stays as it is. */
export async function seedDemoConcert(
  { administration, catalogue }: { administration: Administration; catalogue: Catalogue },
  { currency, holdTtlMs, seatLimit }: DemoRules,
): Promise<void> {
  const { seats } = parseSeatingPlan(plan)
  await administration.createVenue({ ...demoVenue, seatCount: seats.length })
  await administration.createConcert(demoConcert)
  for (const evening of [1, 2]) {
    const id = `demo-${evening}`
    if ((await catalogue.show(id)) !== null) continue
    const startsAt = firstEvening + (evening - 1) * dayMs
    await administration.createShow({
      id,
      concertId: demoConcert.id,
      venueId,
      currency,
      holdTtlMs,
      seatLimit,
      startsAt,
      opensAt: 0,
      closesAt: startsAt,
      extensionMs: 120_000,
      extensionsMax: 2,
      refundableUntil: startsAt - dayMs,
      hasWaitingRoom: evening === 2,
      prices: { VIP: 154_000, 'Kategorie I': 110_000, 'Kategorie II': 88_000 },
    })
  }
}
