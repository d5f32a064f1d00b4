// The embedded mode's files: whose they are, and what is said of one that cannot be used.
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import Database from 'better-sqlite3'
import createKnex from 'knex'
import { makePrivate, openEmbeddedFile, unusable } from '../../adapters/embedded-file.ts'
import { dialectOf } from '../../adapters/master/dialect.ts'
import { asFailure } from '../../adapters/master/failures.ts'
import { inTransaction } from '../../adapters/master/session.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

test('a file is made for its owner alone, and with it what SQLite puts beside it', async (t) => {
  const path = join(await temporaryFolder(t), 'a.db')
  const file = openEmbeddedFile(path, (made) => void made.exec('CREATE TABLE things (id INTEGER)'))
  t.teardown(() => file.close())
  t.deepEqual([modeOf(path), modeOf(`${path}-wal`)], [0o600, 0o600])
})

test('a file that is there stays as it is', async (t) => {
  const path = join(await temporaryFolder(t), 'a.db')
  writeFileSync(path, 'content', { mode: 0o640 })
  const before = modeOf(path)
  makePrivate(path)
  t.is(modeOf(path), before)
  t.is(statSync(path).size, 7)
})

test('a folder in the place of a file is told by its name', async (t) => {
  const path = join(await temporaryFolder(t), 'a.db')
  mkdirSync(path)
  const message = new RegExp(`^${path} cannot be used \\(EISDIR.*\\): see that this user may write to it`)
  t.throws(() => makePrivate(path), { message })
})

const full =
  '/data cannot be used (database or disk is full): see that this user may write to it, and that its disk has space.'
const messageOf = (told: unknown): string => (told as Error).message

/** A file that takes no further page, as on a full disk. */
function fullFile(path: string) {
  const file = new Database(path)
  file.exec('CREATE TABLE things (content BLOB)')
  file.pragma(`max_page_count = ${file.pragma('page_count', { simple: true })}`)
  return file
}

test('a full disk is told in the same sentence, however deep it is wrapped', async (t) => {
  const file = fullFile(':memory:')
  const error = t.throws(() => file.exec('INSERT INTO things VALUES (zeroblob(100000))'))
  const sqlite = dialectOf('sqlite:')
  t.is(messageOf(unusable('/data', error)), full)
  t.is(messageOf(unusable('/data', asFailure(sqlite, error))), full)
  t.is(messageOf(unusable('/data', { nativeError: error })), full)
})

test('a full disk under the master is told without the statement', async (t) => {
  const sqlite = dialectOf('sqlite:')
  const knex = createKnex(sqlite.configure(`sqlite:${join(await temporaryFolder(t), 'a.db')}`, 'queries'))
  t.teardown(() => knex.destroy())
  await knex.raw('CREATE TABLE things (content BLOB)')
  await knex.raw('PRAGMA max_page_count = 2')
  const byKnex = await t.throwsAsync(knex.raw('INSERT INTO things VALUES (zeroblob(100000))'))
  t.regex(byKnex?.message ?? '', / - database or disk is full$/)
  t.is(messageOf(unusable('/data', asFailure(sqlite, byKnex))), full)
  const byBatch = await t.throwsAsync(
    inTransaction(sqlite, knex, (session) => session.change('INSERT INTO things VALUES (zeroblob(100000))')),
  )
  t.is(messageOf(unusable('/data', byBatch)), full)
})

test('what is no error of a file stays as it is', (t) => {
  for (const error of [new Error('A sentence.'), new TypeError('a bug'), 'text', null])
    t.is(unusable('/data', error), error)
  const told = unusable('/data/a.db', fullError())
  t.is(unusable('/data', told), told, 'and so does what was told of a file')
})

function fullError(): unknown {
  try {
    return fullFile(':memory:').exec('INSERT INTO things VALUES (zeroblob(100000))')
  } catch (error) {
    return error
  }
}
