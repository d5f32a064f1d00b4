// The rooms of the embedded store: the two counters, the numbers still to be issued, and what is shown of the policy.
import { assert } from '../../engine/failures.ts'
import { spreadAtFirst } from '../../engine/forecast.ts'
import type {
  InletPolicy,
  NumberRange,
  Opening,
  RoomTimes,
  RoomView,
} from '../../engine/waiting-room-ports.ts'
import type { EmbeddedFile } from '../embedded-file.ts'

export const roomsSchema = `
  CREATE TABLE IF NOT EXISTS rooms (
    show_id TEXT PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    serving INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    policy_version INTEGER NOT NULL,
    is_paused INTEGER NOT NULL,
    admitted_per_second REAL NOT NULL,
    estimate_spread REAL NOT NULL,
    lottery TEXT NOT NULL,
    has_opened INTEGER NOT NULL,
    crowd_through INTEGER,
    opens_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    gone INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS ranges (
    show_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (show_id, first)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS gone (
    show_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (show_id, place)
  ) WITHOUT ROWID`

export interface Room {
  readonly incarnation: number
  readonly issued: number
  readonly serving: number
  readonly generation: number
  readonly isPaused: number
  readonly admittedPerSecond: number
  readonly estimateSpread: number
  /** `dealing`: the lots are known, and not all have theirs. */
  readonly lottery: RoomView['lottery'] | 'dealing'
  readonly hasOpened: number
  readonly crowdThrough: number | null
  readonly opensAt: number
  /** Until then whoever lost a place has time to come back. */
  readonly settledAt: number
  readonly gone: number
}

export function viewOf(room: Room): RoomView {
  const { incarnation, issued, serving, admittedPerSecond, estimateSpread, lottery, crowdThrough, gone } =
    room
  return {
    incarnation,
    issued,
    serving,
    admittedPerSecond,
    estimateSpread,
    crowdThrough,
    gone,
    lottery: lottery === 'dealing' ? 'due' : lottery,
    isPaused: room.isPaused === 1,
    hasOpened: room.hasOpened === 1,
  }
}

export const isInCrowd = ({ crowdThrough }: Room, number: number): boolean =>
  crowdThrough !== null && number <= crowdThrough

export const hasLots = ({ lottery }: Room): boolean => lottery === 'dealing' || lottery === 'drawn'

export interface NewRoom {
  readonly showId: string
  readonly opening: Opening
  readonly times: RoomTimes
  readonly settledAt: number
  readonly now: number
}

export type RoomTable = ReturnType<typeof roomTable>

export function roomTable(file: EmbeddedFile) {
  const fields = `incarnation, issued, serving, generation, is_paused AS isPaused,
    admitted_per_second AS admittedPerSecond, estimate_spread AS estimateSpread, lottery,
    has_opened AS hasOpened, crowd_through AS crowdThrough, opens_at AS opensAt, settled_at AS settledAt, gone`
  const find = file.prepare<[string], Room>(`SELECT ${fields} FROM rooms WHERE show_id = ?`)
  // What an older copy knows of serving was announced once: it counts, if it is the higher one.
  const put = file.prepare<Record<string, number | string | null>, Room>(`
    INSERT INTO rooms VALUES (@showId, @incarnation, @issued, @serving, @generation, @version, @isPaused, @rate,
      @spread, @lottery, @hasOpened, @crowdThrough, @opensAt, @settledAt, @keepUntil, 0)
    ON CONFLICT (show_id) DO UPDATE SET incarnation = @incarnation, issued = @issued,
      serving = MAX(serving, @serving), generation = @generation, policy_version = @version, is_paused = @isPaused,
      estimate_spread = @spread, lottery = @lottery, has_opened = @hasOpened, crowd_through = @crowdThrough,
      opens_at = @opensAt, settled_at = @settledAt, keep_until = @keepUntil, gone = 0
    RETURNING ${fields}`)
  const setIssued = file.prepare<[number, string]>('UPDATE rooms SET issued = ? WHERE show_id = ?')
  const setLeader = file.prepare<[number, string]>('UPDATE rooms SET generation = ? WHERE show_id = ?')
  const setOpened = file.prepare<[string]>('UPDATE rooms SET has_opened = 1 WHERE show_id = ?')
  const move = file.prepare<[number, number, number, string]>(
    'UPDATE rooms SET serving = MAX(serving, ?), admitted_per_second = ?, estimate_spread = ? WHERE show_id = ?',
  )
  const setPolicy = file.prepare<[number, number, string, string, number]>(`
    UPDATE rooms SET policy_version = ?, is_paused = ?,
      lottery = CASE WHEN lottery IN ('none', 'due') THEN ? ELSE lottery END
    WHERE show_id = ? AND policy_version < ?`)
  const closeCrowd = file
    .prepare<[string], number>(
      'UPDATE rooms SET crowd_through = COALESCE(crowd_through, issued) WHERE show_id = ? RETURNING crowd_through',
    )
    .pluck()
  const beginDealing = file.prepare<[number, string]>(
    "UPDATE rooms SET lottery = 'dealing', crowd_through = ? WHERE show_id = ? AND lottery = 'due'",
  )
  const endDealing = file.prepare<[string]>(
    "UPDATE rooms SET lottery = 'drawn' WHERE show_id = ? AND lottery = 'dealing'",
  )
  const forget = file.prepare<[number], { showId: string }>(
    'DELETE FROM rooms WHERE keep_until <= ? RETURNING show_id AS showId',
  )
  const firstRange = file.prepare<[string], { first: number; last: number }>(
    'SELECT first, last FROM ranges WHERE show_id = ? ORDER BY first LIMIT 1',
  )
  const addRange = file.prepare<[string, number, number]>('INSERT OR IGNORE INTO ranges VALUES (?, ?, ?)')
  const removeRange = file.prepare<[string, number]>('DELETE FROM ranges WHERE show_id = ? AND first = ?')
  const removeRanges = file.prepare<[string]>('DELETE FROM ranges WHERE show_id = ?')
  const countGone = file
    .prepare<[string], number>('UPDATE rooms SET gone = gone + 1 WHERE show_id = ? RETURNING gone')
    .pluck()
  const addGone = file.prepare<[string, number, number]>('INSERT INTO gone VALUES (?, ?, ?)')
  const goneFrom = file
    .prepare<[string, number], number>(
      'SELECT number FROM gone WHERE show_id = ? AND place > ? ORDER BY place',
    )
    .pluck()
  const removeGone = file.prepare<[string]>('DELETE FROM gone WHERE show_id = ?')

  return {
    find: (showId: string): Room | undefined => find.get(showId),

    /** Sets the room, whatever was left of it; the numbers that it still had are not issued any more. */
    put({ showId, opening, times, settledAt, now }: NewRoom): Room {
      const { range, serving, generation, policy, drawnThrough } = opening
      const { opensAt, keepUntil } = times
      removeRanges.run(showId)
      removeGone.run(showId)
      const room = put.get({
        showId,
        serving,
        generation,
        settledAt,
        opensAt,
        keepUntil,
        spread: spreadAtFirst,
        lottery: drawnThrough !== null ? 'drawn' : policy.isLottery ? 'due' : 'none',
        // Whatever was issued before may have been so before the sale opened.
        crowdThrough: drawnThrough ?? (now >= opensAt ? range.from - 1 : null),
        incarnation: range.from,
        issued: range.from - 1,
        version: policy.version,
        isPaused: Number(policy.isPaused),
        hasOpened: Number(opening.hasOpened),
        rate: policy.ratePerSecond,
      })
      assert(room, `the room of ${showId} was written`)
      return room
    },

    extend(showId: string, { issued }: Room, { from, through }: NumberRange): void {
      if (from > issued) addRange.run(showId, from, through)
    },

    /** The next number; null where none is left. */
    issue(showId: string, { issued }: Room): number | null {
      const range = firstRange.get(showId)
      if (range === undefined) return null
      const number = Math.max(issued + 1, range.first)
      setIssued.run(number, showId)
      if (number === range.last) removeRange.run(showId, range.first)
      return number
    },

    /** A number does not wait any more although serving has not reached its lot; how many have done so. */
    giveUp(showId: string, number: number): number {
      const gone = countGone.get(showId) ?? 0
      addGone.run(showId, gone, number)
      return gone
    },
    goneFrom: (showId: string, from: number): readonly number[] => goneFrom.all(showId, from),

    setLeader: (showId: string, generation: number): void => void setLeader.run(generation, showId),

    setOpened: (showId: string): void => void setOpened.run(showId),

    move: (showId: string, serving: number, admittedPerSecond: number, estimateSpread: number): void =>
      void move.run(serving, admittedPerSecond, estimateSpread, showId),

    setPolicy: (showId: string, { version, isPaused, isLottery }: InletPolicy): void =>
      void setPolicy.run(version, Number(isPaused), isLottery ? 'due' : 'none', showId, version),

    /** The last number of the crowd that is drawn by lot. */
    closeCrowd: (showId: string): number => closeCrowd.get(showId) ?? 0,
    beginDealing: (showId: string, through: number): void => void beginDealing.run(through, showId),
    endDealing: (showId: string): void => void endDealing.run(showId),

    /** Drops rooms that nobody needs any more; returns their shows. */
    forget(now: number): readonly string[] {
      const shows = forget.all(now).map(({ showId }) => showId)
      for (const showId of shows) {
        removeRanges.run(showId)
        removeGone.run(showId)
      }
      return shows
    },
  }
}
