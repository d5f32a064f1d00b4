// The simulation's master: every port of the store, in memory, with the transactions of batch.ts. What is one statement
// on a database takes its locks and commits by itself.
import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../engine/errors.ts'
import { assert, UnknownVersion } from '../../../engine/failures.ts'
import { limits } from '../../../engine/limits.ts'
import type {
  Accounts,
  Administration,
  BatchTransaction,
  Concert,
  Decisions,
  LiveServer,
  MachineVersions,
  Master,
  Outbox,
  Ownership,
  Parked,
  ParkedCommand,
  RefusalRow,
  ScheduledShow,
  SeatMap,
  Servers,
  Settings,
  Venue,
} from '../../../engine/ports.ts'
import { firstHead } from '../../../engine/show-head.ts'
import { Batch, rowOf } from './batch.ts'
import { inOrder } from './in-order.ts'
import { RowLocks, type Timer } from './locks.ts'
import { Tables } from './tables.ts'
import { SimulatedLedger } from './waiting-room-ledger.ts'

/** As on the real one: who waits longer for a row is told to run again. */
const lockWaitMaxMs = 2_000

/** Time as the master has it. */
export interface MasterTimer extends Timer {
  /** ms since the epoch. */
  now(): number
}

export type WholeMaster = Master & Administration & MachineVersions & Servers & Settings

interface Version {
  readonly definitionHash: string
  isActive: boolean
}

export class SimulatedMaster implements WholeMaster {
  readonly tables = new Tables()
  readonly #locks: RowLocks
  readonly #partitions: number
  readonly #timer: MasterTimer
  #currency: string | null = null
  readonly #Batch: typeof Batch
  readonly #venues = new Map<string, Venue>()
  readonly #concerts = new Map<string, Concert>()
  readonly #shows = new Map<string, ScheduledShow>()
  readonly #servers = new Map<string, { readonly server: LiveServer; readonly at: number }>()
  readonly #versions = new Map<string, Map<number, Version>>()
  readonly waitingRooms: SimulatedLedger

  constructor(partitions: number, timer: MasterTimer, transactions = Batch) {
    this.#partitions = partitions
    this.#timer = timer
    this.#Batch = transactions
    this.#locks = new RowLocks(timer, lockWaitMaxMs)
    this.waitingRooms = new SimulatedLedger(
      (showId, work) => this.#statement([`room ${showId}`], work),
      this.tables.reservations,
    )
    for (let id = 0; id < partitions; id++)
      this.tables.partitions.set(id, { epoch: 0, lastStamp: 0, owner: '', heardAt: 0 })
  }

  /** A transaction that its owner ends: for whoever may die within it. */
  begin(): Batch {
    return new this.#Batch(this.tables, this.#locks)
  }

  async transaction<T>(work: (transaction: BatchTransaction) => Promise<T>): Promise<T> {
    const batch = this.begin()
    try {
      const result = await work(inOrder(batch))
      batch.commit()
      return result
    } catch (error) {
      batch.rollBack()
      throw error
    }
  }

  async check(): Promise<void> {}
  async close(): Promise<void> {}

  async timeMs(): Promise<number> {
    return this.#timer.now()
  }

  async commitPoint(): Promise<string> {
    return String(this.tables.commitCount)
  }

  get catalogue() {
    return { venues: this.#venues, concerts: this.#concerts, shows: this.#shows }
  }

  // ── ownership ───────────────────────────────────────────────────────────────────────────────────────────

  raiseEpoch: Ownership['raiseEpoch'] = (partition, owner, at) =>
    this.#statement([rowOf.partition(partition)], () => {
      const row = this.tables.partitions.get(partition)
      assert(row, `partition ${partition} exists`)
      row.epoch++
      this.tables.commits.push({ is: 'epoch raised', partition, epoch: row.epoch })
      row.owner = owner
      row.heardAt = at
      this.tables.committed()
      return row.epoch
    })

  heartbeat: Ownership['heartbeat'] = (partition, epoch, at) =>
    this.#statement([rowOf.partition(partition)], () => {
      const row = this.tables.partitions.get(partition)
      if (row?.epoch !== epoch) return false
      row.heardAt = at
      return true
    })

  silentPartitions: Ownership['silentPartitions'] = async (since) =>
    [...this.tables.partitions].filter(([, { heardAt }]) => heardAt < since).map(([partition]) => partition)

  hasOverdue: Ownership['hasOverdue'] = async (partition, before) =>
    this.tables.overdue(partition, before).length > 0

  async report(server: LiveServer, at: number): Promise<void> {
    this.#servers.set(server.server, { server, at })
    this.tables.committed()
  }

  async leave(server: string): Promise<void> {
    this.#servers.delete(server)
    this.tables.committed()
  }

  async live(since: number): Promise<readonly LiveServer[]> {
    return [...this.#servers.values()].filter(({ at }) => at >= since).map(({ server }) => server)
  }

  // ── outbox and parked commands ──────────────────────────────────────────────────────────────────────────

  pending: Outbox['pending'] = async (partition, limit) =>
    [...this.tables.outbox.values()]
      .filter((row) => row.partition === partition)
      .slice(0, limit)
      .map(({ id, topic, showId, payload }) => ({ id, topic, showId, payload }))

  remove: Outbox['remove'] = async (ids) => {
    for (const id of ids) this.tables.outbox.delete(id)
  }

  list: Parked['list'] = async (limit, after) => {
    const all = [...this.tables.parked.values()]
    const last = after === undefined ? -1 : all.findIndex(({ id }) => id === after)
    return after !== undefined && last === -1 ? [] : all.slice(last + 1, last + 1 + limit)
  }

  find: Parked['find'] = async (id) => this.tables.parked.get(id) ?? null

  async park(commands: readonly ParkedCommand[]): Promise<void> {
    for (const command of commands)
      if (!this.tables.parked.has(command.id)) this.tables.parked.set(command.id, command)
  }

  async append(refusals: readonly RefusalRow[], lost: number): Promise<void> {
    this.tables.refusals.push(...refusals)
    this.tables.refusalsLost += lost
  }

  // ── decisions ───────────────────────────────────────────────────────────────────────────────────────────

  findEntry: Decisions['findEntry'] = async (commandId) => this.tables.entries.get(commandId) ?? null

  history: Decisions['history'] = async (subjectId) =>
    this.tables.journal.filter((row) => row.subjectId === subjectId).sort((a, b) => a.position - b.position)

  lastEntries: Decisions['lastEntries'] = async (reservations) => {
    const found = reservations.flatMap(
      ({ id, seq }) => this.tables.journal.find((row) => row.subjectId === id && row.seq === seq) ?? [],
    )
    return new Map(found.map((row) => [row.subjectId, row]))
  }

  reservation: Decisions['reservation'] = async (id) => this.tables.reservations.get(id) ?? null

  reservationsOf: Decisions['reservationsOf'] = async (userId, limit, before) => {
    const isOlder = (row: { createdAt: number; id: string }) =>
      !before ||
      row.createdAt < before.createdAt ||
      (row.createdAt === before.createdAt && row.id < before.id)
    return [...this.tables.reservations.values()]
      .filter((row) => row.userId === userId && isOlder(row))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .slice(0, limit)
  }

  async seatMap(showId: string): Promise<SeatMap | null> {
    const head = this.tables.shows.get(showId)
    return head ? { revision: head.seatsRevision, taken: new Map(this.tables.takenOf(showId)) } : null
  }

  standings: Decisions['standings'] = async (partition) =>
    [...this.tables.shows.values()]
      .filter((head) => head.partition === partition && head.position > 0)
      .map(({ showId, position, seatsRevision }) => ({ showId, position, seatsRevision }))

  // ── accounts ────────────────────────────────────────────────────────────────────────────────────────────

  async balance(userId: string): Promise<number> {
    return this.tables.balances.get(userId) ?? 0
  }

  entries: Accounts['entries'] = async (userId, limit, before = Number.MAX_SAFE_INTEGER) =>
    [...this.tables.ledger.values()]
      .flatMap(({ id, kind, at, reference, entries }, cursor) =>
        entries
          .filter(({ account }) => account === `user:${userId}`)
          .map(({ amount }) => ({ cursor, id, kind, at, reference, amount })),
      )
      .filter(({ cursor }) => cursor < before)
      .reverse()
      .slice(0, limit)

  charge: Accounts['charge'] = ({ id, userId, amount, at }) =>
    this.#statement([rowOf.account(userId)], () => {
      if (!Number.isSafeInteger(amount) || amount <= 0 || amount > limits.amountMax)
        throw new HoldfastError('invalid_request', `A charge of ${amount}.`)
      const first = this.tables.ledger.get(id)
      if (first === undefined) {
        if ((this.tables.balances.get(userId) ?? 0) + amount > limits.amountMax)
          throw new HoldfastError('invalid_request', 'The balance would be too large.')
        const entries = [
          { account: `user:${userId}`, amount },
          { account: 'deposits', amount: -amount },
        ]
        this.tables.book({ id, kind: 'charge', at, reference: id, entries })
        this.tables.committed()
      } else if (
        first.kind !== 'charge' ||
        first.entries[0]?.account !== `user:${userId}` ||
        first.entries[0].amount !== amount
      )
        throw new HoldfastError('idempotency_mismatch')
      return { balance: this.tables.balancesAfter.get(id) ?? 0 }
    })

  // ── catalogue, versions, settings ───────────────────────────────────────────────────────────────────────

  async show(showId: string): Promise<ScheduledShow | null> {
    return this.#shows.get(showId) ?? null
  }

  async plan(venueId: string): Promise<unknown> {
    return this.#venues.get(venueId)?.plan ?? null
  }

  async createVenue(venue: Venue): Promise<void> {
    makeOnce(this.#venues, venue)
  }

  async createConcert(concert: Concert): Promise<void> {
    makeOnce(this.#concerts, concert)
  }

  async createShow(show: ScheduledShow): Promise<void> {
    if (!this.#concerts.has(show.concertId) || !this.#venues.has(show.venueId))
      throw new HoldfastError('not_found', 'A show has a concert and a venue.')
    const version = (await this.active()).get('show')
    if (version === undefined) throw new UnknownVersion('no version of the machine show is active')
    makeOnce(this.#shows, show)
    if (!this.tables.shows.has(show.id))
      this.tables.shows.set(show.id, firstHead(show.id, this.#partitions, version))
  }

  async register(machines: Parameters<MachineVersions['register']>[0]): Promise<void> {
    for (const { name, version, definitionHash } of machines) {
      const versions = this.#versions.get(name) ?? new Map<number, Version>()
      const known = versions.get(version)
      if (known && known.definitionHash !== definitionHash)
        throw new UnknownVersion(`${name}@${version} is another machine here`)
      if (!known) versions.set(version, { definitionHash, isActive: versions.size === 0 })
      this.#versions.set(name, versions)
    }
  }

  async active(): Promise<ReadonlyMap<string, number>> {
    const active = new Map<string, number>()
    for (const [name, versions] of this.#versions)
      for (const [version, { isActive }] of versions) if (isActive) active.set(name, version)
    return active
  }

  async activate(name: string, version: number): Promise<void> {
    const versions = this.#versions.get(name)
    if (!versions?.has(version)) throw new UnknownVersion(`nobody has registered ${name}@${version}`)
    for (const [each, row] of versions) row.isActive = each === version
  }

  async keepCurrency(currency: string): Promise<void> {
    this.#currency ??= currency
    assert(this.#currency === currency, `the money of this sale is in ${this.#currency}`)
  }

  async settings() {
    const reservationIdKey = createHash('sha256').update('the key of every simulation').digest()
    return { partitions: this.#partitions, reservationIdKey }
  }

  async #statement<T>(rows: readonly string[], work: () => T): Promise<T> {
    const batch = new Batch(this.tables, this.#locks)
    try {
      await batch.lock(rows)
      return work()
    } finally {
      batch.rollBack()
    }
  }
}

function makeOnce<T extends { id: string }>(things: Map<string, T>, thing: T): void {
  const known = things.get(thing.id)
  if (known && JSON.stringify(known) !== JSON.stringify(thing)) throw new HoldfastError('already_exists')
  things.set(thing.id, thing)
}
