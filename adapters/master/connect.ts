// The master's connections: a pool for the batches, whose locks others wait for, and one for everything else.
import createKnex, { type Knex } from 'knex'
import { type Dialect, dialectOf } from './dialect.ts'

export interface Database {
  readonly dialect: Dialect
  /** Short lock waits, short sessions: for what holds locks that others need. */
  readonly batches: Knex
  readonly queries: Knex
  close(): Promise<void>
}

/** @param url `sqlite:<file>` or `mysql://user:password@host:port/schema`. Nothing is opened before it is used. */
export function connect(url: string): Database {
  const dialect = dialectOf(url)
  const queries = createKnex(dialect.configure(url, 'queries'))
  const batches = dialect.hasOneWriter ? queries : createKnex(dialect.configure(url, 'batches'))
  const pools = new Set([queries, batches])
  return {
    dialect,
    batches,
    queries,
    close: async () => void (await Promise.all([...pools].map((pool) => pool.destroy()))),
  }
}
