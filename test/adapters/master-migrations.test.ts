// How the schema gets from one release to the next.
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { connect } from '../../adapters/master/connect.ts'
import { migrate } from '../../adapters/master/migrations/migrate.ts'
import type { Migration } from '../../adapters/master/migrations/schema.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const first: Migration = {
  name: '001-first',
  up: (schema) => schema.createTable('things', (columns) => columns.key('id', 8).primary()),
}
const second: Migration = {
  name: '002-second',
  up: (schema) => schema.createTable('others', (columns) => columns.integer('id').primary()),
}

async function emptyDatabase(t: ExecutionContext) {
  const url = `sqlite:${join(await temporaryFolder(t), 'master.db')}`
  const { queries, close } = connect(url)
  t.teardown(close)
  const tables = async () => {
    const names: string[] = await queries('sqlite_master').where({ type: 'table' }).pluck('name')
    return names.filter((name) => ['things', 'others'].includes(name)).sort()
  }
  return { url, queries, tables }
}

test('a start runs what has not run yet, in order, and nothing twice', async (t) => {
  const { url, queries, tables } = await emptyDatabase(t)
  await migrate(url, [first])
  t.deepEqual(await tables(), ['things'])
  await queries('things').insert({ id: 'kept' })
  await migrate(url, [first, second])
  await migrate(url, [first, second])
  t.deepEqual(await tables(), ['others', 'things'])
  t.deepEqual(await queries('things').pluck('id'), ['kept'])
})

test('a server that is older than the database does not start, and says why', async (t) => {
  const { url } = await emptyDatabase(t)
  await migrate(url, [first, second])
  await t.throwsAsync(migrate(url, [first]), {
    message: 'The database is newer than this server: it has 002-second. Start a newer one.',
  })
})

test('a migration that fails leaves the database as it was, and runs again at the next start', async (t) => {
  const { url, tables } = await emptyDatabase(t)
  const failing: Migration = {
    name: '002-second',
    async up(schema) {
      await second.up(schema)
      throw new Error('out of luck')
    },
  }
  await t.throwsAsync(migrate(url, [first, failing]), { message: /out of luck/ })
  t.deepEqual(await tables(), [])
  await migrate(url, [first, second])
  t.deepEqual(await tables(), ['others', 'things'])
})

test('an empty table of a start that was interrupted is made anew, one with rows is left alone', async (t) => {
  const { url, queries } = await emptyDatabase(t)
  await queries.schema.createTable('things', (table) => table.integer('half'))
  await migrate(url, [first])
  await queries('things').insert({ id: 'whole' })

  await queries.schema.createTable('others', (table) => table.integer('half'))
  await queries('others').insert({ half: 1 })
  await t.throwsAsync(migrate(url, [first, second]), { message: /table others holds rows/ })
  t.deepEqual(await queries('others').pluck('half'), [1])
})

for (const [left, made] of [
  ['the one before', [['kind']]],
  ['both', [['kind'], ['kind', 'size']]],
  ['the one after', [['kind', 'size']]],
] as const)
  test(`an index gives way to another where an interrupted start has left ${left}`, async (t) => {
    const { url, queries } = await emptyDatabase(t)
    await queries.schema.createTable('things', (table) => {
      table.string('kind')
      table.integer('size')
      for (const columns of made) table.index([...columns])
    })
    await migrate(url, [
      { name: '001-wider', up: (schema) => schema.replaceIndex('things', ['kind'], ['kind', 'size']) },
    ])
    const names = await queries('sqlite_master').where({ type: 'index', tbl_name: 'things' }).pluck('name')
    t.deepEqual(names, ['things_kind_size_index'])
  })
