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
  for (const chunk of writtenAtOnce(session, rows, columns.length)) {
    const values = tuples(chunk.length, columns.length)
    await write(session, `INSERT INTO ${table} (${columns.join()}) VALUES ${values} ${ending}`, chunk)
  }
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
  for (const chunk of writtenAtOnce(session, rows, columns.length)) {
    const update = dialect.updateRows(table, columns, tuples(chunk.length, columns.length))
    const affected = await write(session, update, chunk)
    assert(affected === chunk.length * dialect.affectedPerUpdate, `every row of ${table} to update is there`)
  }
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
  for (const chunk of chunks(session, rows, columns.length)) {
    const listed = session.dialect.tupleList(tuples(chunk.length, columns.length))
    const affected = await session.change(`${statement} (${columns.join()}) IN ${listed}`, chunk.flat())
    assert(affected === chunk.length, `${affected} of ${chunk.length} rows found: ${statement}`)
  }
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
  let found = 0
  for (const chunk of chunks(session, keys, 1))
    found += await session.change(`${statement} (${chunk.map(() => '?').join()})`, [...bindings, ...chunk])
  return found
}

/** `select` ends with `IN`; `bindings` are those of what stands before. */
export async function selectIn<Record>(
  session: Session,
  select: string,
  keys: readonly string[],
  { bindings = [], ending = '' }: { bindings?: Row; ending?: string } = {},
): Promise<Record[]> {
  const found: Record[] = []
  for (const chunk of chunks(session, keys, 1)) {
    const sql = `${select} (${chunk.map(() => '?').join()}) ${ending}`
    found.push(...(await session.rows<Record>(sql, [...bindings, ...chunk])))
  }
  return found
}

/** `select` ends with `WHERE`: all rows that have one of the listed values in `columns`. */
export async function selectEach<Record>(
  session: Session,
  select: string,
  columns: readonly string[],
  rows: readonly Row[],
  ending = '',
): Promise<Record[]> {
  const found: Record[] = []
  for (const chunk of chunks(session, rows, columns.length)) {
    const listed = session.dialect.tupleList(tuples(chunk.length, columns.length))
    const sql = `${select} (${columns.join()}) IN ${listed} ${ending}`
    found.push(...(await session.rows<Record>(sql, chunk.flat())))
  }
  return found
}

function write(session: Session, sql: string, rows: readonly Row[]): Promise<number> {
  const isPrepared = session.dialect.isWorthPreparing(rows.length)
  return isPrepared ? session.changePrepared(sql, rows.flat()) : session.change(sql, rows.flat())
}

const chunks = <T>(session: Session, items: readonly T[], columns: number) =>
  divided(items, (rest) => session.dialect.rowsPerStatement(rest, columns))

const writtenAtOnce = (session: Session, rows: readonly Row[], columns: number) =>
  divided(rows, (rest) => session.dialect.rowsPerWrite(rest, columns))

function* divided<T>(items: readonly T[], sizeOf: (rest: number) => number): Generator<readonly T[]> {
  let from = 0
  while (from < items.length) {
    const size = sizeOf(items.length - from)
    yield items.slice(from, from + size)
    from += size
  }
}
