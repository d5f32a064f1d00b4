// One transaction on one connection: statements in, rows or a count of rows out. The batches run on this, without a query
// builder on the way.
import type { Knex } from 'knex'
import { Transient } from '../../engine/failures.ts'
import type { Dialect, Result, Statement } from './dialect.ts'
import { asFailure } from './failures.ts'

interface Asked extends Statement {
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Statements that are asked without waiting for one another travel together, and are carried out in the order in which they
 * were asked: a trip costs a busy process more than a statement. After one that fails, none behind it is carried out.
 */
export class Session {
  readonly dialect: Dialect
  readonly #connection: unknown
  #asked: Asked[] = []
  #trip: Promise<void> = Promise.resolve()
  #hasEnded = false

  constructor(dialect: Dialect, connection: unknown) {
    this.dialect = dialect
    this.#connection = connection
  }

  /** @throws {Transient} and whatever else the database says */
  async rows<Row>(sql: string, bindings: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#ask(sql, bindings)).rows as readonly Row[]
  }

  /** @returns how many rows it found, whether or not their values differ from before */
  async change(sql: string, bindings: readonly unknown[] = []): Promise<number> {
    return (await this.#ask(sql, bindings)).affected
  }

  /** From here on it takes no statement, and once this resolves none is on its way: the connection belongs to somebody else. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await this.#trip
  }

  #ask(sql: string, bindings: readonly unknown[]): Promise<Result> {
    if (this.#hasEnded) throw new Error('a statement after the end of its transaction')
    if (this.#asked.length === 0) this.#trip = this.#trip.then(() => this.#send())
    return new Promise((resolve, reject) => this.#asked.push({ sql, bindings, resolve, reject }))
  }

  async #send(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    try {
      const results = await this.dialect.executeAll(this.#connection, asked)
      for (const [index, { resolve }] of asked.entries()) resolve(results[index] as Result)
    } catch (error) {
      const failure = asFailure(this.dialect, error)
      for (const { reject } of asked) reject(failure)
    }
  }
}

/**
 * Commits what `work` did when it resolves, rolls all of it back when it rejects.
 * @throws {Transient} nothing of it was done, or the outcome is unknown: run it again, whole
 */
export async function inTransaction<T>(
  dialect: Dialect,
  pool: Knex,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const connection = await acquire(dialect, pool)
  const session = new Session(dialect, connection)
  try {
    const [, result] = await Promise.all([session.change(dialect.begin), work(session)])
    await session.end()
    await commit(dialect, connection)
    return result
  } catch (error) {
    await session.end()
    await rollBack(dialect, connection)
    throw asFailure(dialect, error)
  } finally {
    await pool.client.releaseConnection(connection)
  }
}

async function acquire(dialect: Dialect, pool: Knex): Promise<unknown> {
  try {
    return await pool.client.acquireConnection()
  } catch (error) {
    throw asFailure(dialect, error)
  }
}

async function commit(dialect: Dialect, connection: unknown): Promise<void> {
  try {
    await dialect.execute(connection, 'COMMIT', [])
  } catch (error) {
    throw new Transient('the outcome of a commit is unknown', { cause: error })
  }
}

async function rollBack(dialect: Dialect, connection: unknown): Promise<void> {
  try {
    await dialect.execute(connection, 'ROLLBACK', [])
  } catch {
    // The server ends the transaction with its connection.
    dialect.discard(connection)
  }
}
