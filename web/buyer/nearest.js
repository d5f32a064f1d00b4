// Which seat is next: in a direction, or to another seat. Seats have places, and their rows need not be straight.

/** How far ahead, how far aside, and how much worse aside is: in a row one stays, and to another one it may be some way. */
const directions = {
  ArrowLeft: { along: ({ x, y }) => [-x, y], detour: 3 },
  ArrowRight: { along: ({ x, y }) => [x, y], detour: 3 },
  ArrowUp: { along: ({ x, y }) => [-y, x], detour: 0.6 },
  ArrowDown: { along: ({ x, y }) => [y, x], detour: 0.6 },
}

const between = (from, to) => ({ x: to.x - from.x, y: to.y - from.y })
const squared = ({ x, y }) => x * x + y * y

/**
 * @param key of the keyboard
 * @returns null where there is none in that direction, undefined where the key names no direction
 */
export function nearestTowards(key, seat, seats) {
  const direction = directions[key]
  if (direction === undefined) return undefined
  let best = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const other of seats) {
    const [ahead, aside] = direction.along(between(seat, other))
    if (ahead <= 0.5) continue
    const cost = ahead + direction.detour * Math.abs(aside)
    if (cost < bestCost) [best, bestCost] = [other, cost]
  }
  return best
}

/** The nearest first. */
export const byDistanceFrom = (seat, seats) =>
  seats.toSorted((a, b) => squared(between(seat, a)) - squared(between(seat, b)))

/** How far a seat is from its neighbour, as a rule: the median of a sample. */
export function pitchOf(seats) {
  const sample = seats.filter((_, index) => index % Math.ceil(seats.length / 60) === 0)
  const distances = sample.map((seat) =>
    Math.min(...seats.filter((other) => other !== seat).map((other) => squared(between(seat, other)))),
  )
  distances.sort((a, b) => a - b)
  const median = Math.sqrt(distances[Math.floor(distances.length / 2)] ?? 0)
  return Number.isFinite(median) && median > 0 ? median : 25
}
