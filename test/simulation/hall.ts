// A small hall and its shows: few seats, short holds, so that everybody wants the same ones within seconds.
import type { ScheduledShow } from '../../engine/ports.ts'
import { beginning } from './process-clock.ts'
import type { Random } from './random.ts'

export interface Hall {
  readonly plan: unknown
  readonly seatIds: readonly string[]
  readonly sections: readonly string[]
}

const sections = ['left', 'middle', 'right']
const rowsPerSection = 4

export function makeHall(random: Random): Hall {
  const seatsPerRow = random.whole(6, 10)
  const seatIds: string[] = []
  const zones = sections.map((section, place) => ({
    name: section,
    zone_id: section,
    position: { x: place * 200, y: 0 },
    rows: Array.from({ length: rowsPerSection }, (_, row) => ({
      row_number: String(row + 1),
      position: { x: 0, y: row * 20 },
      seats: Array.from({ length: seatsPerRow }, (_, seat) => {
        const id = `${section}-${row + 1}-${seat + 1}`
        seatIds.push(id)
        return {
          seat_guid: id,
          seat_number: String(seat + 1),
          category: row === 0 ? 'front' : 'back',
          position: { x: seat * 15, y: 0 },
        }
      }),
    })),
  }))
  const categories = [{ name: 'front' }, { name: 'back' }]
  const plan = { name: 'A small hall', size: { width: 600, height: 100 }, categories, zones }
  return { plan, seatIds, sections }
}

/** ms after the beginning. */
export const salesOpenAtMs = 1_000

const nightMs = 3_600_000

interface ShowPlan {
  readonly hasWaitingRoom: boolean
  readonly mayCloseEarly: boolean
}

export function makeShow(id: string, random: Random, plan: ShowPlan): ScheduledShow {
  const { hasWaitingRoom, mayCloseEarly } = plan
  const closesAtMs = random.chance(0.2) ? random.between(10_000, 20_000) : nightMs
  return {
    id,
    concertId: 'concert',
    venueId: 'hall',
    currency: 'EUR',
    startsAt: beginning + 86_400_000,
    opensAt: beginning + salesOpenAtMs,
    closesAt: beginning + Math.round(mayCloseEarly ? closesAtMs : nightMs),
    holdTtlMs: random.whole(2_500, 6_000),
    seatLimit: random.whole(4, 6),
    extensionMs: random.whole(1_000, 3_000),
    extensionsMax: random.whole(0, 2),
    refundableUntil: random.chance(0.5) ? beginning + Math.round(random.between(5_000, 25_000)) : 0,
    hasWaitingRoom,
    prices: { front: 5_000, back: 2_000 },
  }
}
