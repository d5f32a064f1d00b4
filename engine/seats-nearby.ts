// What somebody may take instead: free seats near to those that were wished for. A suggestion, from what is known at the
// door; it promises nothing.
import { limits } from './limits.ts'
import type { PlanSeat, Point } from './seating-plan.ts'
import type { ShowPlan } from './shows.ts'

/**
 * Nearest first, in the sections of the wished seats, or anywhere if nothing is free there. Who wished for no seat in
 * particular is shown those nearest to the stage.
 * @param isFree as the projection and the claims have it
 */
export function seatsNearby(
  { plan, seats }: ShowPlan,
  wishedIds: readonly string[],
  isFree: (seatId: string) => boolean,
): PlanSeat[] {
  const wished = wishedIds.map((id) => seats.get(id)).filter((seat) => seat !== undefined)
  const sections = new Set(wished.map(({ section }) => section))
  const places = wished.length > 0 ? wished : [plan.focus]
  const ids = new Set(wishedIds)
  const isOffered = ({ id }: PlanSeat) => !ids.has(id) && isFree(id)

  const inSections = plan.seats.filter((seat) => sections.has(seat.section) && isOffered(seat))
  const candidates = inSections.length > 0 ? inSections : plan.seats.filter(isOffered)
  return nearest(candidates, places, limits.seatsNearbyMax)
}

function nearest(candidates: readonly PlanSeat[], places: readonly Point[], count: number): PlanSeat[] {
  return candidates
    .map((seat) => ({ seat, distance: Math.min(...places.map((place) => squaredDistance(seat, place))) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ seat }) => seat)
}

const squaredDistance = (a: Point, b: Point): number => (a.x - b.x) ** 2 + (a.y - b.y) ** 2
