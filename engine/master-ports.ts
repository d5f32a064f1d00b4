// What the engine needs of the databases: the master that decides and keeps, the replica that answers look-ups.
// Times are ms since the epoch in the master's time, money is minor units of the deployment's currency.
import type { Inspection } from './inspection-ports.ts'
import type { JournalRow } from './journal.ts'
import type { Announcement, SeatMap, SeatStatus, TakenSeat } from './ports.ts'

// ── master: the batch ─────────────────────────────────────────────────────────────────────────────────────

export interface ShowHead {
  readonly showId: string
  readonly partition: number
  readonly state: string
  readonly seq: number
  readonly machineVersion: number
  /** The last journal position, and the hash of the entry there. */
  readonly position: number
  readonly hash: Buffer
  /** The position of the last entry that changed a seat. */
  readonly seatsRevision: number
}

export interface ReservationRow {
  readonly id: string
  readonly showId: string
  readonly userId: string
  readonly state: string
  readonly seq: number
  readonly machineVersion: number
  readonly seatCount: number
  readonly deadline: number | null
  /** The machine's context, as JSON. */
  readonly context: string
  readonly createdAt: number
  readonly updatedAt: number
}

export interface SeatOfReservation {
  readonly showId: string
  readonly seatId: string
  readonly reservationId: string
}

export interface LedgerEntry {
  readonly account: string
  readonly amount: number
}

/** Double entry: the entries sum to zero, and the id is used once. */
export interface LedgerTransaction {
  readonly id: string
  readonly kind: 'charge' | 'payment' | 'refund'
  readonly at: number
  readonly reference: string
  readonly entries: readonly LedgerEntry[]
}

export interface OutboxRow extends Announcement {
  readonly partition: number
}

export interface ParkedCommand {
  readonly id: string
  readonly showId: string | null
  readonly reason: string
  readonly body: Buffer
  readonly at: number
}

export interface Fence {
  readonly epoch: number
  /** The stamp of the partition's last batch; no later batch may be stamped earlier. */
  readonly lastStamp: number
}

/** All that one batch changes, written with bulk statements. Every list may be empty. */
export interface BatchChanges {
  readonly partition: number
  readonly epoch: number
  readonly stamp: number
  readonly journal: readonly JournalRow[]
  readonly shows: readonly ShowHead[]
  readonly reservationsMade: readonly ReservationRow[]
  readonly reservationsChanged: readonly ReservationRow[]
  /** Released seats come first: one that is given back in this batch may be taken again in it. */
  readonly seatsReleased: readonly SeatOfReservation[]
  /** Held before, by this reservation. */
  readonly seatsSold: readonly SeatOfReservation[]
  /** Free before, or released in this batch. */
  readonly seatsTaken: readonly (SeatOfReservation & { readonly status: 'held' | 'sold' })[]
  /** The user accounts' share is moved in the balances, each debit on the condition that it is covered. */
  readonly ledger: readonly LedgerTransaction[]
  readonly outbox: readonly OutboxRow[]
  /** One that is parked already stays as it is. */
  readonly parked: readonly ParkedCommand[]
}

/**
 * One transaction on the master. Loads lock what they return, always in this order: partition, shows, reservations, accounts,
 * seats, and by key within each. Calls that don't wait for one another are carried out in the order in which they were made.
 */
export interface BatchTransaction {
  fence(partition: number): Promise<Fence>
  /** Entries of these commands, by command id. */
  findEntries(commandIds: readonly string[]): Promise<ReadonlyMap<string, JournalRow>>
  loadShows(showIds: readonly string[]): Promise<readonly ShowHead[]>
  loadReservations(ids: readonly string[]): Promise<readonly ReservationRow[]>
  /** Held reservations of the partition whose deadline is at or before `before`, the earliest first. */
  loadOverdue(partition: number, before: number, limit: number): Promise<readonly ReservationRow[]>
  /** Seats that a buyer holds or has paid for, per show and user. */
  countSeatsOfBuyers(
    buyers: readonly { showId: string; userId: string }[],
  ): Promise<readonly { showId: string; userId: string; seats: number }[]>
  /** The same for each buyer of a show who has any. */
  countSeatsOfShow(showId: string): Promise<ReadonlyMap<string, number>>
  /** Those of the named seats that are not free; all of the show's with 'all'. */
  loadTakenSeats(showId: string, seatIds: readonly string[] | 'all'): Promise<ReadonlyMap<string, TakenSeat>>
  loadBalances(userIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  write(changes: BatchChanges): Promise<void>
}

// ── master: the rest ──────────────────────────────────────────────────────────────────────────────────────

export interface Show {
  readonly id: string
  readonly concertId: string
  readonly venueId: string
  readonly currency: string
  readonly opensAt: number
  readonly closesAt: number
  readonly holdTtlMs: number
  readonly seatLimit: number
  readonly extensionMs: number
  readonly extensionsMax: number
  /** Until when a buyer may give a paid reservation back; 0 for never. */
  readonly refundableUntil: number
  readonly hasWaitingRoom: boolean
  /** Minor units per category of the plan. */
  readonly prices: Readonly<Record<string, number>>
}

/** Shows and plans as the engine reads them: from the master, and once, since they do not change while seats are sold. */
export interface Catalogue {
  show(showId: string): Promise<Show | null>
  /** The venue's seating plan as stored, a pretix document. */
  plan(venueId: string): Promise<unknown>
}

export interface Ownership {
  /** Raises the partition's epoch and returns it; every earlier owner is fenced out from here on. */
  raiseEpoch(partition: number, owner: string, at: number): Promise<number>
  /** The owner lives; false if the epoch is no longer its own. */
  heartbeat(partition: number, epoch: number, at: number): Promise<boolean>
  /** Partitions whose owner was not heard of since `since`. */
  silentPartitions(since: number): Promise<readonly number[]>
  hasOverdue(partition: number, before: number): Promise<boolean>
}

/** A server that decides, and the partitions that it owns or stands by for. */
export interface LiveServer {
  readonly server: string
  readonly partitions: readonly number[]
  /** The machines that it can run, as `name@version`. */
  readonly machines: readonly string[]
}

/** The servers among whom the partitions are spread. */
export interface Servers {
  /** It lives, can run these machines, and is subscribed to these partitions now. */
  report(server: LiveServer, at: number): Promise<void>
  /** It stops in order: it lives no more, from now on and not only once it was silent for a while. */
  leave(server: string): Promise<void>
  /** Who was heard of since `since`. */
  live(since: number): Promise<readonly LiveServer[]>
}

export interface Outbox {
  /** The partition's oldest announcements: whatever stands there, never "greater than the last". */
  pending(partition: number, limit: number): Promise<readonly Announcement[]>
  remove(ids: readonly string[]): Promise<void>
}

export interface Decisions {
  findEntry(commandId: string): Promise<JournalRow | null>
  /** A subject's entries in the order of the journal. */
  history(subjectId: string): Promise<readonly JournalRow[]>
  /** The last entry of each of these reservations. */
  lastEntries(
    reservations: readonly Pick<ReservationRow, 'id' | 'seq'>[],
  ): Promise<ReadonlyMap<string, JournalRow>>
  reservation(id: string): Promise<ReservationRow | null>
  /** The newest first; `before` is the last one of the page before. */
  reservationsOf(
    userId: string,
    limit: number,
    before?: { createdAt: number; id: string },
  ): Promise<readonly ReservationRow[]>
  seatMap(showId: string): Promise<SeatMap | null>
  /** Where the journals of the partition's shows stand; one that has no entry is left out. */
  standings(partition: number): Promise<readonly Pick<ShowHead, 'showId' | 'position' | 'seatsRevision'>[]>
}

export interface Accounts {
  balance(userId: string): Promise<number>
  /** The newest first; `before` is the cursor of the page before. */
  entries(
    userId: string,
    limit: number,
    before?: number,
  ): Promise<
    readonly { cursor: number; id: string; kind: string; at: number; reference: string; amount: number }[]
  >
  /**
   * Puts money in, once per id. A repeat returns the first outcome; with another amount or user `idempotency_mismatch`.
   */
  charge(charge: { id: string; userId: string; amount: number; at: number }): Promise<{ balance: number }>
}

/** What the intake turned away before the broker. */
export interface Refusals {
  /** `lost`: refusals that could not be kept since the last call. */
  append(refusals: readonly RefusalRow[], lost: number, at: number): Promise<void>
}

export interface RefusalRow {
  readonly at: number
  readonly showId: string
  readonly userId: string
  readonly commandId: string
  readonly code: string
  readonly seatIds: readonly string[]
}

export interface Parked {
  list(limit: number, after?: string): Promise<readonly ParkedCommand[]>
  find(id: string): Promise<ParkedCommand | null>
  /** Keeps what no consumer could read or decide; one that is parked already stays as it is. */
  park(commands: readonly ParkedCommand[]): Promise<void>
}

/** Which versions of the machines exist, and which one a new subject begins with. */
export interface MachineVersions {
  /** The first version of a name becomes active; a known one with another definition hash is refused. */
  register(machines: readonly { name: string; version: number; definitionHash: string }[]): Promise<void>
  active(): Promise<ReadonlyMap<string, number>>
  activate(name: string, version: number): Promise<void>
}

/** What a deployment is given once, at its first start, and keeps. */
export interface DeploymentSettings {
  readonly partitions: number
  /** Makes and checks reservation ids; a secret of the servers. */
  readonly reservationIdKey: Buffer
}

export interface Settings {
  settings(): Promise<DeploymentSettings>
  /**
   * The currency of all balances and prices; the first start decides.
   * @throws {Error} with a sentence where it is another one
   */
  keepCurrency(currency: string): Promise<void>
}

// ── catalogue: administration and look-ups ────────────────────────────────────────────────────────────────

export interface Venue {
  readonly id: string
  readonly name: string
  readonly seatCount: number
  /** The seating plan as it came, a pretix document. */
  readonly plan: unknown
}

export interface Concert {
  readonly id: string
  readonly name: string
  readonly description: string
}

export interface ScheduledShow extends Show {
  /** When the doors open to the audience; the sale has its own times. */
  readonly startsAt: number
}

/**
 * Makes a thing once per id: the same content again changes nothing, other content is `already_exists`.
 * What it is given has been checked; it goes to the master.
 */
export interface Administration {
  createVenue(venue: Venue): Promise<void>
  createConcert(concert: Concert): Promise<void>
  /**
   * With the head of its journal, on the active version of the show's machine.
   * @throws {HoldfastError} `not_found` without its concert or venue
   */
  createShow(show: ScheduledShow): Promise<void>
}

/** A show as anybody may see it. */
export interface ShowView extends ScheduledShow {
  /** Of the show's machine: open or paused. Whether it sells at a time depends on its times as well. */
  readonly state: string
  /** The journal position that changed a seat last. */
  readonly revision: number
}

/** How a sale goes. */
export interface ShowFigures {
  readonly showId: string
  readonly concertId: string
  readonly startsAt: number
  readonly state: string
  readonly currency: string
  /** Minor units, refunds taken off. */
  readonly revenue: number
  /** Reservations in each state that any is in. */
  readonly reservations: Readonly<Record<string, number>>
  readonly seats: Readonly<Record<SeatStatus, number>>
  readonly parked: number
}

/** Answers that may be a little old, and never decide. Lists are by id unless said otherwise, `limit` at a time. */
export interface LookUps extends Inspection {
  /** The time that they speak of, in the master's time; they may show some of what came later. */
  readonly asOf: number
  concerts(limit: number, after?: string): Promise<readonly Concert[]>
  concert(id: string): Promise<Concert | null>
  /** The earliest first. */
  showsOf(
    concertId: string,
    limit: number,
    after?: { startsAt: number; id: string },
  ): Promise<readonly ShowView[]>
  show(id: string): Promise<ShowView | null>
  /** Null where there is no such venue. */
  venue(id: string): Promise<Venue | null>
  dashboard(limit: number, after?: string): Promise<readonly ShowFigures[]>
  /** One show's line of the dashboard; null where there is no such show. */
  figures(showId: string): Promise<ShowFigures | null>
}

export interface ReplicaStatus {
  /** `lagging`: by more than `limits.replicaLagMaxMs`. Unless it is up, the master answers. */
  readonly state: 'up' | 'lagging' | 'down'
  /** By how much it is behind the master at most, in ms; null when nobody knows. */
  readonly lagMs: number | null
}

/** Where look-ups are answered: by the replica, and while that is away or far behind by the master. */
export interface Replica {
  /**
   * @param since a `commitPoint`: what was committed up to there shows. Where the replica is not there within
   * `limits.consistencyWaitMs`, the master answers.
   */
  lookUps(since: string | null): Promise<LookUps>
  /** All that was committed on the master before the call stands at or before it. */
  commitPoint(): Promise<string>
  status(): ReplicaStatus
  /** Resolves with a sentence for each thing that is wrong although it works; rejects with one when it can't be used. */
  check(): Promise<readonly string[]>
  close(): Promise<void>
}

// ── master: all of it ─────────────────────────────────────────────────────────────────────────────────────

export interface Master extends Catalogue, Ownership, Outbox, Decisions, Accounts, Refusals, Parked {
  /**
   * Commits what `work` did when it resolves, rolls all of it back when it rejects.
   * @throws {Transient} for a deadlock, a lock wait, a lost connection or an unknown outcome: run it again, whole.
   */
  transaction<T>(work: (transaction: BatchTransaction) => Promise<T>): Promise<T>
  /** Rejects with a sentence when the master can't be used now. */
  check(): Promise<void>
  close(): Promise<void>
}
