// What the waiting room needs of the world: the fast store, which may lose everything at any moment, and the master's
// part, which keeps what must never be taken back. Times are ms since the epoch in the master's time.

import type { Clock } from './ports.ts'

/** How an administrator lets people in. */
export interface InletSettings {
  /** People admitted per second; fractions are fine. */
  readonly ratePerSecond: number
  /** Sessions that may run at once. */
  readonly admittedMax: number
  readonly sessionTtlMs: number
  /** Whoever joins before the sale opens is drawn by lot when it does. */
  readonly isLottery: boolean
  /** No more people inside than the free seats can serve. */
  readonly followsStock: boolean
}

export interface InletPolicy extends InletSettings {
  readonly isPaused: boolean
  /** Ascends with each change: an older policy never overwrites a newer one. */
  readonly version: number
}

/** Numbers, both ends included, that the master gave out once. */
export interface NumberRange {
  readonly from: number
  readonly through: number
}

/** One person's turn. A number has one at most, and what has ended does not begin again. */
export interface Admission {
  readonly number: number
  readonly userId: string
  readonly admittedAt: number
  /** When its session ends; over when that has passed. */
  readonly endsAt: number
  /** The last number issued when it began: whatever its user was issued up to there is used up with it. */
  readonly issuedThrough: number
}

// ── the fast store ────────────────────────────────────────────────────────────────────────────────────────

export type PlaceState = 'waiting' | 'admitted' | 'expired' | 'left'

export interface Place {
  readonly number: number
  /** The place in the order of coming in: the number itself, or what was drawn for it. */
  readonly lot: number
  readonly state: PlaceState
  /** When the session ends or ended; null for who was never admitted. */
  readonly sessionEndsAt: number | null
}

/** `due`: who joined before the opening has yet to be drawn. */
export type LotteryState = 'none' | 'due' | 'drawn'

/** What moves everybody's position at once. */
export interface RoomView {
  /** Another one after each loss of the store: whoever has a place presents the token again. */
  readonly incarnation: number
  /** The highest lot admitted; never goes back. */
  readonly serving: number
  /** The highest number issued. */
  readonly issued: number
  readonly isPaused: boolean
  /** The inlet's rate as measured while somebody waits. */
  readonly admittedPerSecond: number
  /** How far off estimates were so far: the mean distance of their logarithms from what came of them. */
  readonly estimateSpread: number
  readonly lottery: LotteryState
  /** The sale has opened, and whether places are drawn stays as it is: until then nobody was told a place for good. */
  readonly hasOpened: boolean
  /** The last number that was issued before the sale opened; null until it does. */
  readonly crowdThrough: number | null
  /** How many numbers stopped waiting before serving reached their lots, in this incarnation. */
  readonly gone: number
}

export interface RoomFigures extends RoomView {
  readonly waiting: number
  /** Running sessions. */
  readonly admitted: number
}

/** What a store without the room is told, in one look at the master. */
export interface Opening {
  /** Granted for this opening, so that no number of it was issued before. */
  readonly range: NumberRange
  readonly serving: number
  readonly generation: number
  readonly policy: InletPolicy
  readonly hasOpened: boolean
  /** Admissions whose sessions run, as far as holds have prolonged them. */
  readonly sessions: readonly Admission[]
  /** The last number of the crowd that has been drawn; null where none has. */
  readonly drawnThrough: number | null
}

export interface RoomTimes {
  /** When the sale opens: who joins from then on is not drawn. */
  readonly opensAt: number
  readonly keepUntil: number
}

export interface Turn {
  readonly userId: string
  readonly number: number
  /** The number itself, unless a draw gave it another. */
  readonly lot: number
}

export interface NextTurns {
  /** The lowest numbers first. */
  readonly turns: readonly Turn[]
  /** How much of the rate these turns use up. */
  readonly spent: number
  /** Numbers that were admitted and did not turn up in time, as many as one step takes: the earliest end first, and those told of one end by number. */
  readonly lapsed: readonly number[]
  /** Where serving will stand after these turns. */
  readonly serving: number
  readonly isLineEmpty: boolean
  readonly room: RoomView
}

/** What the inlet has decided, and the master has. */
export interface Step {
  readonly generation: number
  readonly serving: number
  readonly admissions: readonly Admission[]
  readonly lapsed: readonly number[]
  readonly admittedPerSecond: number
  readonly estimateSpread: number
  readonly now: number
}

/**
 * The two counters, the running sessions, and one disposable entry per person, each method one atomic step. `missing`: the
 * store does not have the room, or can't vouch that it is not an older copy; it wants `open`. A repeat of any method
 * changes nothing more.
 */
export interface WaitingRooms {
  /** Names the time since the store last lost its rooms, or may have. */
  life(): Promise<string>
  /**
   * Makes the room, unless it is there; either way its range is kept, except where numbers beyond it were issued. Nothing is
   * made of an opening that was asked for in another life: the room may have been open since, and lost.
   */
  open(showId: string, opening: Opening, times: RoomTimes, now: number, life: string): Promise<void>
  /** Adds numbers to be issued, except where numbers beyond them were issued. */
  extend(showId: string, range: NumberRange): Promise<'extended' | 'missing'>

  /** The user's place, or a new one at the end for who has none or whose last is over. `exhausted`: it wants `extend`. */
  join(
    showId: string,
    userId: string,
    now: number,
  ): Promise<{ place: Place; isNew: boolean; room: RoomView } | 'missing' | 'exhausted'>
  /**
   * The place of who holds a token with this number, restored from it where the store has none. A session is claimed by
   * it. A null place: only the master knows what became of the number, and it wants `restore`. `undrawn`: the number was
   * drawn, and its lot is wanted.
   * @param lot as far as it is known; it is looked at where the store has no place
   */
  present(
    showId: string,
    userId: string,
    number: number,
    now: number,
    lot?: number,
  ): Promise<{ place: Place | null; room: RoomView } | 'missing' | 'undrawn'>
  /**
   * Restores a place whose lot has been passed.
   * @param admission what used the number up; null where nothing did, and it is first in line
   */
  restore(
    showId: string,
    turn: Turn,
    admission: Admission | null,
    now: number,
  ): Promise<{ place: Place; room: RoomView } | 'missing'>
  /** Gives the place up; one with another number stays. */
  leave(showId: string, userId: string, number: number): Promise<'left' | 'missing'>

  /**
   * Whom to admit next: as many as the rate allows and `policy.admittedMax` leaves room for. `fenced`: a later generation
   * advances the room. For a while after a loss only as many numbers are passed as people may be admitted, so that
   * nobody overtakes who has yet to come back with a token.
   */
  next(
    showId: string,
    ask: {
      readonly generation: number
      readonly policy: InletPolicy
      readonly turnsMax: number
      /** Once it has, it has for good. */
      readonly hasOpened: boolean
      readonly now: number
    },
  ): Promise<NextTurns | 'missing' | 'fenced'>
  /**
   * Begins sessions and moves serving; a session that nobody claims for `limits.admissionClaimMs` ends.
   * @returns the numbers of these admissions whose users have left meanwhile, so that nothing of them begins
   */
  admit(showId: string, step: Step): Promise<readonly number[] | 'missing' | 'fenced'>

  /** Closes the crowd that is drawn by lot, and tells its last number: the same ever after. */
  closeCrowd(showId: string): Promise<{ through: number } | 'missing'>
  /** Who of the crowd waits and has no lot yet, by number, from the first after `after`. */
  crowd(showId: string, after: number, max: number): Promise<readonly Turn[] | 'missing'>
  /** The crowd up to there has been drawn: from now on whoever comes back to it brings a lot along. */
  beginDealing(showId: string, through: number): Promise<'begun' | 'missing'>
  /** Gives those their lots who still wait without one. */
  deal(showId: string, turns: readonly Turn[]): Promise<'dealt' | 'missing'>
  /** All have their lots, and may come in. */
  endDealing(showId: string): Promise<'drawn' | 'missing'>

  /** Shows a changed policy at once. */
  reflect(showId: string, policy: InletPolicy): Promise<void>

  /** Prolongs the user's session, if one runs. */
  renew(showId: string, userId: string, until: number, now: number): Promise<void>
  /** Ends the user's session, if one runs and its number is this one. */
  end(showId: string, userId: string, number: number, now: number): Promise<void>
  hasSession(showId: string, userId: string, now: number): boolean | Promise<boolean>

  look(showId: string): Promise<RoomView | 'missing'>
  /** The numbers that are counted by `gone` in the room's view, without the first `from`. */
  gone(showId: string, incarnation: number, from: number): Promise<readonly number[] | 'missing'>
  count(showId: string, now: number): Promise<RoomFigures | 'missing'>
  check(): Promise<void>
  close(): Promise<void>
}

// ── the master's part ─────────────────────────────────────────────────────────────────────────────────────

export interface RoomRecord {
  readonly showId: string
  readonly policy: InletPolicy
  /** The opening was marked: whether places are drawn by lot stays as it is. */
  readonly hasOpened: boolean
  readonly serving: number
  /** The inlet's leader; each one before it is fenced out. */
  readonly generation: number
  /** All who were ever let in, and those of them who did not turn up. */
  readonly admittedTotal: number
  readonly noShows: number
}

/** What is known of the lottery; the seed not before the crowd is closed. */
export interface Draw {
  /** SHA-256 of the seed, hexadecimal: published before anybody can be in the crowd. */
  readonly seedHash: string
  readonly committedAt: number
  readonly drawn: Drawn | null
}

export interface Drawn {
  readonly seed: string
  readonly crowd: ClosedCrowd
  readonly at: number
}

export interface ClosedCrowd {
  /** The last number of the crowd. */
  readonly through: number
  /** How many of its numbers somebody waited with. */
  readonly members: number
  /** SHA-256 of who waited with which number, hexadecimal. */
  readonly digest: string
}

/** What somebody was told on joining, and what came of it. */
export interface Forecast {
  readonly lot: number
  readonly toldAt: number
  readonly dueAt: number
}

export interface MetForecast extends Forecast {
  readonly metAt: number
}

export interface AdmissionRequest {
  readonly showId: string
  readonly generation: number
  readonly policy: InletPolicy
  readonly turns: readonly Turn[]
  readonly lapsed: readonly number[]
  readonly serving: number
  readonly issued: number
  readonly now: number
}

export interface WaitingRoomLedger {
  /** The room's record, made with these settings where there is none. `closesAt`: when its sale is over. */
  ensure(showId: string, settings: InletSettings, closesAt: number): Promise<RoomRecord>
  /** Rooms whose sale is not over. */
  list(now: number): Promise<readonly RoomRecord[]>
  /**
   * From this commit on nobody is admitted under the policy before. The first that makes it a lottery chooses the seed. `settled`:
   * it would change whether places are drawn after the opening, as it was marked or by the clock once the room is locked, or after
   * somebody was let in, or the draw, and nothing was done.
   */
  change(
    showId: string,
    change: Partial<InletSettings & { isPaused: boolean }>,
    opening: { readonly clock: Pick<Clock, 'now'>; readonly opensAt: number },
  ): Promise<InletPolicy | 'settled'>

  /** The next numbers, written before any of them is issued. */
  grant(showId: string): Promise<NumberRange>
  /** Marks that the sale has opened where it has by now. */
  open(showId: string, now: number, opensAt: number): Promise<Opening>
  /** Marks that the sale has opened: from this commit on whether places are drawn stays as it is, whatever other clocks say. */
  markOpened(showId: string): Promise<RoomRecord>

  /** Makes a new leader of the inlet, and returns its generation. */
  lead(showId: string): Promise<number>
  /**
   * Writes admissions and the floor under serving, all or nothing, before anybody hears of them. One that was written
   * before comes back as it stands, and so does, with its session over, one whose number was used up. Null: the policy has
   * changed, and nothing was done.
   * @throws {FencedOut} when a later generation leads
   */
  admit(request: AdmissionRequest): Promise<readonly Admission[] | null>
  /** The user's last admission. */
  lastAdmission(showId: string, userId: string): Promise<Admission | null>
  /** Ends an admission's session, however far holds have prolonged it; one that was over keeps its end. */
  end(showId: string, number: number, at: number): Promise<void>

  /** Null where places are not drawn by lot. */
  draw(showId: string): Promise<Draw | null>
  /**
   * Some of the crowd, as written for this generation's draw.
   * @throws {FencedOut} when a later generation leads
   */
  writeCrowd(showId: string, generation: number, turns: readonly Turn[]): Promise<void>
  /**
   * Closes the crowd for good, as this generation has written it, and with it gives the seed out: the first stays. Null: the
   * policy has changed, and nothing was done.
   * @throws {FencedOut} when a later generation leads
   */
  freeze(request: FreezeRequest): Promise<Draw | null>

  writeForecasts(showId: string, forecasts: readonly MetForecast[]): Promise<void>
  /** The latest first. */
  forecasts(showId: string, limit: number): Promise<readonly MetForecast[]>
}

export interface FreezeRequest {
  readonly showId: string
  readonly generation: number
  readonly policy: InletPolicy
  readonly crowd: ClosedCrowd
  readonly now: number
}
