// The simulation's replica: what the master commits arrives in order, some time later. A commit point is the number of
// commits.

import type { Questions } from '../../adapters/replica/routing.ts'
import type { ScheduledShow, ShowFigures, ShowHead, ShowView } from '../../engine/ports.ts'
import type { SimulatedMaster } from './master/master.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** What is asked for in a simulation. */
export type Looked = Pick<Questions, 'show' | 'figures'>

type Heads = ReadonlyMap<string, ShowHead>

interface Waiter {
  readonly commits: number
  resolve(hasReached: boolean): void
}

const typicalLagMs = 15

export class SimulatedReplica {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #waiting: (() => void)[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #master: SimulatedMaster
  #heads: Heads = new Map()
  #commits = 0
  #lastArrivalMs = 0
  #newestHeartbeat = 0
  #isCutOff = false
  #lagUntilMs = 0

  constructor(master: SimulatedMaster, scheduler: Scheduler, random: Random) {
    this.#master = master
    this.#scheduler = scheduler
    this.#random = random
    master.tables.onCommit = () => this.#replicate()
  }

  get heads(): Heads {
    return this.#heads
  }

  get newestHeartbeat(): number {
    return this.#newestHeartbeat
  }

  /** Once it has that many commits; false if it does not within `timeoutMs`. */
  hasReached(commitPoint: string, timeoutMs: number): boolean | Promise<boolean> {
    const commits = Number(commitPoint)
    if (this.#commits >= commits) return true
    return new Promise((resolve) => {
      const waiter = { commits, resolve }
      this.#waiters.add(waiter)
      this.#scheduler.after(timeoutMs, () => this.#waiters.delete(waiter) && resolve(false))
    })
  }

  /** What is committed for a while arrives when that is over. */
  lag(ms: number): void {
    this.#lagUntilMs = Math.max(this.#lagUntilMs, this.#scheduler.now + ms)
  }

  cutOff(): void {
    this.#isCutOff = true
  }

  mend(): void {
    this.#isCutOff = false
    this.#lagUntilMs = 0
    for (const arrive of this.#waiting.splice(0)) arrive()
  }

  #replicate(): void {
    const { tables } = this.#master
    const commits = tables.commitCount
    const heads = new Map(tables.shows)
    const heartbeat = this.#scheduler.now
    const arrive = () => {
      // Of what arrives in one moment the times, being sums, may be an ulp apart, and the newest comes first.
      if (commits < this.#commits) return
      if (this.#isCutOff) return void this.#waiting.push(arrive)
      this.#heads = heads
      this.#commits = commits
      this.#newestHeartbeat = heartbeat
      for (const waiter of this.#waiters)
        if (waiter.commits <= commits && this.#waiters.delete(waiter)) waiter.resolve(true)
    }
    const lagMs = typicalLagMs * (0.2 + this.#random.next() ** 3 * 8)
    const atMs = Math.max(this.#lastArrivalMs, this.#lagUntilMs, heartbeat + lagMs)
    this.#lastArrivalMs = atMs
    this.#scheduler.after(atMs - heartbeat, arrive)
  }
}

/** The catalogue does not change while seats are sold; how the sales stand is whose heads are asked. */
export function questionsTo(
  master: Pick<SimulatedMaster, 'catalogue' | 'tables'>,
  heads: () => Heads,
): Looked {
  const { shows } = master.catalogue
  const view = (show: ScheduledShow | undefined): ShowView | null => {
    const head = show && heads().get(show.id)
    if (!head) return null
    const { state, seatsRevision: revision } = head
    return { ...show, state, revision }
  }
  return {
    show: async (id) => view(shows.get(id)),
    figures: async (id) => figuresOf(master, shows.get(id)),
  }
}

/** Of this moment, whatever the lag: nothing is decided by them. */
function figuresOf(
  { catalogue, tables }: Pick<SimulatedMaster, 'catalogue' | 'tables'>,
  show: ScheduledShow | undefined,
): ShowFigures | null {
  const head = show && tables.shows.get(show.id)
  if (!head) return null
  const { id: showId, concertId, startsAt, currency, venueId } = show
  const reservations: Record<string, number> = {}
  for (const row of tables.reservations.values())
    if (row.showId === showId) reservations[row.state] = (reservations[row.state] ?? 0) + 1
  const seats = { free: catalogue.venues.get(venueId)?.seatCount ?? 0, held: 0, sold: 0, blocked: 0 }
  for (const { status } of tables.takenOf(showId).values()) {
    seats[status]++
    seats.free--
  }
  let revenue = 0
  for (const { entries } of tables.ledger.values())
    for (const { account, amount } of entries) if (account === `revenue:${showId}`) revenue += amount
  return {
    showId,
    concertId,
    startsAt,
    state: head.state,
    currency,
    revenue,
    reservations,
    seats,
    parked: 0,
  }
}
