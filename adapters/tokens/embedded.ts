// The waiting room's fast store of the embedded mode, in a file of its own: what is one script on Redis is one transaction
// here. Each start opens its rooms anew from the master, since a file may come back older than it went.
import { randomUUID } from 'node:crypto'
import { limits } from '../../engine/limits.ts'
import type { Opening, RoomTimes, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import { type EmbeddedFile, openEmbeddedFile } from '../embedded-file.ts'
import { embeddedLine } from './embedded-line.ts'
import {
  begun,
  claimed,
  type Entry,
  isRunning,
  type PlaceTable,
  placesSchema,
  placeTable,
} from './embedded-places.ts'
import { type Room, type RoomTable, roomsSchema, roomTable, viewOf } from './embedded-rooms.ts'
import { embeddedTurns } from './embedded-turns.ts'

export interface EmbeddedWaitingRooms extends WaitingRooms {
  /** For the look at the door, which is one synchronous step in this process. */
  hasSession(showId: string, userId: string, now: number): boolean
}

const layoutVersion = 5

/** @throws {Error} with a sentence while another process has the file. */
export function openEmbeddedWaitingRooms(path: string): EmbeddedWaitingRooms {
  const file = openEmbeddedFile(path, update)
  return {
    ...waitingRoomsOn({
      rooms: roomTable(file),
      places: placeTable(file),
      atOnce: (work) => file.transaction(work),
    }),
    check: async () => void file.pragma(`user_version = ${layoutVersion}`),
    close: async () => void file.close(),
  }
}

/** An earlier layout is given up: whoever waits has a token. */
function update(file: EmbeddedFile): void {
  if (file.pragma('user_version', { simple: true }) !== layoutVersion)
    file.exec(
      'DROP TABLE IF EXISTS rooms; DROP TABLE IF EXISTS ranges; DROP TABLE IF EXISTS places; DROP TABLE IF EXISTS unclaimed; DROP TABLE IF EXISTS gone',
    )
  file.exec(`${roomsSchema}; ${placesSchema}`)
  file.pragma(`user_version = ${layoutVersion}`)
}

export interface KeptTables {
  readonly rooms: RoomTable
  readonly places: PlaceTable
  /** What is done with them as a whole, or not at all. */
  atOnce<Given extends unknown[], Answer>(work: (...given: Given) => Answer): (...given: Given) => Answer
}

/** What the rooms do, wherever their tables are kept. */
export function waitingRoomsOn({
  rooms,
  places,
  atOnce,
}: KeptTables): Omit<EmbeddedWaitingRooms, 'check' | 'close'> {
  const line = embeddedLine(rooms, places)
  const inlet = embeddedTurns(rooms, places)
  /** Opened since this process began; what else is kept may be older than the master knows. */
  const opened = new Set<string>()

  const findRoom = (showId: string): Room | undefined => (opened.has(showId) ? rooms.find(showId) : undefined)

  const inRoom = <Answer>(showId: string, work: (room: Room) => Answer): Answer | 'missing' => {
    const room = findRoom(showId)
    return room === undefined ? 'missing' : work(room)
  }

  /** Ends with this process, which loses no room meanwhile. */
  const life = randomUUID()

  const open = (showId: string, opening: Opening, times: RoomTimes, now: number, asked: string): void => {
    if (asked !== life) return
    for (const past of rooms.forget(now)) places.removeAll(past)
    const { range, sessions, drawnThrough } = opening
    if (findRoom(showId) === undefined) {
      const isLoss = rooms.find(showId) === undefined && range.from > 1
      const settledAt = isLoss ? now + limits.waitingRoomSettleMs : now
      const room = rooms.put({ showId, opening, times, settledAt, now })
      if (drawnThrough !== null) places.removeUndrawn(showId, drawnThrough)
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
    const step = atOnce(work)
    return async (...given: Given): Promise<Answer> => step(...given)
  }

  return {
    life: async () => life,
    open: inOneStep(open),
    extend: inOneStep((showId, range) =>
      inRoom(showId, (room) => {
        rooms.extend(showId, room, range)
        return 'extended'
      }),
    ),

    join: inOneStep((showId, userId, now) => inRoom(showId, (room) => line.join(room, showId, userId, now))),
    present: inOneStep((showId, userId, number, now, lot) =>
      inRoom(showId, (room) => line.present(room, showId, { userId, number, lot }, now)),
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

    closeCrowd: inOneStep((showId) => inRoom(showId, () => ({ through: rooms.closeCrowd(showId) }))),
    crowd: inOneStep((showId, after, max) =>
      inRoom(showId, ({ crowdThrough }) => places.undrawn(showId, after, crowdThrough ?? 0, max)),
    ),
    beginDealing: inOneStep((showId, through) =>
      inRoom(showId, () => {
        rooms.beginDealing(showId, through)
        return 'begun'
      }),
    ),
    deal: inOneStep((showId, turns) =>
      inRoom(showId, () => {
        for (const turn of turns) places.deal(showId, turn)
        return 'dealt'
      }),
    ),
    endDealing: inOneStep((showId) =>
      inRoom(showId, () => {
        rooms.endDealing(showId)
        return 'drawn'
      }),
    ),
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
    gone: inOneStep((showId, incarnation, from) =>
      inRoom(showId, (room) => (room.incarnation === incarnation ? rooms.goneFrom(showId, from) : 'missing')),
    ),
    count: inOneStep((showId, now) =>
      inRoom(showId, (room) => {
        const [waiting, admitted] = [places.countWaiting(showId), places.countRunning(showId, now)]
        return { ...viewOf(room), waiting, admitted }
      }),
    ),
  }
}
