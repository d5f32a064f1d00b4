// The line before the shop opens its door: two counters and a signature. Joining takes a number, a position is the number
// less what is being served, and the token in the holder's hand outlives whatever the servers lose.
import { HoldfastError } from './errors.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import type { DrawnLots } from './lots.ts'
import type { OpenRooms } from './open-rooms.ts'
import { type PlaceView, viewOf } from './place-view.ts'
import { PlacesAtHand } from './places-at-hand.ts'
import type { Clock, Log, Show } from './ports.ts'
import type { QueuePlace, QueueTokens } from './queue-token.ts'
import { notOnSale } from './sale.ts'
import { ServingBroadcast } from './serving-broadcast.ts'
import type { Stock } from './stock.ts'
import type { StockGauge } from './stock-gauge.ts'
import type {
  Draw,
  InletSettings,
  MetForecast,
  Place,
  RoomFigures,
  RoomRecord,
  RoomView,
  WaitingRoomLedger,
  WaitingRooms,
} from './waiting-room-ports.ts'

export interface WaitingRoomParts {
  readonly openRooms: OpenRooms
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
  readonly tokens: QueueTokens
  readonly lots: DrawnLots
  readonly stock: StockGauge
  readonly clock: Clock
  readonly log: Log
  /** From 0 to 1, for jitter. */
  readonly random: () => number
}

export interface Joined extends PlaceView {
  readonly queueToken: string
  readonly isNew: boolean
}

/** What an administrator sees. */
export interface RoomOverview {
  readonly record: RoomRecord
  readonly figures: RoomFigures
  /** Null where the room does not follow it. */
  readonly stock: Stock | null
  /** The latest first. */
  readonly forecasts: readonly MetForecast[]
}

/** What an administrator sets; of what is optional the setting before stays. */
export type SettingsGiven = Pick<InletSettings, 'ratePerSecond' | 'admittedMax' | 'sessionTtlMs'> &
  Partial<InletSettings>

/** A place as found, for who goes on watching the room. */
export interface FoundPlace {
  readonly show: Show
  readonly place: Place
  readonly room: RoomView
}

export class WaitingRoom {
  readonly #parts: WaitingRoomParts
  readonly #broadcast: ServingBroadcast
  readonly #atHand: PlacesAtHand

  constructor(parts: WaitingRoomParts) {
    this.#parts = parts
    this.#broadcast = new ServingBroadcast(parts)
    this.#atHand = new PlacesAtHand(parts)
  }

  /**
   * The user's place, or a new one at the end of the line.
   * @param heldToken brings the place back that it proves
   * @throws {HoldfastError} `no_waiting_room`, `show_not_on_sale` when the sale is over, `queue_token_invalid`
   */
  async join(showId: string, userId: string, heldToken?: string): Promise<Joined> {
    const { openRooms, rooms, clock } = this.#parts
    const show = await openRooms.show(showId)
    const now = clock.now()
    assertNotOver(show, now)
    if (heldToken !== undefined) await this.#present(show, this.#open(heldToken, userId, showId))
    const { place, isNew, room } = await openRooms.ask(show, () => rooms.join(showId, userId, now))
    this.#atHand.remember(showId, place, room)
    const { number } = place
    const expiresAt = Math.max(now, show.opensAt) + limits.queueTokenTtlMs
    const queueToken = this.#parts.tokens.sign({ showId, userId, number, expiresAt })
    return { ...this.view({ show, place, room }), queueToken, isNew }
  }

  /**
   * The place of who holds the token.
   * @throws {HoldfastError} `queue_token_invalid`
   */
  async find(userId: string, token: string | undefined): Promise<FoundPlace> {
    const place = this.#open(token, userId)
    const show = await this.#parts.openRooms.show(place.showId)
    const atHand = await this.#atHand.find(show, place.number)
    return { show, ...(atHand ?? (await this.#present(show, place))) }
  }

  view({ show, place, room }: FoundPlace): PlaceView {
    const { clock, random } = this.#parts
    return viewOf({ place, room, show, now: clock.now() }, random())
  }

  /** Tells how the room stands, every moment, from one look that all who watch share. Returns how to stop. */
  watch(show: Show, seen: (room: RoomView) => void): () => void {
    return this.#broadcast.listen(show, seen)
  }

  /**
   * Gives the place up, and the session with it. Done once, it stays done.
   * @throws {HoldfastError} `queue_token_invalid`
   */
  async leave(userId: string, token: string | undefined): Promise<void> {
    const { openRooms, rooms, ledger, clock } = this.#parts
    const { show, place } = await this.find(userId, token)
    const { number } = this.#open(token, userId)
    if (place.number !== number) return
    await openRooms.ask(show, () => rooms.leave(show.id, userId, number))
    // Who was being let in meanwhile may have an admission by now; one that is written later the inlet ends.
    await ledger.end(show.id, number, clock.now())
  }

  /**
   * That the token is this user's for this show, and neither forged nor expired; the session is looked for elsewhere.
   * @throws {HoldfastError} `queue_token_invalid`
   */
  checkToken(token: string | undefined, userId: string, showId: string): void {
    this.#open(token, userId, showId)
  }

  // ── what an administrator does ──────────────────────────────────────────────────────────────────────────

  async overview(showId: string): Promise<RoomOverview> {
    const { openRooms, rooms, ledger, stock, clock } = this.#parts
    const show = await openRooms.show(showId)
    const record = await openRooms.record(show)
    const figures = await openRooms.ask(show, () => rooms.count(showId, clock.now()))
    return {
      record,
      figures,
      forecasts: await ledger.forecasts(showId, forecastsShown),
      stock: record.policy.followsStock ? await stock.stock(showId) : null,
    }
  }

  /**
   * @throws {HoldfastError} `invalid_request` for settings under which nobody could come in or buy, `invalid_state` for a
   * lottery that is wanted, or not wanted any more, after the sale has opened, `show_not_on_sale` when it is over
   */
  async configure(showId: string, settings: SettingsGiven): Promise<void> {
    const show = await this.#parts.openRooms.show(showId)
    assertUsable(settings, show)
    await this.#change(show, settings)
  }

  /** @throws {HoldfastError} `show_not_on_sale` when the sale is over */
  async pause(showId: string): Promise<void> {
    await this.#change(await this.#parts.openRooms.show(showId), { isPaused: true })
  }

  /** @throws {HoldfastError} `show_not_on_sale` when the sale is over */
  async resume(showId: string): Promise<void> {
    await this.#change(await this.#parts.openRooms.show(showId), { isPaused: false })
  }

  async #change(show: Show, change: Parameters<WaitingRoomLedger['change']>[1]): Promise<void> {
    const { openRooms, rooms, ledger, clock } = this.#parts
    assertNotOver(show, clock.now())
    await openRooms.record(show)
    const changed = await ledger.change(show.id, change, { clock, opensAt: show.opensAt })
    if (changed === 'settled')
      throw new HoldfastError('invalid_state', 'The sale has opened: whether places are drawn is settled.')
    await rooms.reflect(show.id, changed)
  }

  // ── the lottery ─────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What anybody needs to check the draw: as much of it as is public by now.
   * @throws {HoldfastError} `not_found` where places are not drawn by lot
   */
  async draw(showId: string): Promise<Draw> {
    const { openRooms, lots } = this.#parts
    const { id } = await openRooms.show(showId)
    const draw = await lots.draw(id)
    if (draw === null) throw new HoldfastError('not_found', 'The places of this show are not drawn by lot.')
    return draw
  }

  /** @throws {HoldfastError} `not_found` for a number that was not in the crowd, and before the draw */
  async drawnLot(showId: string, number: number): Promise<number> {
    const { drawn } = await this.draw(showId)
    if (drawn === null) throw new HoldfastError('not_found', 'Nothing has been drawn yet.')
    const { through } = drawn.crowd
    if (!(Number.isInteger(number) && 1 <= number && number <= through))
      throw new HoldfastError('not_found', `Lots were drawn for the numbers 1 to ${through}.`)
    return this.#parts.lots.lotOf(showId, number)
  }

  // ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────

  #open(token: string | undefined, userId: string, showId?: string): QueuePlace {
    const place = this.#parts.tokens.open(token, userId, this.#parts.clock.now())
    if (showId !== undefined && place.showId !== showId) throw new HoldfastError('queue_token_invalid')
    return place
  }

  async #present(show: Show, { userId, number }: QueuePlace): Promise<{ place: Place; room: RoomView }> {
    const { openRooms, rooms, ledger, lots, clock } = this.#parts
    const now = clock.now()
    const ask = (lot?: number) => openRooms.ask(show, () => rooms.present(show.id, userId, number, now, lot))
    const found = await ask()
    const lot = found === 'undrawn' ? await lots.lotOf(show.id, number) : number
    const answer = found === 'undrawn' ? await ask(lot) : found
    assert(answer !== 'undrawn', `the lot of ${number} is known`)
    const { place, room } = answer
    if (place !== null) {
      // Whoever is told that the session is over must not find it running again: the inlet may not have told the master yet.
      if (place.state === 'expired' && place.sessionEndsAt !== null)
        await ledger.end(show.id, place.number, now)
      this.#atHand.remember(show.id, place, room)
      return { place, room }
    }
    const last = await ledger.lastAdmission(show.id, userId)
    const usedUpBy = last !== null && number <= last.issuedThrough ? last : null
    return openRooms.ask(show, () => rooms.restore(show.id, { userId, number, lot }, usedUpBy, now))
  }
}

const forecastsShown = 50

function assertNotOver({ closesAt }: Show, now: number): void {
  if (closesAt <= now) throw notOnSale('over')
}

function assertUsable({ ratePerSecond, admittedMax, sessionTtlMs }: SettingsGiven, show: Show): void {
  const { inletRatePerSecondMin, inletRatePerSecondMax, sessionTtlMaxMs } = limits
  if (!(inletRatePerSecondMin <= ratePerSecond && ratePerSecond <= inletRatePerSecondMax))
    throw new HoldfastError(
      'invalid_request',
      `ratePerSecond must be ${inletRatePerSecondMin} to ${inletRatePerSecondMax}; to let nobody in, pause the waiting room.`,
    )
  if (!(Number.isInteger(admittedMax) && 1 <= admittedMax && admittedMax <= limits.admittedMax))
    throw new HoldfastError(
      'invalid_request',
      `admittedMax must be a whole number from 1 to ${limits.admittedMax}.`,
    )
  if (!(Number.isInteger(sessionTtlMs) && show.holdTtlMs <= sessionTtlMs && sessionTtlMs <= sessionTtlMaxMs))
    throw new HoldfastError(
      'invalid_request',
      `sessionTtlMs must be ${show.holdTtlMs} to ${sessionTtlMaxMs}: a session shorter than the hold would end before its payment.`,
    )
}
