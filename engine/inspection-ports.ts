// What a look at running reservations needs of the replica: counts, and bounded pages of the journal and of reservations.
// Nothing here costs more the more reservations there are, but for `countReservations`.
import type { JournalRow } from './journal.ts'
import type { ParkedCommand, ReservationRow } from './master-ports.ts'

export interface StateCount {
  readonly state: string
  readonly machineVersion: number
  readonly count: number
}

/** How many reservations of a show were in each state when its journal stood at `position`. */
export interface ShowCount {
  readonly showId: string
  readonly position: number
  readonly reservations: readonly StateCount[]
}

/** Members that are left out match every entry; names are letters, digits, underscores and an @. */
export interface EntryFilter {
  /** `name@version`. */
  readonly machine?: string
  readonly from?: string
  readonly to?: string
  readonly event?: string
  readonly code?: string
  /** Only parked commands that were sent again. */
  readonly isRedriven?: true
}

export interface EntryPage {
  /** The newest first. */
  readonly rows: readonly JournalRow[]
  /** Looked through down to here, exclusively: where the next page begins. 0 at the journal's beginning. */
  readonly through: number
}

export interface Inspection {
  /** Reads every reservation of the partition's shows: once when an owner begins to count. */
  countReservations(partition: number): Promise<readonly ShowCount[]>
  countShows(): Promise<readonly StateCount[]>
  /** Shows about which anything was decided, those with the longest journal first. */
  decidedShows(limit: number): Promise<readonly { showId: string; position: number }[]>
  /**
   * Entries of one show that match, looking from `from` (the journal's end without it) through `limits.inspectionDepthMax`
   * positions at most.
   */
  recentEntries(showId: string, filter: EntryFilter, limit: number, from?: number): Promise<EntryPage>
  /** The show's last position that was decided at or before `at`; 0 where there is none. A few reads by key. */
  positionAt(showId: string, at: number): Promise<number>
  /** In no order; those that there are. */
  reservations(ids: readonly string[]): Promise<readonly ReservationRow[]>
  /** Held ones whose deadline is at or before `until`, the earliest first. */
  heldUntil(until: number, limit: number): Promise<readonly ReservationRow[]>
  /** Of one subject, in the order of the journal; the first `limit`. */
  entriesOf(subjectId: string, limit: number): Promise<readonly JournalRow[]>
  /** The newest first. */
  newestParked(limit: number): Promise<readonly ParkedCommand[]>
}
