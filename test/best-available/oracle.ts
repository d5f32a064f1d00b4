// Enumerates every group of the real hall anew, from the pretix document, in the dullest way.
import { readFileSync } from 'node:fs'
import { type BestAvailable, indexPlan } from '../../engine/best-available.ts'
import { parseSeatingPlan } from '../../engine/seating-plan.ts'

export interface Place {
  id: string
  section: string
  x: number
  y: number
  order: number
  left: Place | null
  right: Place | null
}

const document = JSON.parse(
  readFileSync(new URL('../../data/riethsporthalle.seating-plan.json', import.meta.url), 'utf8'),
)
export const plan = parseSeatingPlan(document)
export const index = indexPlan(plan)
export const places = new Map<string, Place>()
for (const zone of document.zones) {
  for (const row of zone.rows) {
    const seats: Place[] = row.seats.map(
      (seat: { seat_guid: string; position: { x: number; y: number } }) => ({
        id: seat.seat_guid,
        section: zone.zone_id,
        x: zone.position.x + row.position.x + seat.position.x,
        y: zone.position.y + row.position.y + seat.position.y,
        left: null,
        right: null,
      }),
    )
    const gaps = seats.slice(1).map((seat, n) => distance(seat, seats[n] as Place))
    const pitch = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] as number
    for (const [n, seat] of seats.entries()) {
      seat.order = places.size
      places.set(seat.id, seat)
      const next = seats[n + 1]
      if (!next || (gaps[n] as number) >= 1.5 * pitch) continue
      seat.right = next
      next.left = seat
    }
  }
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)
}

export interface Hall {
  taken: ReadonlySet<string>
  avoided: ReadonlySet<string>
}

export interface Candidate {
  ids: string[]
  first: number
  meanDistance: number
  avoided: boolean
  leavesSingle: boolean
}

/** Whether a free seat has no free neighbour. */
const isSingle = (place: Place, taken: ReadonlySet<string>) =>
  !taken.has(place.id) && [place.left, place.right].every((next) => next === null || taken.has(next.id))

export function candidate(group: readonly Place[], { taken, avoided }: Hall): Candidate {
  const ids = group.map((place) => place.id)
  const takenAfter = new Set([...taken, ...ids])
  const around = [group[0]?.left, group.at(-1)?.right].filter((place) => place != null)
  return {
    ids,
    first: group[0]?.order ?? Number.NaN,
    meanDistance: group.reduce((sum, place) => sum + distance(place, plan.focus), 0) / group.length,
    avoided: ids.some((id) => avoided.has(id)),
    leavesSingle: around.some((place) => !isSingle(place, taken) && isSingle(place, takenAfter)),
  }
}

/** Every group of free neighbours that the wish allows. */
export function candidates(wish: BestAvailable, hall: Hall): Candidate[] {
  const found: Candidate[] = []
  for (const first of places.values()) {
    const group: Place[] = []
    for (let place: Place | null = first; place && group.length < wish.count; place = place.right)
      group.push(place)
    if (group.length < wish.count) continue
    if (wish.sectionId !== undefined && first.section !== wish.sectionId) continue
    if (group.some((place) => hall.taken.has(place.id))) continue
    found.push(candidate(group, hall))
  }
  return found
}
