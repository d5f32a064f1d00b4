// The places of the simulated fast store: what the embedded adapter keeps in a file, in memory. A line has a hundred
// people, so whoever is sought is looked for among all of them.
import { type Entry, isInLine, isRunning, type PlaceTable } from '../../adapters/tokens/embedded-places.ts'
import type { Turn } from '../../engine/waiting-room-ports.ts'

interface Unclaimed {
  readonly number: number
  readonly userId: string
  readonly endsAt: number
}

interface Kept {
  readonly places: Map<string, Entry>
  readonly unclaimed: Map<string, Unclaimed>
}

export type KeptPlaces = Map<string, Kept>

/** @param kept can be copied and put back */
export function placeTableOf(kept: KeptPlaces): PlaceTable {
  const of = (showId: string): Kept => {
    const known = kept.get(showId)
    if (known) return known
    const made: Kept = { places: new Map(), unclaimed: new Map() }
    kept.set(showId, made)
    return made
  }
  const remove = (showId: string, isGone: (entry: Entry) => boolean): void => {
    const { places } = of(showId)
    for (const [userId, entry] of places) if (isGone(entry)) places.delete(userId)
  }
  const waiting = (showId: string): [string, Entry][] =>
    [...of(showId).places].filter(([, entry]) => isInLine(entry))

  return {
    find: (showId, userId) => of(showId).places.get(userId),

    put(showId, userId, entry) {
      const { places, unclaimed } = of(showId)
      const { state, number, isClaimed, endsAt } = entry
      places.set(userId, entry)
      if (state === 'admitted' && isClaimed === 0 && endsAt !== null)
        unclaimed.set(keyOf(number, userId), { number, userId, endsAt })
      else unclaimed.delete(keyOf(number, userId))
    },

    firstInLine: (showId, through, limit) =>
      limit === 0
        ? []
        : waiting(showId)
            .filter(([, { lot }]) => lot <= through)
            .sort(inOrderOfLots)
            .slice(0, limit)
            .map(turnOf),

    undrawn: (showId, after, through, limit) =>
      waiting(showId)
        .filter(([, { isDrawn, number }]) => isDrawn === 0 && number > after && number <= through)
        .sort(inOrderOfNumbers)
        .slice(0, limit)
        .map(turnOf),

    deal(showId, { userId, number, lot }) {
      const { places } = of(showId)
      const entry = places.get(userId)
      if (entry?.number === number && isInLine(entry) && entry.isDrawn === 0)
        places.set(userId, { ...entry, lot, isDrawn: 1 })
    },

    lapsed: (showId, now, limit) =>
      [...of(showId).unclaimed.values()]
        .filter(({ endsAt }) => endsAt <= now)
        .sort((a, b) => a.endsAt - b.endsAt || a.number - b.number)
        .slice(0, limit)
        .map(({ number }) => number),

    expire(showId, number, now) {
      const { places, unclaimed } = of(showId)
      for (const [key, each] of unclaimed) {
        if (each.number !== number || each.endsAt > now) continue
        unclaimed.delete(key)
        const entry = places.get(each.userId)
        if (entry?.number === number && entry.state === 'admitted')
          places.set(each.userId, { ...entry, state: 'expired' })
      }
    },

    countRunning(showId, now) {
      let count = 0
      for (const entry of of(showId).places.values()) if (isRunning(entry, now)) count++
      return count
    },

    countWaiting: (showId) => waiting(showId).length,

    removePassed(showId, serving) {
      remove(showId, ({ lot, state }) => lot <= serving || (state !== 'waiting' && state !== 'left'))
      of(showId).unclaimed.clear()
    },

    removeUndrawn: (showId, through) =>
      remove(showId, (entry) => isInLine(entry) && entry.isDrawn === 0 && entry.number <= through),

    removeAll: (showId) => void kept.delete(showId),
  }
}

const keyOf = (number: number, userId: string): string => `${number} ${userId}`

const turnOf = ([userId, { number, lot }]: [string, Entry]): Turn => ({ userId, number, lot })

type Waiting = [string, Entry]

const inOrderOfNumbers = ([aUser, a]: Waiting, [bUser, b]: Waiting): number =>
  a.number - b.number || (aUser < bUser ? -1 : 1)

const inOrderOfLots = (a: Waiting, b: Waiting): number =>
  a[1].lot - b[1].lot || a[1].isDrawn - b[1].isDrawn || inOrderOfNumbers(a, b)
