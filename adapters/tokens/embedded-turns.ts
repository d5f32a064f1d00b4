// What the inlet does with the embedded store: ask whose turn it is, and let them in. Each is called within a
// transaction.
import { limits } from '../../engine/limits.ts'
import type { NextTurns, Step, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import { begun, isInLine, type PlaceTable, unclaimed } from './embedded-places.ts'
import { type Room, type RoomTable, viewOf } from './embedded-rooms.ts'

type NextAsk = Parameters<WaitingRooms['next']>[1]

/** Everybody in the line, however many numbers there are. */
const numberMax = Number.MAX_SAFE_INTEGER

export function embeddedTurns(rooms: RoomTable, places: PlaceTable) {
  return {
    next(room: Room, showId: string, ask: NextAsk): NextTurns | 'fenced' {
      const { generation, policy, turnsMax, hasOpened, now } = ask
      if (generation < room.generation) return 'fenced'
      rooms.setLeader(showId, generation)
      rooms.setPolicy(showId, policy)
      if (hasOpened) rooms.setOpened(showId)
      const current = rooms.find(showId) ?? room

      const free = policy.admittedMax - places.countRunning(showId, now)
      // Before the draw nobody's turn has come.
      const isDrawDue = viewOf(current).lottery === 'due'
      const limit = isDrawDue ? 0 : Math.max(0, Math.min(turnsMax, free))
      const isSettling = now < room.settledAt
      const through = isSettling ? Math.min(room.serving + limit, room.issued) : numberMax
      const turns = places.firstInLine(showId, through, limit)
      const reached = isSettling ? through : (turns.at(-1)?.lot ?? 0)
      return {
        turns,
        spent: isSettling ? limit : turns.length,
        lapsed: places.lapsed(showId, now, limits.inletRatePerSecondMax),
        serving: Math.max(room.serving, reached),
        isLineEmpty: places.firstInLine(showId, numberMax, 1).length === 0,
        room: viewOf(current),
      }
    },

    admit(room: Room, showId: string, step: Step): readonly number[] | 'fenced' {
      const { generation, serving, admissions, lapsed, admittedPerSecond, estimateSpread, now } = step
      if (generation < room.generation) return 'fenced'
      for (const number of lapsed) places.expire(showId, number, now)
      const left: number[] = []
      for (const admission of admissions) {
        const entry = places.find(showId, admission.userId)
        if (entry?.state === 'left' && entry.number === admission.number) left.push(entry.number)
        if (!entry || !isInLine(entry) || entry.number > admission.issuedThrough) continue
        places.put(showId, admission.userId, unclaimed(begun(admission), now))
        if (entry.lot > Math.max(room.serving, serving)) rooms.giveUp(showId, entry.number)
      }
      rooms.move(showId, serving, admittedPerSecond, estimateSpread)
      return left
    },
  }
}
