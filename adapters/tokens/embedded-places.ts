// One entry per person in the embedded store: the place in the line, or the session that came of it.
import { limits } from '../../engine/limits.ts'
import type { Admission, Place, Turn } from '../../engine/waiting-room-ports.ts'
import type { EmbeddedFile } from '../embedded-file.ts'

export const placesSchema = `
  CREATE TABLE IF NOT EXISTS places (
    show_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    is_drawn INTEGER NOT NULL,
    state TEXT NOT NULL,
    used_through INTEGER NOT NULL,
    is_claimed INTEGER NOT NULL,
    ends_at INTEGER,
    full_ends_at INTEGER,
    PRIMARY KEY (show_id, user_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS places_in_line ON places (show_id, lot, is_drawn, number) WHERE state = 'waiting';
  CREATE INDEX IF NOT EXISTS places_undrawn ON places (show_id, number) WHERE state = 'waiting' AND is_drawn = 0;
  CREATE INDEX IF NOT EXISTS places_admitted ON places (show_id, ends_at) WHERE state = 'admitted';
  CREATE TABLE IF NOT EXISTS unclaimed (
    show_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (show_id, number, user_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS unclaimed_by_end ON unclaimed (show_id, ends_at)`

export interface Entry {
  readonly number: number
  /** The number itself, unless it was drawn. */
  readonly lot: number
  readonly isDrawn: 0 | 1
  /** Of a session that has run out, still `admitted`. */
  readonly state: Place['state']
  /** Numbers up to this one are of no use to this user any more. */
  readonly usedThrough: number
  /** Whether its user turned up. */
  readonly isClaimed: 0 | 1
  /** When the session ends as things stand, and when it does once it is claimed. */
  readonly endsAt: number | null
  readonly fullEndsAt: number | null
}

export const isRunning = (entry: Entry, now: number): boolean =>
  entry.state === 'admitted' && entry.endsAt !== null && now < entry.endsAt

export const isInLine = (entry: Entry): boolean => entry.state === 'waiting'

export const waitingEntry = (number: number, usedThrough: number): Entry => ({
  number,
  lot: number,
  isDrawn: 0,
  usedThrough,
  state: 'waiting',
  isClaimed: 0,
  endsAt: null,
  fullEndsAt: null,
})

export const drawnEntry = (number: number, lot: number, usedThrough: number): Entry => ({
  ...waitingEntry(number, usedThrough),
  lot,
  isDrawn: 1,
})

export const usedUp = (number: number, usedThrough: number): Entry => ({
  ...waitingEntry(number, usedThrough),
  state: 'expired',
})

export const begun = ({ number, endsAt, issuedThrough }: Admission): Entry => ({
  ...waitingEntry(number, issuedThrough),
  state: 'admitted',
  endsAt,
  fullEndsAt: endsAt,
})

/** It ends early, unless its user turns up. */
export const unclaimed = (entry: Entry, now: number): Entry => ({
  ...entry,
  endsAt: Math.min(entry.fullEndsAt ?? now, now + limits.admissionClaimMs),
})

export const claimed = (entry: Entry): Entry => ({ ...entry, isClaimed: 1, endsAt: entry.fullEndsAt })

export function placeOf(entry: Entry, now: number): Place {
  const { number, lot, state, endsAt } = entry
  if (state === 'admitted' && !isRunning(entry, now))
    return { number, lot, state: 'expired', sessionEndsAt: endsAt }
  return { number, lot, state, sessionEndsAt: endsAt }
}

export type PlaceTable = ReturnType<typeof placeTable>

export function placeTable(file: EmbeddedFile) {
  const find = file.prepare<[string, string], Entry>(`
    SELECT number, lot, is_drawn AS isDrawn, state, used_through AS usedThrough, is_claimed AS isClaimed, ends_at AS endsAt,
      full_ends_at AS fullEndsAt
    FROM places WHERE show_id = ? AND user_id = ?`)
  const put = file.prepare<Entry & { showId: string; userId: string }>(`
    REPLACE INTO places
    VALUES (@showId, @userId, @number, @lot, @isDrawn, @state, @usedThrough, @isClaimed, @endsAt, @fullEndsAt)`)
  const firstInLine = file.prepare<[string, number, number], Turn>(`
    SELECT user_id AS userId, number, lot FROM places
    WHERE show_id = ? AND state = 'waiting' AND lot <= ? ORDER BY lot, is_drawn, number, user_id LIMIT ?`)
  const undrawn = file.prepare<[string, number, number, number], Turn>(`
    SELECT user_id AS userId, number, lot FROM places
    WHERE show_id = ? AND state = 'waiting' AND is_drawn = 0 AND number > ? AND number <= ? ORDER BY number, user_id LIMIT ?`)
  const deal = file.prepare<[number, string, string, number]>(`
    UPDATE places SET lot = ?, is_drawn = 1
    WHERE show_id = ? AND user_id = ? AND number = ? AND state = 'waiting' AND is_drawn = 0`)
  const addUnclaimed = file.prepare<[string, number, string, number]>(
    'REPLACE INTO unclaimed VALUES (?, ?, ?, ?)',
  )
  const removeUnclaimed = file.prepare<[string, number, string]>(
    'DELETE FROM unclaimed WHERE show_id = ? AND number = ? AND user_id = ?',
  )
  const removeAllUnclaimed = file.prepare<[string]>('DELETE FROM unclaimed WHERE show_id = ?')
  const lapsed = file
    .prepare<[string, number, number], number>(
      'SELECT number FROM unclaimed WHERE show_id = ? AND ends_at <= ? ORDER BY ends_at, number LIMIT ?',
    )
    .pluck()
  const endLapsed = file
    .prepare<[string, number, number], string>(
      'DELETE FROM unclaimed WHERE show_id = ? AND number = ? AND ends_at <= ? RETURNING user_id',
    )
    .pluck()
  const expire = file.prepare<[string, string, number]>(
    "UPDATE places SET state = 'expired' WHERE show_id = ? AND user_id = ? AND number = ? AND state = 'admitted'",
  )
  const countRunning = file
    .prepare<[string, number], number>(
      "SELECT COUNT(*) FROM places WHERE show_id = ? AND state = 'admitted' AND ends_at > ?",
    )
    .pluck()
  const countWaiting = file
    .prepare<[string], number>("SELECT COUNT(*) FROM places WHERE show_id = ? AND state = 'waiting'")
    .pluck()
  const removePassed = file.prepare<[string, number]>(
    "DELETE FROM places WHERE show_id = ? AND (lot <= ? OR state NOT IN ('waiting', 'left'))",
  )
  const removeUndrawn = file.prepare<[string, number]>(
    "DELETE FROM places WHERE show_id = ? AND state = 'waiting' AND is_drawn = 0 AND number <= ?",
  )
  const removeAll = file.prepare<[string]>('DELETE FROM places WHERE show_id = ?')

  return {
    find: (showId: string, userId: string): Entry | undefined => find.get(showId, userId),
    put(showId: string, userId: string, entry: Entry): void {
      const { state, number, isClaimed, endsAt } = entry
      put.run({ showId, userId, ...entry })
      if (state === 'admitted' && isClaimed === 0 && endsAt !== null)
        addUnclaimed.run(showId, number, userId, endsAt)
      else removeUnclaimed.run(showId, number, userId)
    },
    firstInLine: (showId: string, through: number, limit: number): readonly Turn[] =>
      firstInLine.all(showId, through, limit),
    /** Who waits with a number after the one and up to the other, and has no lot. */
    undrawn: (showId: string, after: number, through: number, limit: number): readonly Turn[] =>
      undrawn.all(showId, after, through, limit),
    deal: (showId: string, { userId, number, lot }: Turn): void => void deal.run(lot, showId, userId, number),
    /** Numbers whose session ended before anybody turned up for it, whatever their users have done since. */
    lapsed: (showId: string, now: number, limit: number): readonly number[] => lapsed.all(showId, now, limit),
    expire(showId: string, number: number, now: number): void {
      for (const userId of endLapsed.all(showId, number, now)) expire.run(showId, userId, number)
    },
    countRunning: (showId: string, now: number): number => countRunning.get(showId, now) ?? 0,
    countWaiting: (showId: string): number => countWaiting.get(showId) ?? 0,
    /** Only the master knows what became of them. */
    removePassed(showId: string, serving: number): void {
      removePassed.run(showId, serving)
      removeAllUnclaimed.run(showId)
    },
    /** Each comes back with a token, and is given the lot. */
    removeUndrawn: (showId: string, through: number): void => void removeUndrawn.run(showId, through),
    removeAll(showId: string): void {
      removeAll.run(showId)
      removeAllUnclaimed.run(showId)
    },
  }
}
