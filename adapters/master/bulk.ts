// Many rows in one statement, and in as many statements as the database's limits ask for.
import { assert } from '../../engine/failures.ts'
import type { Session } from './session.ts'

export type Row = readonly unknown[]

/** `(?,?,?),(?,?,?)` */
const tuples = (rows: number, columns: number): string =>
  Array(rows)
    .fill(`(${Array(columns).fill('?').join()})`)
    .join()

export async function insertRows(
  session: Session,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  /** What follows the values, for example `orKeep`. */
  ending = '',
): Promise<void> {
  await eachChunk(session, rows, (chunk) => {
    const values = tuples(chunk.length, columns.length)
    return session.change(`INSERT INTO ${table} (${columns.join()}) VALUES ${values} ${ending}`, chunk.flat())
  })
}

/**
 * Sets the columns of existing rows, found by the first column; each must change a value.
 * @throws {BrokenInvariant} for a row that does not exist
 */
export async function updateRows(
  session: Session,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const { dialect } = session
  await eachChunk(session, rows, async (chunk) => {
    const update = dialect.updateRows(table, columns, tuples(chunk.length, columns.length))
    const affected = await session.change(update, chunk.flat())
    assert(affected === chunk.length * dialect.affectedPerUpdate, `every row of ${table} to update is there`)
  })
}

/**
 * `statement` ends with `WHERE`, and finds its rows by the listed values of `columns`.
 * @throws {BrokenInvariant} unless it found each of them
 */
export async function changeEach(
  session: Session,
  statement: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  await eachChunk(session, rows, async (chunk) => {
    const affected = await session.change(`${statement} ${among(session, columns, chunk)}`, chunk.flat())
    assert(affected === chunk.length, `${affected} of ${chunk.length} rows found: ${statement}`)
  })
}

/**
 * `statement` ends with `IN`; `bindings` are those of what stands before. Keys that it does not find do no harm.
 * @returns how many rows it found
 */
export async function changeIn(
  session: Session,
  statement: string,
  keys: Row,
  bindings: Row = [],
): Promise<number> {
  const found = await eachChunk(session, keys, (chunk) =>
    session.change(`${statement} (${chunk.map(() => '?').join()})`, [...bindings, ...chunk]),
  )
  return found.reduce((sum, affected) => sum + affected, 0)
}

/** `select` ends with `IN`; `bindings` are those of what stands before. */
export async function selectIn<Record>(
  session: Session,
  select: string,
  keys: readonly string[],
  { bindings = [], ending = '' }: { bindings?: Row; ending?: string } = {},
): Promise<Record[]> {
  const found = await eachChunk(session, keys, (chunk) => {
    const sql = `${select} (${chunk.map(() => '?').join()}) ${ending}`
    return session.rows<Record>(sql, [...bindings, ...chunk])
  })
  return found.flat()
}

/** `select` ends with `WHERE`: all rows that have one of the listed values in `columns`. */
export async function selectEach<Record>(
  session: Session,
  select: string,
  columns: readonly string[],
  rows: readonly Row[],
  ending = '',
): Promise<Record[]> {
  const found = await eachChunk(session, rows, (chunk) =>
    session.rows<Record>(`${select} ${among(session, columns, chunk)} ${ending}`, chunk.flat()),
  )
  return found.flat()
}

/** For a change of one listed row MariaDB would read, and lock, all of the table; named column by column it is found by its key. */
const among = ({ dialect }: Session, columns: readonly string[], rows: readonly Row[]): string =>
  rows.length === 1
    ? columns.map((column) => `${column} = ?`).join(' AND ')
    : `(${columns.join()}) IN ${dialect.tupleList(tuples(rows.length, columns.length))}`

/** As many items at once as the database takes in a statement; all are asked before the first has answered. */
function eachChunk<Item, Found>(
  session: Session,
  items: readonly Item[],
  ask: (chunk: readonly Item[]) => Promise<Found>,
): Promise<Found[]> {
  const asked: Promise<Found>[] = []
  let from = 0
  while (from < items.length) {
    const size = session.dialect.rowsPerStatement(items.length - from)
    asked.push(ask(items.slice(from, from + size)))
    from += size
  }
  return Promise.all(asked)
}
