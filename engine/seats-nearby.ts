// What somebody may take instead: free seats near to those that were wished for. A suggestion, from what is known at the
// door; it promises nothing. Of a crowd that wants the same seats each one is told, so what is near is found once.
import { limits } from './limits.ts'
import type { SeatMap } from './ports.ts'
import type { PlanSeat, Point } from './seating-plan.ts'
import type { ShowPlan } from './shows.ts'

/** More than are shown, for those that somebody is about to get. */
const candidatesMax = 8 * limits.seatsNearbyMax
/** Wishes whose neighbourhood is remembered while the seats stand still. */
const wishesRememberedMax = 1_000

const remembered = new WeakMap<SeatMap['taken'], Map<string, readonly PlanSeat[]>>()
const seatsBySection = new WeakMap<ShowPlan, ReadonlyMap<string, readonly PlanSeat[]>>()

/**
 * Nearest first, in the sections of the wished seats, or anywhere if nothing is free there. Who wished for no seat in
 * particular is shown those nearest to the stage.
 * @param taken seats that are not free, of one moment: not changed any more
 * @param isClaimed whether somebody is about to get it
 */
export function seatsNearby(
  plan: ShowPlan,
  wishedIds: readonly string[],
  taken: SeatMap['taken'],
  isClaimed: (seatId: string) => boolean,
): readonly PlanSeat[] {
  const near = rememberedNearby(plan, wishedIds, taken)
  const free = near.filter(({ id }) => !isClaimed(id))
  const hasEnough = free.length >= limits.seatsNearbyMax || (near.length < candidatesMax && free.length > 0)
  if (hasEnough || near.length === 0) return free.slice(0, limits.seatsNearbyMax)
  const others = nearby(plan, wishedIds, (id) => !taken.has(id) && !isClaimed(id))
  return others.slice(0, limits.seatsNearbyMax)
}

function rememberedNearby(
  plan: ShowPlan,
  wishedIds: readonly string[],
  taken: SeatMap['taken'],
): readonly PlanSeat[] {
  const ofMap = remembered.get(taken) ?? new Map<string, readonly PlanSeat[]>()
  remembered.set(taken, ofMap)
  const wish = wishedIds.join(' ')
  const known = ofMap.get(wish)
  if (known) return known
  const found = nearby(plan, wishedIds, (id) => !taken.has(id))
  if (ofMap.size < wishesRememberedMax) ofMap.set(wish, found)
  return found
}

function nearby(
  show: ShowPlan,
  wishedIds: readonly string[],
  isFree: (seatId: string) => boolean,
): readonly PlanSeat[] {
  const { plan, seats } = show
  const wished = wishedIds.map((id) => seats.get(id)).filter((seat) => seat !== undefined)
  const sections = [...new Set(wished.map(({ section }) => section))]
  const places = wished.length > 0 ? wished : [plan.focus]
  const ids = new Set(wishedIds)
  const isOffered = ({ id }: PlanSeat) => !ids.has(id) && isFree(id)

  const inSections = sections.flatMap((section) => seatsOf(show, section).filter(isOffered))
  const candidates = inSections.length > 0 ? inSections : plan.seats.filter(isOffered)
  return nearest(candidates, places, candidatesMax)
}

function seatsOf(show: ShowPlan, section: string): readonly PlanSeat[] {
  const known = seatsBySection.get(show) ?? Map.groupBy(show.plan.seats, (seat) => seat.section)
  seatsBySection.set(show, known)
  return known.get(section) ?? []
}

function nearest(candidates: readonly PlanSeat[], places: readonly Point[], count: number): PlanSeat[] {
  return candidates
    .map((seat) => ({ seat, distance: Math.min(...places.map((place) => squaredDistance(seat, place))) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ seat }) => seat)
}

const squaredDistance = (a: Point, b: Point): number => (a.x - b.x) ** 2 + (a.y - b.y) ** 2
