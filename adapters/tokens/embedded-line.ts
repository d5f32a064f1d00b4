// What a person does with the embedded store: join the line, come back with a token, leave. Each is called within a
// transaction.
import type { Admission, Turn } from '../../engine/waiting-room-ports.ts'
import {
  begun,
  claimed,
  drawnEntry,
  type Entry,
  isInLine,
  isRunning,
  type PlaceTable,
  placeOf,
  usedUp,
  waitingEntry,
} from './embedded-places.ts'
import { hasLots, isInCrowd, type Room, type RoomTable, viewOf } from './embedded-rooms.ts'

export function embeddedLine(rooms: RoomTable, places: PlaceTable) {
  const seen = (room: Room, entry: Entry, now: number) => ({ place: placeOf(entry, now), room: viewOf(room) })

  const keep = (showId: string, userId: string, room: Room, entry: Entry, now: number) => {
    places.put(showId, userId, entry)
    return seen(room, entry, now)
  }

  /** In the place of what the user had before, with another number. */
  const replace = (
    showId: string,
    userId: string,
    room: Room,
    before: Entry | undefined,
    entry: Entry,
    now: number,
  ) => {
    const isGivenUp = before !== undefined && isInLine(before)
    const gone = isGivenUp ? rooms.giveUp(showId, before.number) : room.gone
    return keep(showId, userId, { ...room, gone }, entry, now)
  }

  /** Whoever looks after a session has claimed it. */
  const turnUp = (showId: string, userId: string, room: Room, entry: Entry, now: number) =>
    isRunning(entry, now) && entry.isClaimed === 0
      ? keep(showId, userId, room, claimed(entry), now)
      : seen(room, entry, now)

  /** In the line, with the lot where the number was drawn. */
  const inLine = (room: Room, { number, lot }: Pick<Turn, 'number' | 'lot'>, usedThrough: number): Entry =>
    isInCrowd(room, number) && hasLots(room)
      ? drawnEntry(number, lot, usedThrough)
      : waitingEntry(number, usedThrough)

  return {
    join(before: Room, showId: string, userId: string, now: number) {
      const isOpen = now >= before.opensAt
      const room = isOpen ? { ...before, crowdThrough: rooms.closeCrowd(showId) } : before
      const entry = places.find(showId, userId)
      if (entry && (isInLine(entry) || isRunning(entry, now)))
        return { ...turnUp(showId, userId, room, entry, now), isNew: false }
      // Whoever leaves before a draw and comes back draws no second lot.
      const isBack = entry?.state === 'left' && room.lottery === 'due' && room.crowdThrough === null
      const number = isBack ? entry.number : rooms.issue(showId, room)
      if (number === null) return 'exhausted' as const
      const place = waitingEntry(number, entry ? number - 1 : 0)
      const issued = Math.max(room.issued, number)
      return { ...keep(showId, userId, { ...room, issued }, place, now), isNew: true }
    },

    present(
      room: Room,
      showId: string,
      { userId, number, lot }: Omit<Turn, 'lot'> & { lot: number | undefined },
      now: number,
    ) {
      const entry = places.find(showId, userId)
      if (entry && (entry.number === number || isRunning(entry, now)))
        return turnUp(showId, userId, room, entry, now)
      if (entry && number <= entry.usedThrough) return seen(room, usedUp(number, entry.usedThrough), now)
      // Of two numbers the lower one counts; of two in the crowd, the one that was drawn with it.
      const isOutdrawn = entry?.isDrawn === 1 && isInCrowd(room, number)
      if (entry && isInLine(entry) && (entry.number < number || isOutdrawn)) return seen(room, entry, now)
      if (lot === undefined && isInCrowd(room, number) && hasLots(room)) return 'undrawn' as const
      const restored = inLine(room, { number, lot: lot ?? number }, entry?.usedThrough ?? 0)
      if (restored.lot <= room.serving) return { place: null, room: viewOf(room) }
      return replace(showId, userId, room, entry, restored, now)
    },

    restore(room: Room, showId: string, turn: Turn, usedUpBy: Admission | null, now: number) {
      const { userId, number } = turn
      const entry = places.find(showId, userId)
      if (entry && (entry.number === number || isRunning(entry, now)))
        return turnUp(showId, userId, room, entry, now)
      if (usedUpBy === null)
        return replace(showId, userId, room, entry, inLine(room, turn, entry?.usedThrough ?? 0), now)
      if (usedUpBy.number === number)
        return replace(showId, userId, room, entry, claimed(begun(usedUpBy)), now)
      const { issuedThrough } = usedUpBy
      const passed = usedUp(number, issuedThrough)
      // A later number, taken after that admission, is as good as before.
      const isStillGood = entry && isInLine(entry) && issuedThrough < entry.number
      if (!isStillGood) return replace(showId, userId, room, entry, passed, now)
      places.put(showId, userId, { ...entry, usedThrough: issuedThrough })
      return seen(room, passed, now)
    },

    leave(showId: string, { userId, number }: Omit<Turn, 'lot'>): void {
      const entry = places.find(showId, userId)
      if (entry?.number !== number) return
      if (isInLine(entry)) rooms.giveUp(showId, number)
      const usedThrough = Math.max(number, entry.usedThrough)
      places.put(showId, userId, { ...waitingEntry(number, usedThrough), state: 'left' })
    },
  }
}
