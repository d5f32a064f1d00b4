// Migrations where DDL is not undone by a rollback and waits for whoever reads: what a start leaves behind, and whom it delays.
import test from 'ava'
import { createConnection } from 'mysql2/promise'
import { migrate } from '../../adapters/master/migrations/migrate.ts'
import type { Migration } from '../../adapters/master/migrations/schema.ts'
import { askOnce, ownSchema } from '../support/mysql-master.ts'
import { testServers } from '../support/servers.ts'

const { masterUrl } = testServers()

const wider: Migration = {
  name: '001-wider',
  up: (schema) => schema.replaceIndex('things', ['kind'], ['kind', 'size']),
}

async function indexes(url: string): Promise<string[]> {
  const rows = await askOnce(url, "SHOW INDEX FROM things WHERE Key_name <> 'PRIMARY' AND Seq_in_index = 1")
  return rows.map(({ Key_name }) => Key_name)
}

for (const [left, indexed] of [
  ['the one before', ['INDEX things_kind_index (kind)']],
  ['both', ['INDEX things_kind_index (kind)', 'INDEX things_kind_size_index (kind, size)']],
  ['the one after', ['INDEX things_kind_size_index (kind, size)']],
] as const)
  test(`an index gives way to another where an interrupted start has left ${left}`, async (t) => {
    const { url, drop } = await ownSchema(masterUrl)
    t.teardown(drop)
    await askOnce(url, `CREATE TABLE things (kind VARCHAR(8), size INT, ${indexed.join()})`)
    await migrate(url, [wider])
    t.deepEqual(await indexes(url), ['things_kind_size_index'])
  })

test('a migration gives way to whoever has its table, and those behind it go on; the next start does it', async (t) => {
  const { url, drop } = await ownSchema(masterUrl)
  t.teardown(drop)
  await askOnce(url, 'CREATE TABLE things (kind VARCHAR(8), size INT, INDEX things_kind_index (kind))')
  const reader = await createConnection(url)
  t.teardown(() => reader.end())
  await reader.query('START TRANSACTION')
  await reader.query('SELECT COUNT(*) FROM things')

  await t.throwsAsync(migrate(url, [wider]), { message: /Lock wait timeout exceeded/ })
  await askOnce(url, "INSERT INTO things VALUES ('behind', 1)")
  t.deepEqual(await indexes(url), ['things_kind_index'])

  await reader.query('COMMIT')
  await migrate(url, [wider])
  t.deepEqual(await indexes(url), ['things_kind_size_index'])
})
