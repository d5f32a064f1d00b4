// The rooms of the simulated fast store: what the embedded adapter keeps in a file, in memory.
import type { Room, RoomTable } from '../../adapters/tokens/embedded-rooms.ts'
import { spreadAtFirst } from '../../engine/forecast.ts'
import type { NumberRange } from '../../engine/waiting-room-ports.ts'

interface Kept {
  readonly room: Room
  readonly policyVersion: number
  readonly keepUntil: number
  /** Numbers to issue, the lowest first. */
  readonly ranges: NumberRange[]
  /** Numbers that were given up, in that order. */
  readonly gone: number[]
}

export type KeptRooms = Map<string, Kept>

/** @param kept can be copied and put back */
export function roomTableOf(kept: KeptRooms): RoomTable {
  const change = (showId: string, changed: (room: Room) => Partial<Room>): void => {
    const known = kept.get(showId)
    if (known) kept.set(showId, { ...known, room: { ...known.room, ...changed(known.room) } })
  }

  return {
    find: (showId) => kept.get(showId)?.room,

    put({ showId, opening, times, settledAt, now }) {
      const { range, serving, generation, policy, drawnThrough } = opening
      const { opensAt, keepUntil } = times
      const before = kept.get(showId)?.room
      const room: Room = {
        generation,
        settledAt,
        opensAt,
        estimateSpread: spreadAtFirst,
        gone: 0,
        incarnation: range.from,
        issued: range.from - 1,
        isPaused: Number(policy.isPaused),
        serving: Math.max(serving, before?.serving ?? 0),
        admittedPerSecond: before?.admittedPerSecond ?? policy.ratePerSecond,
        hasOpened: Number(opening.hasOpened),
        lottery: drawnThrough !== null ? 'drawn' : policy.isLottery ? 'due' : 'none',
        crowdThrough: drawnThrough ?? (now >= opensAt ? range.from - 1 : null),
      }
      kept.set(showId, { room, policyVersion: policy.version, keepUntil, ranges: [], gone: [] })
      return room
    },

    extend(showId, { issued }, range) {
      const ranges = kept.get(showId)?.ranges ?? []
      if (range.from <= issued || ranges.some(({ from }) => from === range.from)) return
      ranges.push(range)
      ranges.sort((a, b) => a.from - b.from)
    },

    issue(showId, { issued }) {
      const ranges = kept.get(showId)?.ranges ?? []
      const [range] = ranges
      if (range === undefined) return null
      const number = Math.max(issued + 1, range.from)
      change(showId, () => ({ issued: number }))
      if (number === range.through) ranges.shift()
      return number
    },

    giveUp(showId, number) {
      const count = kept.get(showId)?.gone.push(number) ?? 0
      change(showId, () => ({ gone: count }))
      return count
    },

    goneFrom: (showId, from) => kept.get(showId)?.gone.slice(from) ?? [],

    setOpened: (showId) => change(showId, () => ({ hasOpened: 1 })),

    setLeader: (showId, generation) => change(showId, () => ({ generation })),

    move: (showId, serving, admittedPerSecond, estimateSpread) =>
      change(showId, (room) => ({
        admittedPerSecond,
        estimateSpread,
        serving: Math.max(room.serving, serving),
      })),

    setPolicy(showId, { version, isPaused, isLottery }) {
      const known = kept.get(showId)
      if (!known || known.policyVersion >= version) return
      const { lottery } = known.room
      const isUndecided = lottery === 'none' || lottery === 'due'
      const room: Room = {
        ...known.room,
        isPaused: Number(isPaused),
        lottery: !isUndecided ? lottery : isLottery ? 'due' : 'none',
      }
      kept.set(showId, { ...known, room, policyVersion: version })
    },

    closeCrowd(showId) {
      change(showId, ({ crowdThrough, issued }) => ({ crowdThrough: crowdThrough ?? issued }))
      return kept.get(showId)?.room.crowdThrough ?? 0
    },

    beginDealing: (showId, through) =>
      change(showId, ({ lottery }) =>
        lottery === 'due' ? { lottery: 'dealing', crowdThrough: through } : {},
      ),

    endDealing: (showId) =>
      change(showId, ({ lottery }) => (lottery === 'dealing' ? { lottery: 'drawn' } : {})),

    forget(now) {
      const shows = [...kept].flatMap(([showId, { keepUntil }]) => (keepUntil <= now ? [showId] : []))
      for (const showId of shows) kept.delete(showId)
      return shows
    },
  }
}
