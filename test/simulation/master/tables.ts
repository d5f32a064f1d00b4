// What the simulation's master has committed, and how a transaction's changes become part of it.
import type { JournalRow } from '../../../engine/journal.ts'
import type {
  BatchChanges,
  LedgerTransaction,
  OutboxRow,
  ParkedCommand,
  RefusalRow,
  ReservationRow,
  ShowHead,
  TakenSeat,
} from '../../../engine/ports.ts'
import type { Commit } from '../../auditor/evidence.ts'

export interface PartitionRow {
  epoch: number
  lastStamp: number
  owner: string
  heardAt: number
}

export class Tables {
  readonly partitions = new Map<number, PartitionRow>()
  readonly shows = new Map<string, ShowHead>()
  /** In the order of commits. */
  readonly journal: JournalRow[] = []
  readonly entries = new Map<string, JournalRow>()
  /** What only the master itself can know, for the auditor. */
  readonly commits: Commit[] = []
  /** The journal's unique keys. */
  readonly keys = new Set<string>()
  readonly reservations = new Map<string, ReservationRow>()
  readonly taken = new Map<string, Map<string, TakenSeat>>()
  readonly balances = new Map<string, number>()
  readonly ledger = new Map<string, LedgerTransaction>()
  /** What each charge has left its user with. */
  readonly balancesAfter = new Map<string, number>()
  readonly outbox = new Map<string, OutboxRow>()
  readonly parked = new Map<string, ParkedCommand>()
  readonly refusals: RefusalRow[] = []
  refusalsLost = 0
  /** Transactions so far, each of which is told to whoever follows. */
  commitCount = 0
  onCommit: () => void = () => {}
  readonly #held = new Map<string, ReservationRow>()
  readonly #ofBuyers = new Map<string, Set<string>>()

  takenOf(showId: string): Map<string, TakenSeat> {
    return getOrMake(this.taken, showId, () => new Map())
  }

  seatsOfBuyer(showId: string, userId: string): number {
    let seats = 0
    for (const id of this.#ofBuyers.get(`${showId}\n${userId}`) ?? []) {
      const { state, seatCount } = this.reservations.get(id) as ReservationRow
      if (state === 'held' || state === 'paid') seats += seatCount
    }
    return seats
  }

  /** The earliest deadline first. */
  overdue(partition: number, before: number): ReservationRow[] {
    return [...this.#held.values()]
      .filter(({ deadline }) => deadline !== null && deadline <= before)
      .filter(({ showId }) => this.shows.get(showId)?.partition === partition)
      .sort((a, b) => (a.deadline ?? 0) - (b.deadline ?? 0) || (a.id < b.id ? -1 : 1))
  }

  apply(changes: BatchChanges): void {
    for (const row of changes.journal) {
      this.journal.push(row)
      this.commits.push({ is: 'entry written', showId: row.showId, position: row.position })
      this.entries.set(row.commandId, row)
      for (const key of keysOf(row)) this.keys.add(key)
    }
    for (const head of changes.shows) this.shows.set(head.showId, head)
    for (const row of [...changes.reservationsMade, ...changes.reservationsChanged]) this.keep(row)
    for (const { showId, seatId } of changes.seatsReleased) this.takenOf(showId).delete(seatId)
    for (const { showId, seatId, reservationId } of changes.seatsSold)
      this.takenOf(showId).set(seatId, { status: 'sold', reservationId })
    for (const { showId, seatId, reservationId, status } of changes.seatsTaken)
      this.takenOf(showId).set(seatId, { status, reservationId })
    for (const transaction of changes.ledger) this.book(transaction)
    for (const row of changes.outbox) this.outbox.set(row.id, row)
    for (const command of changes.parked)
      if (!this.parked.has(command.id)) this.parked.set(command.id, command)
    const partition = this.partitions.get(changes.partition)
    if (partition) Object.assign(partition, { lastStamp: changes.stamp, heardAt: changes.stamp })
    this.committed()
  }

  committed(): void {
    this.commitCount++
    this.onCommit()
  }

  book(transaction: LedgerTransaction): void {
    this.ledger.set(transaction.id, transaction)
    for (const { account, amount } of transaction.entries) {
      const userId = userOf(account)
      if (userId === null) continue
      const balance = (this.balances.get(userId) ?? 0) + amount
      this.balances.set(userId, balance)
      this.balancesAfter.set(transaction.id, balance)
    }
  }

  keep(row: ReservationRow): void {
    this.reservations.set(row.id, row)
    getOrMake(this.#ofBuyers, `${row.showId}\n${row.userId}`, () => new Set()).add(row.id)
    if (row.state === 'held') this.#held.set(row.id, row)
    else this.#held.delete(row.id)
  }
}

export const keysOf = ({ showId, position, commandId, subjectId, seq }: JournalRow): string[] => [
  `command ${commandId}`,
  `position ${position} of ${showId}`,
  ...(seq === null ? [] : [`number ${seq} of ${subjectId}`]),
]

/** The user whose balance an account's entries move, or null for an account without one. */
export const userOf = (account: string): string | null =>
  account.startsWith('user:') ? account.slice('user:'.length) : null

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
