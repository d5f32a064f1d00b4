// What a person does with the embedded store: join the line, come back with a token, leave. Each is called within a
// transaction.
import type { Admission, Turn } from '../../engine/waiting-room-ports.ts'
import {
  begun,
  claimed,
  type Entry,
  isInLine,
  isRunning,
  type PlaceTable,
  placeOf,
  usedUp,
  waitingEntry,
} from './embedded-places.ts'
import { type Room, type RoomTable, viewOf } from './embedded-rooms.ts'

export function embeddedLine(rooms: RoomTable, places: PlaceTable) {
  const seen = (room: Room, entry: Entry, now: number) => ({ place: placeOf(entry, now), room: viewOf(room) })

  const keep = (showId: string, userId: string, room: Room, entry: Entry, now: number) => {
    places.put(showId, userId, entry)
    return seen(room, entry, now)
  }

  /** Whoever looks after a session has claimed it. */
  const turnUp = (showId: string, userId: string, room: Room, entry: Entry, now: number) =>
    isRunning(entry, now) && entry.isClaimed === 0
      ? keep(showId, userId, room, claimed(entry), now)
      : seen(room, entry, now)

  return {
    join(room: Room, showId: string, userId: string, now: number) {
      const entry = places.find(showId, userId)
      if (entry && (isInLine(entry) || isRunning(entry, now)))
        return { ...turnUp(showId, userId, room, entry, now), isNew: false }
      const number = rooms.issue(showId, room)
      if (number === null) return 'exhausted' as const
      const place = waitingEntry(number, entry ? number - 1 : 0)
      return { ...keep(showId, userId, { ...room, issued: number }, place, now), isNew: true }
    },

    present(room: Room, showId: string, { userId, number }: Turn, now: number) {
      const entry = places.find(showId, userId)
      if (entry && (entry.number === number || isRunning(entry, now)))
        return turnUp(showId, userId, room, entry, now)
      if (entry && number <= entry.usedThrough) return seen(room, usedUp(number, entry.usedThrough), now)
      if (entry && isInLine(entry) && entry.number < number) return seen(room, entry, now)
      if (number <= room.serving) return { place: null, room: viewOf(room) }
      return keep(showId, userId, room, waitingEntry(number, entry?.usedThrough ?? 0), now)
    },

    restore(room: Room, showId: string, { userId, number }: Turn, usedUpBy: Admission | null, now: number) {
      const entry = places.find(showId, userId)
      if (entry && (entry.number === number || isRunning(entry, now)))
        return turnUp(showId, userId, room, entry, now)
      if (usedUpBy === null)
        return keep(showId, userId, room, waitingEntry(number, entry?.usedThrough ?? 0), now)
      if (usedUpBy.number === number) return keep(showId, userId, room, claimed(begun(usedUpBy)), now)
      const { issuedThrough } = usedUpBy
      const passed = usedUp(number, issuedThrough)
      // A later number, taken after that admission, is as good as before.
      const isStillGood = entry && isInLine(entry) && issuedThrough < entry.number
      places.put(showId, userId, isStillGood ? { ...entry, usedThrough: issuedThrough } : passed)
      return seen(room, passed, now)
    },

    leave(showId: string, { userId, number }: Turn): void {
      const entry = places.find(showId, userId)
      if (entry?.number !== number) return
      const usedThrough = Math.max(number, entry.usedThrough)
      places.put(showId, userId, { ...waitingEntry(number, usedThrough), state: 'left' })
    },
  }
}
