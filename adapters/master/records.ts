// How the ports' rows are stored: each field with its column. The compiler sees to it that none is forgotten.
import type { JournalRow } from '../../engine/journal.ts'
import type { OutboxRow, ParkedCommand, RefusalRow, ReservationRow, ShowHead } from '../../engine/ports.ts'

type Columns<Port> = { readonly [Field in keyof Port]-?: string }

export type StoredRecord = Readonly<Record<string, unknown>>

export class Records<Port extends object> {
  readonly columns: readonly string[]
  /** For a query whose records then are rows already. */
  readonly selection: Columns<Port>
  readonly #fields: readonly (keyof Port)[]
  readonly #pairs: readonly (readonly [field: keyof Port, column: string])[]

  constructor(columns: Columns<Port>) {
    this.selection = columns
    this.#fields = Object.keys(columns) as (keyof Port)[]
    this.#pairs = this.#fields.map((field) => [field, columns[field]])
    this.columns = this.#pairs.map(([, column]) => column)
  }

  /** In the order of `columns`. */
  values(row: Port): unknown[] {
    return this.#fields.map((field) => row[field])
  }

  read = (record: StoredRecord): Port => {
    const row: Partial<Port> = {}
    for (const [field, column] of this.#pairs) row[field] = record[column] as Port[keyof Port]
    return row as Port
  }
}

export const journalRows = new Records<JournalRow>({
  showId: 'show_id',
  position: 'position',
  commandId: 'command_id',
  subjectId: 'subject_id',
  seq: 'seq',
  entry: 'entry',
  hash: 'hash',
})

export const showHeads = new Records<ShowHead>({
  showId: 'show_id',
  partition: 'partition_id',
  state: 'state',
  seq: 'seq',
  machineVersion: 'machine_version',
  position: 'position',
  hash: 'hash',
  seatsRevision: 'seats_revision',
})

/** Stored with its partition beside it, in `partition_id`. */
export const reservationRows = new Records<ReservationRow>({
  id: 'id',
  showId: 'show_id',
  userId: 'user_id',
  state: 'state',
  seq: 'seq',
  machineVersion: 'machine_version',
  seatCount: 'seat_count',
  deadline: 'deadline',
  context: 'context',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
})

export const outboxRows = new Records<OutboxRow>({
  id: 'id',
  partition: 'partition_id',
  topic: 'topic',
  showId: 'show_id',
  payload: 'payload',
})

export const parkedCommands = new Records<ParkedCommand>({
  id: 'id',
  showId: 'show_id',
  reason: 'reason',
  body: 'body',
  at: 'at',
})

/** Its seats stand as JSON. */
export const refusalRows = new Records<Omit<RefusalRow, 'seatIds'>>({
  at: 'at',
  showId: 'show_id',
  userId: 'user_id',
  commandId: 'command_id',
  code: 'code',
})
