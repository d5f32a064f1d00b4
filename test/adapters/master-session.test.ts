// A transaction that ends badly: the next one on the same pool must not notice.
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { connect } from '../../adapters/master/connect.ts'
import { inTransaction, type Session } from '../../adapters/master/session.ts'
import { Transient } from '../../engine/failures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function notes(t: ExecutionContext) {
  const database = connect(`sqlite:${join(await temporaryFolder(t), 'master.db')}`)
  t.teardown(database.close)
  const { dialect, queries } = database
  await queries.raw('CREATE TABLE people (id INTEGER PRIMARY KEY)')
  await queries.raw(
    'CREATE TABLE notes (person_id INTEGER REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)',
  )
  return {
    inTransaction: <T>(work: Parameters<typeof inTransaction<T>>[2]) => inTransaction(dialect, queries, work),
    people: () => queries('people').orderBy('id').pluck('id'),
    notes: () => queries('notes').pluck('person_id'),
  }
}

test('a commit that fails is unknown, and its transaction does not stay open', async (t) => {
  const { inTransaction, people, notes: kept } = await notes(t)
  const orphan = inTransaction((session) => session.change('INSERT INTO notes VALUES (1)'))
  await t.throwsAsync(orphan, { instanceOf: Transient, message: /outcome of a commit is unknown/ })
  await inTransaction((session) => session.change('INSERT INTO people VALUES (7)'))
  t.deepEqual([await people(), await kept()], [[7], []])
})

test('a connection that can not even roll back is replaced', async (t) => {
  const { inTransaction, people } = await notes(t)
  const cacheSize = (session: Session) => session.rows<{ cache_size: number }>('PRAGMA cache_size')
  const broken = inTransaction(async (session) => {
    await session.change('INSERT INTO people VALUES (1)')
    await session.change('ROLLBACK')
    await session.rows('PRAGMA cache_size = 77')
    throw new Error('broken')
  })
  await t.throwsAsync(broken, { message: 'broken' })

  const [ofNext] = await inTransaction(async (session) => {
    await session.change('INSERT INTO people VALUES (2)')
    return cacheSize(session)
  })
  t.not(ofNext?.cache_size, 77)
  t.deepEqual(await people(), [2])
})

test('what is asked without waiting is carried out in order, and nothing behind a statement that failed', async (t) => {
  const { inTransaction, people } = await notes(t)
  await inTransaction(async (session) => {
    const insert = (id: number) => session.change('INSERT INTO people VALUES (?)', [id])
    const counted = session.rows<{ count: number }>('SELECT COUNT(*) AS count FROM people')
    t.is((await Promise.all([insert(1), insert(2), counted]))[2][0]?.count, 0)
    const asked = await Promise.allSettled([insert(3), insert(1), insert(4)])
    t.deepEqual(
      asked.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    )
  })
  t.deepEqual(await people(), [1, 2, 3])
})

test('a transaction that fails ends with what is on its way, and what was asked goes nowhere else', async (t) => {
  const { inTransaction, people } = await notes(t)
  const failing = inTransaction(async (session) => {
    const inserted = [1, 2].map((id) => session.change('INSERT INTO people VALUES (?)', [id]))
    for (const each of inserted) each.catch(() => {})
    throw new Error('broken')
  })
  await t.throwsAsync(failing, { message: 'broken' })
  t.deepEqual(await people(), [])
})

test('many statements of different lengths run one after the other', async (t) => {
  const { inTransaction, people } = await notes(t)
  await inTransaction(async (session) => {
    for (let count = 1; count <= 300; count++) {
      const ids = Array.from({ length: count }, (_, index) => count * 1_000 + index)
      await session.change(`INSERT INTO people VALUES ${ids.map(() => '(?)').join()}`, ids)
    }
  })
  t.is((await people()).length, (300 * 301) / 2)
})
