// What replay, audit and export need of a database: all that it has, in order and a page at a time, of one moment. It is
// never asked to write, and works as well on a replica, on the embedded mode's file, and on an export that was read in.
// Times are ms since the epoch in the master's time, money is minor units of the deployment's currency.
import type { JournalRow } from './journal.ts'
import type {
  Catalogue,
  ParkedCommand,
  RefusalRow,
  ReservationRow,
  ScheduledShow,
  ShowHead,
  Venue,
} from './master-ports.ts'
import type { TakenSeat } from './ports.ts'

export interface Archive {
  /**
   * All that `read` sees is of one moment, however long it takes.
   * @throws {Transient} when the database goes away; nothing is half read, since nothing was to be kept
   */
  atOneMoment<T>(read: (records: ArchiveRecords) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface ArchivedShow {
  readonly head: ShowHead
  readonly show: ScheduledShow
  readonly concertName: string
  readonly venue: Venue
}

/** A reservation as it is stored, with the partition beside it. */
export interface ArchivedReservation extends ReservationRow {
  readonly partition: number
}

export interface LedgerLine {
  readonly sequence: number
  readonly transactionId: string
  readonly line: number
  readonly account: string
  readonly amount: number
  readonly kind: string
  readonly at: number
  readonly reference: string
}

/** All lines of an account together. */
export interface AccountSum {
  readonly account: string
  readonly sum: number
  readonly lines: number
}

export interface ArchivedRefusal extends RefusalRow {
  readonly sequence: number
}

export interface ArchivedParked extends ParkedCommand {
  readonly sequence: number
}

export interface ArchivedPartition {
  readonly partition: number
  readonly epoch: number
  readonly lastStamp: number
}

export interface ArchivedMachine {
  readonly name: string
  readonly version: number
  readonly definitionHash: string
  readonly isActive: boolean
}

/** What the deployment is known by. */
export interface ArchivedDeployment {
  readonly currency: string
  readonly partitions: number
  /** Makes pseudonyms of users; null where they are pseudonyms already. */
  readonly pseudonymKey: Buffer | null
  /** False for an export of single shows, which has neither balances nor charges. */
  readonly isWhole: boolean
  /** The moment that all answers are of. */
  readonly asOf: number
}

/** Pages are in ascending order, at most `limit` long, and empty after the last one. */
export interface ArchiveRecords extends Catalogue {
  deployment(): Promise<ArchivedDeployment>
  machines(): Promise<readonly ArchivedMachine[]>
  partitions(): Promise<readonly ArchivedPartition[]>
  showIds(): Promise<readonly string[]>
  /** Of which the journal has entries, whether or not there is such a show. */
  journaledShowIds(): Promise<readonly string[]>
  archivedShow(showId: string): Promise<ArchivedShow | null>
  /** By position. */
  journal(showId: string, after: number, limit: number): Promise<readonly JournalRow[]>
  /** A subject's entries in the order of the journal. */
  history(subjectId: string): Promise<readonly JournalRow[]>
  entryOf(commandId: string): Promise<JournalRow | null>
  /** By id; those whose id begins with the show's, and no others. */
  reservations(showId: string, after: string, limit: number): Promise<readonly ArchivedReservation[]>
  /** Reservations of any show by their show's column, whatever their id: what `reservations` must agree with. */
  countReservations(showId: string): Promise<number>
  reservationsById(ids: readonly string[]): Promise<readonly ArchivedReservation[]>
  /** Holds whose deadline is before `before`. */
  overdue(showId: string, before: number, limit: number): Promise<readonly ArchivedReservation[]>
  takenSeats(showId: string): Promise<ReadonlyMap<string, TakenSeat>>
  ledgerOf(transactionIds: readonly string[]): Promise<readonly LedgerLine[]>
  ledger(after: number, limit: number): Promise<readonly LedgerLine[]>
  /** By transaction id: those whose lines do not sum to zero. */
  unbalanced(limit: number): Promise<readonly string[]>
  /** By account, from those after the given one. */
  accountSums(after: string, limit: number): Promise<readonly AccountSum[]>
  sumOf(account: string): Promise<AccountSum>
  balances(after: string, limit: number): Promise<readonly { userId: string; balance: number }[]>
  refusals(showId: string, after: number, limit: number): Promise<readonly ArchivedRefusal[]>
  /** Refusals that could not be kept, of all shows. */
  refusalLosses(): Promise<readonly { at: number; lost: number }[]>
  parked(after: number, limit: number): Promise<readonly ArchivedParked[]>
  parkedById(ids: readonly string[]): Promise<readonly ArchivedParked[]>
}

/** One row for a database that is made of an export. */
export type RestoredRow =
  | { readonly table: 'settings'; readonly row: { readonly name: string; readonly value: string } }
  | { readonly table: 'machines'; readonly row: ArchivedMachine }
  | { readonly table: 'partitions'; readonly row: ArchivedPartition }
  | { readonly table: 'shows'; readonly row: ArchivedShow }
  | { readonly table: 'journal'; readonly row: JournalRow }
  | { readonly table: 'reservations'; readonly row: ArchivedReservation }
  | {
      readonly table: 'seats'
      readonly row: TakenSeat & { readonly showId: string; readonly seatId: string }
    }
  | { readonly table: 'ledger'; readonly row: LedgerLine }
  | { readonly table: 'accounts'; readonly row: { readonly userId: string; readonly balance: number } }
  | { readonly table: 'refusals'; readonly row: ArchivedRefusal }
  | { readonly table: 'refusalLosses'; readonly row: { readonly at: number; readonly lost: number } }
  | { readonly table: 'parked'; readonly row: ArchivedParked }
