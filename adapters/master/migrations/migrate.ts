// The schema, brought up to date at each start. Migrations only go forward, and expand before they contract: first a
// release that adds, then one that no longer needs what a later one takes away, since old and new servers run side by
// side while a release goes out.
import createKnex, { type Knex } from 'knex'
import { type Dialect, dialectOf } from '../dialect.ts'
import { deployment } from './001-deployment.ts'
import { catalogue } from './002-catalogue.ts'
import { decisions } from './003-decisions.ts'
import { money } from './004-money.ts'
import { aside } from './005-aside.ts'
import { waitingRoom } from './006-waiting-room.ts'
import { servers } from './007-servers.ts'
import { lottery } from './008-lottery.ts'
import { knownMachines } from './009-known-machines.ts'
import { endedSessions } from './010-ended-sessions.ts'
import { seatLimitIndex } from './011-seat-limit-index.ts'
import { openedRooms } from './012-opened-rooms.ts'
import { type Migration, Schema } from './schema.ts'

const migrations: readonly Migration[] = [
  deployment,
  catalogue,
  decisions,
  money,
  aside,
  waitingRoom,
  servers,
  lottery,
  knownMachines,
  endedSessions,
  seatLimitIndex,
  openedRooms,
]

/** @throws when a newer release has been at this database, and when a migration fails */
export async function migrate(url: string, known: readonly Migration[] = migrations): Promise<void> {
  const dialect = dialectOf(url)
  const knex = createKnex(dialect.configure(url, 'migrations'))
  try {
    await dialect.withMigrationLock(knex, async () => {
      await assertNotNewer(knex, known)
      await knex.migrate.latest({
        migrationSource: sourceOf(known, dialect),
        disableTransactions: !dialect.hasTransactionalDdl,
      })
    })
  } finally {
    await knex.destroy()
  }
}

async function assertNotNewer(knex: Knex, known: readonly Migration[]): Promise<void> {
  if (!(await knex.schema.hasTable('knex_migrations'))) return
  const names = new Set(known.map(({ name }) => name))
  const done: readonly string[] = await knex('knex_migrations').orderBy('id').pluck('name')
  const unknown = done.filter((name) => !names.has(name))
  if (unknown.length > 0)
    throw new Error(
      `The database is newer than this server: it has ${unknown.join(', ')}. Start a newer one.`,
    )
}

const sourceOf = (known: readonly Migration[], dialect: Dialect): Knex.MigrationSource<Migration> => ({
  getMigrations: async () => [...known],
  getMigrationName: ({ name }) => name,
  getMigration: async ({ up }) => ({
    up: async (knex) => up(new Schema(knex, dialect, await dialect.exactCollation(knex))),
    down: async () => {
      throw new Error('migrations only go forward')
    },
  }),
})
