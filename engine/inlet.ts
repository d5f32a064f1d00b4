// Lets people in: the policy that advances serving. One server at a time leads a room's inlet; what it decides is written
// to the master, which fences out whoever led before, and only then begun in the store that everybody looks at.
import { drawByLot } from './drawing.ts'
import { FencedOut } from './failures.ts'
import { met, spreadAfter, withForecast } from './forecast.ts'
import { limits } from './limits.ts'
import type { DrawnLots } from './lots.ts'
import type { OpenRooms } from './open-rooms.ts'
import { expectedAt, measured, type Pace, refilled, started } from './pace.ts'
import type { Clock, Leases, Log, Show } from './ports.ts'
import type { StockGauge } from './stock-gauge.ts'
import type {
  Forecast,
  InletPolicy,
  NextTurns,
  RoomRecord,
  RoomView,
  WaitingRoomLedger,
  WaitingRooms,
} from './waiting-room-ports.ts'

export interface InletParts {
  readonly openRooms: OpenRooms
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
  readonly leases: Leases
  readonly lots: DrawnLots
  readonly stock: StockGauge
  readonly clock: Clock
  readonly log: Log
  /** This server's name among all that compete. */
  readonly server: string
}

interface Lead {
  readonly generation: number
  pace: Pace
  policyVersion: number
  /** The rate that was set when it was measured last. */
  ratePerSecond: number
  /** What was told and has yet to come. */
  forecasts: readonly Forecast[]
}

const jobOf = (showId: string): string => `inlet:${showId}`

/** Under another policy the rate is measured anew. */
function paceUnder({ version }: InletPolicy, lead: Lead, now: number): Pace {
  const pace = version === lead.policyVersion ? lead.pace : { ...lead.pace, since: now }
  lead.policyVersion = version
  return pace
}

/** Before the opening, and right after another rate was set, nothing of it has been measured. */
function withExpected(
  room: RoomView,
  show: Show,
  lead: Lead,
  { ratePerSecond }: InletPolicy,
  now: number,
): RoomView {
  if (now < show.opensAt) return { ...room, admittedPerSecond: ratePerSecond }
  if (ratePerSecond === lead.ratePerSecond) return room
  return { ...room, admittedPerSecond: expectedAt(ratePerSecond, room.admittedPerSecond, lead.ratePerSecond) }
}

export class Inlet {
  readonly #parts: InletParts
  readonly #leads = new Map<string, Lead>()
  /** Rooms whose step is under way, each for itself: a draw takes longer than a step, and no other room waits for it. */
  readonly #busy = new Map<string, Promise<void>>()

  constructor(parts: InletParts) {
    this.#parts = parts
  }

  /** Until `signal` aborts: the step in hand is finished, then the leases are given up. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await this.#begin()
      } catch (error) {
        log.warn({ error }, 'the inlets could not be looked after; again in a moment')
      }
      await clock.sleep(limits.inletIntervalMs, signal)
    }
    await Promise.all(this.#busy.values())
    await this.#resign()
  }

  /** Advances each room that this server leads once. */
  async step(): Promise<void> {
    await this.#begin()
    await Promise.all(this.#busy.values())
  }

  async #begin(): Promise<void> {
    const { ledger, clock } = this.#parts
    for (const record of await ledger.list(clock.now())) {
      const { showId } = record
      if (this.#busy.has(showId)) continue
      const advancing = this.#tryToAdvance(record).finally(() => this.#busy.delete(showId))
      this.#busy.set(showId, advancing)
    }
  }

  async #tryToAdvance(record: RoomRecord): Promise<void> {
    const { log } = this.#parts
    const { showId } = record
    try {
      await this.#advance(record)
    } catch (error) {
      // Whatever else went wrong may have been done or not, and is done again, by who still leads.
      if (!(error instanceof FencedOut))
        return log.warn({ showId, error }, 'nobody was let in this time; again in a moment')
      this.#leads.delete(showId)
      log.info({ showId }, 'another server leads the inlet now')
    }
  }

  async #advance(listed: RoomRecord): Promise<void> {
    const { openRooms, rooms, ledger, stock, clock } = this.#parts
    const { showId } = listed
    const lead = await this.#lead(listed)
    if (lead === null) return
    const show = await openRooms.show(showId)
    const now = clock.now()
    const isOpening = now >= show.opensAt && !listed.hasOpened
    const record = isOpening ? await ledger.markOpened(showId) : listed
    const { policy, hasOpened } = record
    const isStanding = policy.isPaused || now < show.opensAt
    lead.pace = isStanding ? started(now) : refilled(paceUnder(policy, lead, now), policy.ratePerSecond, now)

    const { generation } = lead
    const turnsMax = Math.floor(lead.pace.allowance)
    const insideMax = policy.followsStock ? await stock.insideMax(showId) : policy.admittedMax
    const asked = { ...policy, admittedMax: Math.min(policy.admittedMax, insideMax) }
    const ask = { generation, policy: asked, turnsMax, hasOpened, now }
    const next = await openRooms.ask(show, () => rooms.next(showId, ask))
    if (next === 'fenced') throw new FencedOut(`the inlet of ${showId} has a later leader`)
    lead.pace = { ...lead.pace, allowance: lead.pace.allowance - next.spent }
    const room = withExpected(next.room, show, lead, policy, now)
    if (room.lottery === 'due' && now >= show.opensAt) await this.#draw(show, lead, record, now)
    else await this.#admit(record, lead, { ...next, room }, now)
  }

  async #admit({ showId, policy }: RoomRecord, lead: Lead, next: NextTurns, now: number): Promise<void> {
    const { rooms, ledger } = this.#parts
    const { generation, pace } = lead
    const { turns, lapsed, serving, room } = next
    const { issued } = room
    const admissions =
      turns.length + lapsed.length > 0 || serving > room.serving
        ? await ledger.admit({ showId, generation, policy, turns, lapsed, serving, issued, now })
        : []
    if (admissions === null) return
    const forecasts = met(lead.forecasts, serving, now)
    const admittedPerSecond = measured(next, pace, policy.sessionTtlMs)
    const estimateSpread = spreadAfter(room.estimateSpread, forecasts.met)
    const begun = { generation, serving, admissions, lapsed, admittedPerSecond, estimateSpread, now }
    const left = await rooms.admit(showId, begun)
    if (left === 'fenced') throw new FencedOut(`the inlet of ${showId} has a later leader`)
    if (left !== 'missing') for (const number of left) await ledger.end(showId, number, now)
    lead.ratePerSecond = policy.ratePerSecond
    if (forecasts.met.length > 0) await ledger.writeForecasts(showId, forecasts.met)
    const isMoving = pace.intervalMs > 0
    lead.forecasts = isMoving
      ? withForecast(forecasts.open, { ...room, serving, admittedPerSecond }, now)
      : forecasts.open
  }

  async #draw(show: Show, lead: Lead, record: RoomRecord, now: number): Promise<void> {
    const goOn = async () => {
      if ((await this.#lead(record)) === null) throw new FencedOut(`another server draws for ${show.id}`)
    }
    const leader = { generation: lead.generation, policy: record.policy, now, goOn }
    let isDrawn = false
    try {
      isDrawn = await drawByLot(this.#parts, show, leader)
    } finally {
      // The master keeps what was written of the crowd under this generation: the next attempt has one of its own.
      if (!isDrawn) this.#leads.delete(show.id)
    }
    lead.pace = started(this.#parts.clock.now())
  }

  /** Null while another server leads. */
  async #lead({ showId, policy }: RoomRecord): Promise<Lead | null> {
    const { leases, ledger, clock, server } = this.#parts
    const now = clock.now()
    if (!(await leases.acquire(jobOf(showId), server, limits.inletLeaseTtlMs, now))) {
      this.#leads.delete(showId)
      return null
    }
    const lead = this.#leads.get(showId) ?? {
      generation: await ledger.lead(showId),
      pace: started(now),
      forecasts: [],
      policyVersion: 0,
      ratePerSecond: policy.ratePerSecond,
    }
    this.#leads.set(showId, lead)
    return lead
  }

  async #resign(): Promise<void> {
    const { leases, log, server } = this.#parts
    for (const showId of this.#leads.keys())
      await leases
        .release(jobOf(showId), server)
        .catch((error) => log.warn({ showId, error }, 'a lease was not given up; it ends by itself'))
    this.#leads.clear()
  }
}
