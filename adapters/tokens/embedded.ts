// The waiting room's fast store of the embedded mode, in a file of its own: what is one script on Redis is one transaction
// here. Each start opens its rooms anew from the master, since a file may come back older than it went.
import { limits } from '../../engine/limits.ts'
import type { Opening, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import { openEmbeddedFile } from '../embedded-file.ts'
import { embeddedLine } from './embedded-line.ts'
import { begun, claimed, type Entry, isRunning, placesSchema, placeTable } from './embedded-places.ts'
import { type Room, roomsSchema, roomTable, viewOf } from './embedded-rooms.ts'
import { embeddedTurns } from './embedded-turns.ts'

export interface EmbeddedWaitingRooms extends WaitingRooms {
  /** For the look at the door, which is one synchronous step in this process. */
  hasSession(showId: string, userId: string, now: number): boolean
}

const layoutVersion = 1

/** @throws {Error} with a sentence while another process has the file. */
export function openEmbeddedWaitingRooms(path: string): EmbeddedWaitingRooms {
  const file = openEmbeddedFile(path, `${roomsSchema}; ${placesSchema}`)
  const rooms = roomTable(file)
  const places = placeTable(file)
  const line = embeddedLine(rooms, places)
  const inlet = embeddedTurns(rooms, places)
  /** Opened since this process began; what else the file has may be older than the master knows. */
  const opened = new Set<string>()

  const findRoom = (showId: string): Room | undefined => (opened.has(showId) ? rooms.find(showId) : undefined)

  const inRoom = <Answer>(showId: string, work: (room: Room) => Answer): Answer | 'missing' => {
    const room = findRoom(showId)
    return room === undefined ? 'missing' : work(room)
  }

  const open = (showId: string, opening: Opening, keepUntil: number, now: number): void => {
    for (const past of rooms.forget(now)) places.removeAll(past)
    const { range, sessions } = opening
    if (findRoom(showId) === undefined) {
      const isLoss = rooms.find(showId) === undefined && range.from > 1
      const settledAt = isLoss ? now + limits.waitingRoomSettleMs : now
      const room = rooms.put({ showId, opening, settledAt, keepUntil })
      places.removePassed(showId, room.serving)
      for (const session of sessions) places.put(showId, session.userId, claimed(begun(session)))
      opened.add(showId)
    }
    inRoom(showId, (room) => rooms.extend(showId, room, range))
  }

  const change = (showId: string, userId: string, now: number, changed: (entry: Entry) => Entry): void => {
    const entry = opened.has(showId) ? places.find(showId, userId) : undefined
    if (entry && isRunning(entry, now)) places.put(showId, userId, changed(entry))
  }

  const inOneStep = <Given extends unknown[], Answer>(work: (...given: Given) => Answer) => {
    const transaction = file.transaction(work)
    return async (...given: Given): Promise<Answer> => transaction(...given)
  }

  return {
    open: inOneStep(open),
    extend: inOneStep((showId, range) =>
      inRoom(showId, (room) => {
        rooms.extend(showId, room, range)
        return 'extended'
      }),
    ),

    join: inOneStep((showId, userId, now) => inRoom(showId, (room) => line.join(room, showId, userId, now))),
    present: inOneStep((showId, userId, number, now) =>
      inRoom(showId, (room) => line.present(room, showId, { userId, number }, now)),
    ),
    restore: inOneStep((showId, turn, usedUpBy, now) =>
      inRoom(showId, (room) => line.restore(room, showId, turn, usedUpBy, now)),
    ),
    leave: inOneStep((showId, userId, number) =>
      inRoom(showId, () => {
        line.leave(showId, { userId, number })
        return 'left'
      }),
    ),

    next: inOneStep((showId, ask) => inRoom(showId, (room) => inlet.next(room, showId, ask))),
    admit: inOneStep((showId, step) => inRoom(showId, (room) => inlet.admit(room, showId, step))),
    reflect: inOneStep((showId, policy) => rooms.setPolicy(showId, policy)),

    renew: inOneStep((showId, userId, until, now) =>
      change(showId, userId, now, (entry) => {
        const endsAt = Math.max(until, entry.fullEndsAt ?? 0)
        return { ...entry, isClaimed: 1, endsAt, fullEndsAt: endsAt }
      }),
    ),
    end: inOneStep((showId, userId, number, now) =>
      change(showId, userId, now, (entry) =>
        entry.number === number ? { ...entry, state: 'expired', endsAt: now, fullEndsAt: now } : entry,
      ),
    ),
    hasSession(showId, userId, now) {
      const entry = opened.has(showId) ? places.find(showId, userId) : undefined
      return entry !== undefined && isRunning(entry, now)
    },

    look: async (showId) => inRoom(showId, viewOf),
    count: inOneStep((showId, now) =>
      inRoom(showId, (room) => {
        const [waiting, admitted] = [places.countWaiting(showId), places.countRunning(showId, now)]
        return { ...viewOf(room), waiting, admitted }
      }),
    ),
    check: async () => void file.pragma(`user_version = ${layoutVersion}`),
    close: async () => void file.close(),
  }
}
