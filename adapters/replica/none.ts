// Look-ups where there is no replica: the embedded mode's file, or a REPLICA_URL that is the master's. Never behind.
import createKnex from 'knex'
import type { Clock, Replica } from '../../engine/ports.ts'
import { dialectOf } from '../master/dialect.ts'
import { withFailures } from '../master/failures.ts'
import { questionsTo } from './look-ups.ts'

export interface LookUpsOptions {
  /** The master's: `sqlite:<file>` or `mysql://…`. */
  readonly url: string
  readonly clock: Pick<Clock, 'now'>
}

/** Nothing is opened before it is used; the schema is the master's business. */
export function lookUpsOnMaster({ url, clock }: LookUpsOptions): Replica {
  const dialect = dialectOf(url)
  const knex = createKnex(dialect.configure(url, 'lookups'))
  const questions = questionsTo(knex, dialect)
  return {
    ...withFailures(dialect, {
      lookUps: async () => ({ ...questions, asOf: clock.now() }),
      commitPoint: () => dialect.commitPoint(knex),
      async check() {
        await knex.raw('SELECT 1')
        return []
      },
      close: () => knex.destroy(),
    }),
    status: () => ({ state: 'up', lagMs: 0 }),
  }
}
