// Lets people in: the policy that advances serving. One server at a time leads a room's inlet; what it decides is written
// to the master, which fences out whoever led before, and only then begun in the store that everybody looks at.
import { FencedOut } from './failures.ts'
import { limits } from './limits.ts'
import type { OpenRooms } from './open-rooms.ts'
import { measured, type Pace, refilled, started } from './pace.ts'
import type { Clock, Leases, Log } from './ports.ts'
import type { RoomRecord, WaitingRoomLedger, WaitingRooms } from './waiting-room-ports.ts'

export interface InletParts {
  readonly openRooms: OpenRooms
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
  readonly leases: Leases
  readonly clock: Clock
  readonly log: Log
  /** This server's name among all that compete. */
  readonly server: string
}

interface Lead {
  readonly generation: number
  pace: Pace
}

const jobOf = (showId: string): string => `inlet:${showId}`

export class Inlet {
  readonly #parts: InletParts
  readonly #leads = new Map<string, Lead>()

  constructor(parts: InletParts) {
    this.#parts = parts
  }

  /** Until `signal` aborts: the step in hand is finished, then the leases are given up. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await this.step()
      } catch (error) {
        log.warn({ error }, 'the inlets could not be looked after; again in a moment')
      }
      await clock.sleep(limits.inletIntervalMs, signal)
    }
    await this.#resign()
  }

  /** Advances each room that this server leads once. */
  async step(): Promise<void> {
    const { ledger, clock, log } = this.#parts
    for (const record of await ledger.list(clock.now())) {
      const { showId } = record
      try {
        await this.#advance(record)
      } catch (error) {
        this.#leads.delete(showId)
        if (error instanceof FencedOut) log.info({ showId }, 'another server leads the inlet now')
        else log.warn({ showId, error }, 'nobody was let in this time; again in a moment')
      }
    }
  }

  async #advance(record: RoomRecord): Promise<void> {
    const { openRooms, rooms, ledger, clock } = this.#parts
    const { showId, policy } = record
    const lead = await this.#lead(record)
    if (lead === null) return
    const show = await openRooms.show(showId)
    const now = clock.now()
    const isStanding = policy.isPaused || now < show.opensAt
    lead.pace = isStanding ? started(now) : refilled(lead.pace, policy.ratePerSecond, now)

    const { generation } = lead
    const ask = { generation, policy, turnsMax: Math.floor(lead.pace.allowance), now }
    const next = await openRooms.ask(show, () => rooms.next(showId, ask))
    if (next === 'fenced') throw new FencedOut(`the inlet of ${showId} has a later leader`)
    const { turns, lapsed, serving, room } = next
    const admittedPerSecond = isStanding ? room.admittedPerSecond : measured(next, lead.pace)
    lead.pace = { ...lead.pace, allowance: lead.pace.allowance - next.spent }

    const { issued } = room
    const admissions =
      turns.length + lapsed.length > 0 || serving > room.serving
        ? await ledger.admit({ showId, generation, policy, turns, lapsed, serving, issued, now })
        : []
    if (admissions === null) return
    const begun = { generation, serving, admissions, lapsed, admittedPerSecond, now }
    if ((await rooms.admit(showId, begun)) === 'fenced')
      throw new FencedOut(`the inlet of ${showId} has a later leader`)
  }

  /** Null while another server leads. */
  async #lead({ showId }: RoomRecord): Promise<Lead | null> {
    const { leases, ledger, clock, server } = this.#parts
    const now = clock.now()
    if (!(await leases.acquire(jobOf(showId), server, limits.inletLeaseTtlMs, now))) {
      this.#leads.delete(showId)
      return null
    }
    const lead = this.#leads.get(showId) ?? { generation: await ledger.lead(showId), pace: started(now) }
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
