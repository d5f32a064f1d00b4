// Everything that the engine needs of the world, in the engine's words. No vendor's type stands here; each port
// has an adapter in process and one on a real server, and a contract suite in test/contract/ that both pass.
// Times are ms since the epoch in the master's time, money is minor units of the deployment's currency.
import type { Command } from './command.ts'
import type { ErrorCode } from './errors.ts'

export type * from './archive-ports.ts'
export type * from './inspection-ports.ts'
export type * from './master-ports.ts'
export type * from './tally-ports.ts'
export type * from './waiting-room-ports.ts'

// ── time ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface Clock {
  /** The master's time as this server knows it; never goes backwards. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Structured lines for the operator; no secret and no body of a request ever stands in one. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

// ── broker ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Broker {
  /**
   * Resolves once the message is durable at the end of the partition's queue; may hang while the broker does.
   * @throws {HoldfastError} `overloaded` or `unavailable`, with `mayHaveBeenAccepted` in its details.
   */
  publish(partition: number, message: Buffer): Promise<void>
  /** Subscribes. The channel may stand by for as long as another is active; its first delivery says that it is not. */
  subscribe(partition: number): Promise<PartitionChannel>
  /** Rejects with a sentence when the broker can't be used now. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface PartitionChannel {
  /** Deliveries in order, at least one and at most `max`; an empty list once the channel is closed. One call at a time. */
  receive(max: number): Promise<readonly Delivery[]>
  /** Acknowledges this delivery and all before it on this channel; nothing happens once the channel is closed. */
  acknowledge(through: Delivery): Promise<void>
  /** Gives the partition up; what was not acknowledged is delivered to the next consumer, in order. */
  close(): Promise<void>
}

export interface Delivery {
  /** Ascending on its channel. */
  readonly number: number
  readonly body: Buffer
}

/** What the broker gave up on: delivered time and again, and never acknowledged. */
export interface DeadLetters {
  subscribe(): Promise<PartitionChannel>
}

// ── claims and leases ─────────────────────────────────────────────────────────────────────────────────────

export interface ClaimRequest {
  readonly showId: string
  readonly reservationId: string
  readonly commandId: string
  readonly fingerprint: string
  readonly userId: string
  /** Empty for best-available, which claims nothing. */
  readonly seatIds: readonly string[]
  /** Whether a running session in the show's waiting room is required. */
  readonly admissionRequired: boolean
  readonly now: number
}

export type ClaimOutcome =
  | { readonly outcome: 'claimed' }
  | { readonly outcome: 'not_admitted' }
  | { readonly outcome: 'idempotency_mismatch' }
  /** `until`: when the last of the other claims ends unless it is renewed; null when a seat is held, sold or blocked. */
  | { readonly outcome: 'taken'; readonly seatIds: readonly string[]; readonly until: number | null }

/** The courtesy at the door: who is refused here never loads the broker. It never decides that a seat is free. */
export interface Claims {
  /**
   * One atomic look: the key's fingerprint, then admission, then all seats or none. Seats that the projection shows to be
   * taken, or that another reservation claims, are refused. A repeat (same command, same fingerprint) passes whatever has happened
   * since, and renews what claims it can: the journal answers it. A refusal binds neither key nor seats.
   */
  claim(request: ClaimRequest): Promise<ClaimOutcome>
  /** Remembers the fingerprint of a command that claims nothing; false if the key had another one. */
  remember(commandId: string, fingerprint: string, now: number): Promise<boolean>
  /** Whether this reservation was claimed for within the last `limits.queuedVisibleMs`: it may wait to be decided. */
  wasClaimed(reservationId: string, now: number): Promise<boolean>
  /** Ends the claims of these reservations; others' claims stay. */
  release(showId: string, reservationIds: readonly string[]): Promise<void>
  /** Seats under a live claim, with the reservation that claims each. */
  claimed(showId: string, now: number): Promise<ReadonlyMap<string, string>>
}

export interface Leases {
  /** Takes or renews the lease; false while another holder's runs. */
  acquire(job: string, holder: string, ttlMs: number, now: number): Promise<boolean>
  /** Ends the holder's own lease; a successor's stays. */
  release(job: string, holder: string): Promise<void>
}

// ── seat projection, answers, announcements ───────────────────────────────────────────────────────────────

export type SeatStatus = 'free' | 'held' | 'sold' | 'blocked'
export type TakenStatus = Exclude<SeatStatus, 'free'>

export interface TakenSeat {
  readonly status: TakenStatus
  /** Null for a blocked seat. */
  readonly reservationId: string | null
}

export interface SeatChange {
  readonly seatId: string
  /** Null where the seat is free now. */
  readonly taken: TakenSeat | null
}

export interface SeatMap {
  /** The show's journal position that it shows. */
  readonly revision: number
  /** Every seat that is not free. */
  readonly taken: ReadonlyMap<string, TakenSeat>
}

/** A show's seats as last decided. May be missing or behind; never decides. */
export interface SeatProjection {
  read(showId: string): Promise<SeatMap | null>
  /**
   * Moves the projection on. `stale`: it is newer already, nothing was changed. `gap`: it is missing or does not
   * stand at `from`; it has been dropped, and wants `replace`.
   */
  apply(
    showId: string,
    from: number,
    to: number,
    changes: readonly SeatChange[],
  ): Promise<'applied' | 'stale' | 'gap'>
  /** Sets it whole, unless it is newer already. */
  replace(showId: string, map: SeatMap): Promise<void>
  /**
   * Calls back for each applied change on any server, in order of revisions; a gap in `from` means: read again. So that
   * one shows, it is called without changes, `from` and `to` being the projection's revision, after a `replace`, and
   * whenever changes may have been missed. Never called within `apply` or `replace`.
   */
  watch(
    showId: string,
    seen: (change: { from: number; to: number; changes: readonly SeatChange[] }) => void,
  ): () => void
}

export interface Answer {
  readonly commandId: string
  /** Of the body that was decided; who sent another one under the same key was not meant. */
  readonly fingerprint: string
  readonly subjectId: string
  readonly type: string
  readonly outcome: 'accepted' | 'refused' | 'parked'
  readonly code: ErrorCode | null
  /** The state after it. */
  readonly state: string
  readonly details: Readonly<Record<string, unknown>>
}

/** Answers to waiting requests. May lose one: who hears none reads the journal. */
export interface Answers {
  /** The name under which this server is answered. */
  readonly server: string
  send(server: string, answers: readonly Answer[]): Promise<void>
  /**
   * Resolves with the answer, or null after `timeoutMs`. Waits from the moment of the call, and hears nothing sent
   * before it: wait first, publish then.
   */
  wait(commandId: string, timeoutMs: number): Promise<Answer | null>
}

/** All that a batch decided of one show on one topic, see announcement.ts. */
export interface Announcement {
  /** Stable over repeats. */
  readonly id: string
  readonly topic: string
  readonly showId: string
  /** JSON. */
  readonly payload: string
}

/** What other systems hear: a topic exchange, at least once. */
export interface Announcer {
  announce(announcements: readonly Announcement[]): Promise<void>
}

/** What this server hears of the announcements, whoever made them; it may miss some, and hear some twice. */
export interface AnnouncementFeed {
  /** Patterns as topics have them: `reservation.*`. Returns how to stop. */
  listen(pattern: string, listener: (announcement: Announcement) => void): () => void
}

export interface Publisher {
  /**
   * Resolves once the command is confirmed.
   * @throws {HoldfastError} `overloaded` or `unavailable`, with `mayHaveBeenAccepted` in its details.
   */
  publish(command: Command): Promise<void>
}
