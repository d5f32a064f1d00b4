// Best available: which seats somebody gets who only says how many. Pure, and called under lock while a hall sells
// out: it looks only at rows that can still hold something better than what it has, and asks for a seat once.
//
// The promise, in order of weight:
//   1. the seats are neighbours: consecutive in one row, with no aisle between them;
//   2. seats to avoid (live claims of others) are given only when every other group is gone;
//   3. no free seat is newly left without a free neighbour while another group leaves none so;
//   4. the mean distance of the group to the plan's focus is the smallest;
//   5. of equally near groups, the first in plan order.
// What is free is said by `isFree` alone: a seat to avoid is still somebody's free neighbour.
import type { PlanSeat, SeatingPlan } from './seating-plan.ts'

export interface BestAvailable {
  /** How many seats, at least 1. */
  count: number
  /** Only seats of this section; without it, of the whole plan. */
  sectionId?: string
}

/** Asks about a seat by its id, and by its place in `plan.seats` for whoever keeps an array: that is the fastest. */
export type SeatQuestion = (seatId: string, seatIndex: number) => boolean

/** What choosing needs to know of a plan; made once per venue and never changed. */
export interface PlanIndex {
  readonly seatIds: readonly string[]
  readonly seatIndexes: ReadonlyMap<string, number>
  /** Nearest first, by their nearest seats. */
  readonly runs: readonly Run[]
  readonly runsBySection: ReadonlyMap<string, readonly Run[]>
  /** For each seat, the place of its run in `runs`. */
  readonly runOfSeat: Uint32Array
  /** For each seat, the sum of the distances of all seats before it. */
  readonly distanceBefore: Float64Array
}

/** The seats from `start` up to, not including, `end` are neighbours, each of the next. */
interface Stretch {
  readonly start: number
  readonly end: number
}

interface Run extends Stretch {
  /** Its place in `PlanIndex.runs`. */
  readonly order: number
  /** Distance of its nearest seat. */
  readonly nearest: number
}

interface Group {
  readonly start: number
  /** Of all its seats together; groups that are compared have the same count. */
  readonly distance: number
  readonly faults: number
}

/** Between seats that are this many pitches of their row apart there is an aisle. */
const aislePitches = 1.5

/** Distances are whole thousandths: their sums are exact, so groups that mirror each other are equally near. */
const distanceSteps = 1_000

/** A group with a lesser sum of faults wins, however far it is. */
const faultAvoided = 2
const faultSingle = 1

/** What is known of the run with a place in `PlanIndex.runs` before its seats are asked. */
export interface RunBounds {
  /** As many seats as are free, or more. */
  freeAtMost(run: number): number
  /** As far as the nearest free seat is, or less. */
  nearestFree(run: number): number
}

const noBounds: RunBounds = { freeAtMost: () => Number.POSITIVE_INFINITY, nearestFree: () => 0 }

/** Takes some tens of milliseconds for a hall of 50,000 seats: once per venue, not per choice. */
export function indexPlan({ seats, focus }: SeatingPlan): PlanIndex {
  const distances = seats.map((seat) => Math.round(distanceSteps * distanceOf(seat, focus)))
  const distanceBefore = new Float64Array(seats.length + 1)
  distances.forEach((distance, seat) => {
    distanceBefore[seat + 1] = at(distanceBefore, seat) + distance
  })
  const runs = rowsOf(seats)
    .flatMap((row) => runsOf(row, seats))
    .map((run) => ({ ...run, nearest: distances.slice(run.start, run.end).reduce((a, b) => Math.min(a, b)) }))
    .sort((a, b) => a.nearest - b.nearest)
    .map((run, order) => ({ ...run, order }))
  const runOfSeat = new Uint32Array(seats.length)
  for (const run of runs) runOfSeat.fill(run.order, run.start, run.end)
  return {
    seatIds: seats.map((seat) => seat.id),
    seatIndexes: new Map(seats.map((seat, index) => [seat.id, index])),
    runs,
    runOfSeat,
    runsBySection: Map.groupBy(runs, (run) => at(seats, run.start).section),
    distanceBefore,
  }
}

/**
 * The seats, in order along the row, or null if there is no such group.
 * @param isFree what the master says
 * @param isAvoided live claims of other people
 * @param bounds so that of rows that can't hold anything better no seat is asked
 * @throws {RangeError} if the count is not a whole number of at least 1
 */
export function chooseSeats(
  index: PlanIndex,
  { count, sectionId }: BestAvailable,
  isFree: SeatQuestion,
  isAvoided: SeatQuestion = () => false,
  bounds: RunBounds = noBounds,
): string[] | null {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`a group of ${count} seats`)
  const { seatIds, distanceBefore } = index
  const runs = sectionId === undefined ? index.runs : (index.runsBySection.get(sectionId) ?? [])

  let best: Group | null = null
  for (const run of runs) {
    // No group of this run or a later one is nearer than `count` times its nearest seat.
    if (best?.faults === 0 && run.nearest * count > best.distance) break
    if (bounds.freeAtMost(run.order) < count) continue
    if (best?.faults === 0 && bounds.nearestFree(run.order) * count > best.distance) continue
    let start = run.start
    for (let seat = run.start; seat <= run.end; seat++) {
      if (seat < run.end && isFree(at(seatIds, seat), seat)) continue
      best = bestOf({ start, end: seat }, best)
      start = seat + 1
    }
  }
  return best && seatIds.slice(best.start, best.start + count)

  /** The best of `best` and the groups in `free`, free seats between taken ones or the run's ends. */
  function bestOf(free: Stretch, best: Group | null): Group | null {
    for (let start = free.start; start + count <= free.end; start++) {
      const end = start + count
      const distance = at(distanceBefore, end) - at(distanceBefore, start)
      const leavesSingle = start - free.start === 1 || free.end - end === 1
      const group = { start, distance, faults: leavesSingle ? faultSingle : 0 }
      if (best && !isBetter(group, best)) continue
      if (hasAvoided(start, end)) group.faults += faultAvoided
      if (!best || isBetter(group, best)) best = group
    }
    return best
  }

  function hasAvoided(start: number, end: number): boolean {
    for (let seat = start; seat < end; seat++) if (isAvoided(at(seatIds, seat), seat)) return true
    return false
  }
}

/** Which seats of a show are free, how many of each run, and how near; kept current by whoever remembers what is taken of it. */
export class FreeSeats {
  readonly #index: PlanIndex
  readonly #isFree: Uint8Array
  readonly #freeInRun: Uint32Array
  readonly #nearest: Float64Array

  constructor(index: PlanIndex, taken: Iterable<string>) {
    this.#index = index
    this.#isFree = new Uint8Array(index.seatIds.length).fill(1)
    this.#freeInRun = Uint32Array.from(index.runs, ({ start, end }) => end - start)
    this.#nearest = Float64Array.from(index.runs, ({ nearest }) => nearest)
    for (const seatId of taken) this.mark(seatId, false)
  }

  /** @param seat its place in `plan.seats` */
  has(seat: number): boolean {
    return this.#isFree[seat] === 1
  }

  /** @param run its place in `PlanIndex.runs` */
  count(run: number): number {
    return at(this.#freeInRun, run)
  }

  /** @param released how many seats were given back since, wherever: what is not marked yet counts as near and free */
  bounds(released: number): RunBounds {
    return {
      freeAtMost: (run) => this.count(run) + released,
      nearestFree: (run) => (released === 0 ? at(this.#nearest, run) : at(this.#index.runs, run).nearest),
    }
  }

  /** A seat that the plan does not have changes nothing. */
  mark(seatId: string, isFree: boolean): void {
    const seat = this.#index.seatIndexes.get(seatId)
    if (seat === undefined || this.has(seat) === isFree) return
    this.#isFree[seat] = isFree ? 1 : 0
    const run = at(this.#index.runOfSeat, seat)
    this.#freeInRun[run] = at(this.#freeInRun, run) + (isFree ? 1 : -1)
    const distance = distanceAt(this.#index, seat)
    const nearest = at(this.#nearest, run)
    if (isFree) this.#nearest[run] = Math.min(nearest, distance)
    else if (distance <= nearest) this.#nearest[run] = this.#nearestIn(at(this.#index.runs, run))
  }

  #nearestIn({ start, end }: Run): number {
    let nearest = Number.POSITIVE_INFINITY
    for (let seat = start; seat < end; seat++)
      if (this.has(seat)) nearest = Math.min(nearest, distanceAt(this.#index, seat))
    return nearest
  }
}

function isBetter(a: Group, b: Group): boolean {
  if (a.faults !== b.faults) return a.faults < b.faults
  if (a.distance !== b.distance) return a.distance < b.distance
  return a.start < b.start
}

/** Seats that follow each other in the plan and carry the same section and row. */
function rowsOf(seats: readonly PlanSeat[]): Stretch[] {
  return split({ start: 0, end: seats.length }, (seat) => {
    const [a, b] = [at(seats, seat - 1), at(seats, seat)]
    return a.section !== b.section || a.row !== b.row
  })
}

function runsOf(row: Stretch, seats: readonly PlanSeat[]): Stretch[] {
  const gapBefore = (seat: number) => distanceOf(at(seats, seat), at(seats, seat - 1))
  const gaps: number[] = []
  for (let seat = row.start + 1; seat < row.end; seat++) gaps.push(gapBefore(seat))
  gaps.sort((a, b) => a - b)
  // The row's pitch is the median; of an even number the lesser one, since aisles only make gaps larger.
  const pitch = gaps[Math.floor((gaps.length - 1) / 2)] ?? 0
  // Places of a standing section may all be drawn on one spot: at no distance there is no aisle.
  return split(row, (seat) => gapBefore(seat) > 0 && gapBefore(seat) >= aislePitches * pitch)
}

function split({ start, end }: Stretch, isBreakBefore: (seat: number) => boolean): Stretch[] {
  const parts: Stretch[] = []
  let partStart = start
  for (let seat = start + 1; seat <= end; seat++) {
    if (seat < end && !isBreakBefore(seat)) continue
    parts.push({ start: partStart, end: seat })
    partStart = seat
  }
  return parts
}

const distanceAt = ({ distanceBefore }: PlanIndex, seat: number): number =>
  at(distanceBefore, seat + 1) - at(distanceBefore, seat)

const distanceOf = (a: { x: number; y: number }, b: { x: number; y: number }): number =>
  Math.hypot(a.x - b.x, a.y - b.y)

/** An element that is known to be there. */
const at = <T>(list: ArrayLike<T>, index: number): T => list[index] as T
