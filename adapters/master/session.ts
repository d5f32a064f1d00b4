// One transaction on one connection: prepared text in, rows or a count of rows out. The batches run on this, without
// a query builder on the way.
import type { Knex } from 'knex'
import { Transient } from '../../engine/failures.ts'
import type { Dialect, Result } from './dialect.ts'
import { asFailure } from './failures.ts'

export class Session {
  readonly dialect: Dialect
  readonly #connection: unknown
  #hasEnded = false

  constructor(dialect: Dialect, connection: unknown) {
    this.dialect = dialect
    this.#connection = connection
  }

  /** @throws {Transient} and whatever else the database says */
  async rows<Row>(sql: string, bindings: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#execute(sql, bindings)).rows as readonly Row[]
  }

  /** @returns how many rows it found, whether or not their values differ from before */
  async change(sql: string, bindings: readonly unknown[] = []): Promise<number> {
    return (await this.#execute(sql, bindings)).affected
  }

  /** For one that comes again and again, with as many rows as are worth preparing. */
  async changePrepared(sql: string, bindings: readonly unknown[]): Promise<number> {
    const { executePrepared } = this.dialect
    return (await this.#execute(sql, bindings, executePrepared)).affected
  }

  /** From here on it takes no statement: the connection belongs to somebody else. */
  end(): void {
    this.#hasEnded = true
  }

  async #execute(
    sql: string,
    bindings: readonly unknown[],
    execute: Dialect['execute'] = this.dialect.execute,
  ): Promise<Result> {
    if (this.#hasEnded) throw new Error('a statement after the end of its transaction')
    try {
      return await execute(this.#connection, sql, bindings)
    } catch (error) {
      throw asFailure(this.dialect, error)
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
    await session.change(dialect.begin)
    const result = await work(session)
    session.end()
    await commit(dialect, connection)
    return result
  } catch (error) {
    session.end()
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
