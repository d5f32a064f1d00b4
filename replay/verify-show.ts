// One show against its journal: every entry is stepped again, every hash computed again, and what they lead to is compared
// with what is stored. A reservation is compared and forgotten as soon as its last entry has come by, so that memory holds
// those that are still going on, and no more.
import { hash as digestOf } from 'node:crypto'
import { chainStart, type JournalEntry, type JournalRow, openEntry } from '../engine/journal.ts'
import type {
  ArchivedReservation,
  ArchivedShow,
  ArchiveRecords,
  LedgerLine,
  LedgerTransaction,
} from '../engine/ports.ts'
import { registry } from '../machines/registry.ts'
import type { Differences } from './differences.ts'
import { faultOfFacts, type Rules, rulesOf } from './facts-check.ts'
import { type FindMachine, type Folded, ShowFold, storedAs } from './fold.ts'
import { pages } from './pages.ts'
import type { Progress } from './progress.ts'
import { isSameValue } from './same-value.ts'

export interface Verified {
  readonly entries: number
  readonly reservations: number
  /** Transactions that the entries ask for, and what they bring the show. */
  readonly payments: number
  readonly revenue: number
}

const known = new Map(registry.map((each) => [`${each.name}@${each.version}`, each]))
export const findKnown: FindMachine = (name) => known.get(name)

export async function verifyShow(
  records: ArchiveRecords,
  shown: ArchivedShow,
  differences: Differences,
  progress: Progress,
): Promise<Verified> {
  const verifier = new ShowVerifier(records, shown, differences)
  const { showId } = shown.head
  for await (const page of pages(
    (after: number, limit) => records.journal(showId, after, limit),
    0,
    (row) => row.position,
  )) {
    await verifier.add(page)
    progress.add(page.length)
  }
  return verifier.end()
}

class ShowVerifier {
  readonly #records: ArchiveRecords
  readonly #shown: ArchivedShow
  readonly #rules: Rules
  readonly #differences: Differences
  readonly #fold: ShowFold
  #hash: Buffer
  /** The hash before and an entry, to be hashed together. */
  #linked = Buffer.allocUnsafe(4_096)
  #position = 0
  #reservations = 0
  #payments = 0
  #revenue = 0
  #newEpoch = 0

  constructor(records: ArchiveRecords, shown: ArchivedShow, differences: Differences) {
    const { head } = shown
    this.#records = records
    this.#shown = shown
    this.#rules = rulesOf(shown)
    this.#differences = differences
    const machine = findKnown(`show@${head.machineVersion}`)
    if (machine === undefined)
      differences.add('version', head.showId, `its head names show@${head.machineVersion}`)
    this.#fold = new ShowFold(head, String(machine?.machine.config.initial ?? head.state), findKnown)
    this.#hash = chainStart(head.showId)
  }

  async add(rows: readonly JournalRow[]): Promise<void> {
    const touched = new Set<string>()
    const money: LedgerTransaction[] = []
    const parked: JournalEntry[] = []
    for (const row of rows) {
      const where = `${this.#fold.showId} #${row.position}`
      const entry = this.#take(row, where)
      if (entry === null) continue
      for (const transaction of this.#step(row, entry, where)) money.push(transaction)
      if (entry.outcome === 'parked') parked.push(entry)
      touched.add(entry.subjectId)
    }
    await this.#compareReservations(touched)
    await this.#compareMoney(money)
    await this.#compareParked(parked)
  }

  /** The chain, and the columns beside the bytes. */
  #take(row: JournalRow, where: string): JournalEntry | null {
    if (row.position !== this.#position + 1)
      this.#differences.add(
        'order',
        where,
        `position ${row.position} follows ${this.#position}: ${row.position - this.#position - 1} entries are missing`,
      )
    this.#position = row.position
    if (this.#chained(row.entry) !== row.hash.toString('hex'))
      this.#differences.add('chain', where, 'the hash does not cover the entry before and these bytes')
    this.#hash = row.hash

    try {
      const entry = openEntry(row)
      for (const name of ['showId', 'position', 'commandId', 'subjectId', 'seq'] as const)
        this.#differences.compare('columns', where, name, entry[name], row[name])
      return entry
    } catch {
      this.#differences.add('entry', where, 'the bytes are no entry')
      return null
    }
  }

  /** In hex, which is sooner made than a buffer. */
  #chained(entry: string): string {
    // No character takes more than three bytes.
    const longest = this.#hash.length + entry.length * 3
    if (this.#linked.length < longest) this.#linked = Buffer.allocUnsafe(2 * longest)
    this.#linked.set(this.#hash)
    const length = this.#hash.length + this.#linked.write(entry, this.#hash.length)
    return digestOf('sha256', this.#linked.subarray(0, length), 'hex')
  }

  #step(row: JournalRow, entry: JournalEntry, where: string): LedgerTransaction[] {
    try {
      const fault = faultOfFacts(entry, this.#fold, this.#rules)
      if (fault !== null) this.#differences.add('facts', where, fault)
      const expected = this.#fold.expect(entry, row.position)
      if (expected === null) {
        this.#differences.add('version', where, `it names ${entry.machine}`)
        return []
      }
      if (!isExpected(expected, entry)) this.#compareEntry(where, expected, entry)
      this.#compareFence(where, entry)
      const money = this.#fold.follow(expected)
      for (const { entries } of money) {
        this.#payments++
        this.#revenue += entries[1]?.amount ?? 0
      }
      return money
    } catch (error) {
      this.#differences.add('entry', where, `it can't be decided again: ${(error as Error).message}`)
      return []
    }
  }

  #compareEntry(where: string, expected: JournalEntry, entry: JournalEntry): void {
    for (const name of Object.keys(expected) as (keyof JournalEntry)[]) {
      const [should, is] = [JSON.stringify(expected[name]), JSON.stringify(entry[name])]
      this.#differences.compare('entry', where, name, should, is)
    }
  }

  #compareFence(where: string, { decidedAt, epoch }: JournalEntry): void {
    const { stamp, epoch: before } = this.#fold
    if (decidedAt < stamp)
      this.#differences.add('fence', where, `it is stamped ${decidedAt}, and the one before it ${stamp}`)
    if (epoch < before)
      this.#differences.add('fence', where, `it is of epoch ${epoch}, and the one before it of ${before}`)
    this.#newEpoch = Math.max(this.#newEpoch, epoch)
  }

  async #compareReservations(touched: ReadonlySet<string>): Promise<void> {
    const { open, showId } = this.#fold
    const ids = [...touched].filter((id) => open.has(id))
    const stored = new Map((await this.#records.reservationsById(ids)).map((row) => [row.id, row]))
    for (const id of ids) {
      const folded = open.get(id) as Folded
      const row = stored.get(id)
      if (row !== undefined && row.seq > folded.seq) continue
      open.delete(id)
      this.#reservations++
      if (row === undefined)
        this.#differences.add('reservation', id, `${showId} has entries about it, and it is gone`)
      else this.#compareReservation(folded, row)
    }
  }

  #compareReservation(folded: Folded, row: ArchivedReservation): void {
    const expected = storedAs(folded, this.#fold.showId, this.#shown.head.partition)
    for (const name of Object.keys(expected) as (keyof ArchivedReservation)[])
      this.#differences.compare('snapshot', row.id, name, expected[name], row[name])
  }

  async #compareMoney(transactions: readonly LedgerTransaction[]): Promise<void> {
    if (transactions.length === 0) return
    const lines = Map.groupBy(
      await this.#records.ledgerOf(transactions.map(({ id }) => id)),
      ({ transactionId }) => transactionId,
    )
    for (const transaction of transactions) {
      const stored = (lines.get(transaction.id) ?? []).map(withoutSequence)
      const expected = linesOf(transaction)
      this.#differences.compare(
        'ledger',
        transaction.id,
        'the transaction',
        JSON.stringify(expected),
        JSON.stringify(stored),
      )
    }
  }

  async #compareParked(entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return
    const stored = await this.#records.parkedById(entries.map(({ commandId }) => commandId))
    const kept = new Map(stored.map((row) => [row.id, row]))
    for (const { commandId, event, showId } of entries) {
      const row = kept.get(commandId)
      if (row === undefined) this.#differences.add('parked', commandId, 'it was parked, and is not kept')
      else {
        this.#differences.compare('parked', commandId, 'reason', event.reason, row.reason)
        this.#differences.compare('parked', commandId, 'showId', showId, row.showId)
      }
    }
  }

  async end(): Promise<Verified> {
    const { head } = this.#shown
    const { showId, open, state, seq, seatsRevision } = this.#fold
    const differences = this.#differences
    differences.compare('head', showId, 'position', this.#position, head.position)
    differences.compare('head', showId, 'hash', this.#hash.toString('hex'), head.hash.toString('hex'))
    differences.compare('head', showId, 'state', state, head.state)
    differences.compare('head', showId, 'seq', seq, head.seq)
    differences.compare('head', showId, 'seatsRevision', seatsRevision, head.seatsRevision)
    for (const folded of open.values())
      differences.add('snapshot', folded.id, `it is further than its ${folded.seq} entries`)
    await this.#compareCount(this.#reservations + open.size)
    await this.#compareSeats()
    const fence = (await this.#records.partitions()).find(({ partition }) => partition === head.partition)
    if (fence === undefined || fence.epoch < this.#newEpoch || fence.lastStamp < this.#fold.stamp)
      differences.add('fence', `partition ${head.partition}`, `${showId} was decided later than it knows of`)
    return {
      entries: this.#position,
      reservations: this.#reservations + open.size,
      payments: this.#payments,
      revenue: this.#revenue,
    }
  }

  /** The journal knows its reservations; a row that it does not know is found only when there are too many. */
  async #compareCount(expected: number): Promise<void> {
    const { showId } = this.#fold
    const stored = await this.#records.countReservations(showId)
    if (stored === expected) return
    this.#differences.add(
      'reservation',
      (await this.#firstWithoutEntries()) ?? showId,
      `${showId} has ${stored} reservations, and entries about ${expected}`,
    )
  }

  async #firstWithoutEntries(): Promise<string | null> {
    for await (const page of pages(
      (after: string, limit) => this.#records.reservations(this.#fold.showId, after, limit),
      '',
      (row) => row.id,
    ))
      for (const { id } of page) if ((await this.#records.history(id)).length === 0) return id
    return null
  }

  async #compareSeats(): Promise<void> {
    const { seats, showId } = this.#fold
    const stored = await this.#records.takenSeats(showId)
    for (const seatId of new Set([...seats.keys(), ...stored.keys()])) {
      const is = stored.get(seatId)
      if (is?.status === 'blocked' && !seats.has(seatId)) continue
      const tell = (seat: typeof is) => (seat ? `${seat.status} by ${seat.reservationId}` : 'free')
      this.#differences.compare('seats', `${showId} ${seatId}`, 'the seat', tell(seats.get(seatId)), tell(is))
    }
  }
}

/** Their members, in whatever order they stand: the chain has seen to the bytes. */
function isExpected(expected: JournalEntry, entry: JournalEntry): boolean {
  for (const name in expected)
    if (!isSameValue(expected[name as keyof JournalEntry], entry[name as keyof JournalEntry])) return false
  return true
}

const withoutSequence = ({ sequence: _, ...line }: LedgerLine): Omit<LedgerLine, 'sequence'> => line

const linesOf = ({ id, kind, at, reference, entries }: LedgerTransaction): Omit<LedgerLine, 'sequence'>[] =>
  entries.map(({ account, amount }, line) => ({
    transactionId: id,
    line,
    account,
    amount,
    kind,
    at,
    reference,
  }))
