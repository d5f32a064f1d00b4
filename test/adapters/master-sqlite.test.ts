// The master and its look-ups on SQLite: the contract, and what a file on one machine promises besides.

import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import { openArchive } from '../../adapters/archive/archive.ts'
import { connect } from '../../adapters/master/connect.ts'
import { openMaster } from '../../adapters/master/master.ts'
import { Transient } from '../../engine/failures.ts'
import { masterContract } from '../contract/master.ts'
import { now, partitions } from '../contract/master-stage.ts'
import { openTemporaryMaster } from '../support/temporary-master.ts'

masterContract('SQLite', async () => {
  const temporary = await openTemporaryMaster(partitions, { now: () => now })
  const { url } = temporary
  const openAnother = (partitions: number) => openMaster({ url, partitions })
  return { ...temporary, openArchive: () => openArchive(url), open: openAnother }
})

async function temporaryMaster(t: ExecutionContext) {
  const temporary = await openTemporaryMaster(8, { now: () => now })
  t.teardown(temporary.close)
  return temporary
}

/** A look into the file from outside. */
function lookInto(t: ExecutionContext, file: string): Sqlite.Database {
  const sqlite = new Sqlite(file)
  t.teardown(() => sqlite.close())
  return sqlite
}

test('every commit is synced to the file before it is answered', async (t) => {
  const { url } = await temporaryMaster(t)
  const { queries, close } = connect(url)
  t.teardown(close)
  t.like(await queries.raw('PRAGMA journal_mode'), [{ journal_mode: 'wal' }])
  t.like(await queries.raw('PRAGMA synchronous'), [{ synchronous: 2 }])
  t.like(await queries.raw('PRAGMA foreign_keys'), [{ foreign_keys: 1 }])
})

test('what was committed is there after a restart', async (t) => {
  const { url, master } = await temporaryMaster(t)
  await master.charge({ id: 'charge', userId: 'ann', amount: 100, at: now })
  const settings = await master.settings()
  await master.close()
  const restarted = await openMaster({ url, partitions: 8 })
  t.is(await restarted.balance('ann'), 100)
  t.deepEqual(await restarted.settings(), settings)
  await restarted.close()
})

test('another process that writes makes a batch try again, and no more', async (t) => {
  const { file, master } = await temporaryMaster(t)
  const other = lookInto(t, file)
  other.exec('BEGIN IMMEDIATE')
  const fence = () => master.transaction((transaction) => transaction.fence(0))
  await t.throwsAsync(fence, { instanceOf: Transient })
  await t.throwsAsync(master.heartbeat(0, 0, now), { instanceOf: Transient })
  other.exec('COMMIT')
  t.deepEqual(await fence(), { epoch: 0, lastStamp: 0 })
})

test('look-ups go on while a batch has the master', async (t) => {
  const { master, replica } = await temporaryMaster(t)
  await master.createConcert({ id: 'c', name: 'The Band', description: '' })
  await master.transaction(async (transaction) => {
    await transaction.fence(0)
    const lookUps = await replica.lookUps(null)
    t.is((await lookUps.concert('c'))?.name, 'The Band')
  })
})

test('the database itself refuses a balance below zero', async (t) => {
  const { file, master } = await temporaryMaster(t)
  await master.charge({ id: 'charge', userId: 'ann', amount: 100, at: now })
  const debit = () => lookInto(t, file).exec('UPDATE accounts SET balance = balance - 101')
  t.throws(debit, { message: /CHECK constraint failed: balance_is_covered/ })
})

test('refusals stand in their log with the seats that were asked for', async (t) => {
  const { file, master } = await temporaryMaster(t)
  const refusal = { at: now, showId: 's', userId: 'ann', commandId: 'c', code: 'seats_taken' }
  await master.append([{ ...refusal, seatIds: ['A-1', 'A-2'] }], 3, now + 1)
  await master.append([], 0, now)
  const log = lookInto(t, file)
  t.deepEqual(log.prepare('SELECT * FROM refusals').all(), [
    {
      sequence: 1,
      at: now,
      show_id: 's',
      user_id: 'ann',
      command_id: 'c',
      code: 'seats_taken',
      seat_ids: '["A-1","A-2"]',
    },
  ])
  t.deepEqual(log.prepare('SELECT at, lost FROM refusal_losses').all(), [{ at: now + 1, lost: 3 }])
})

test('a master is SQLite or MySQL', async (t) => {
  await t.throwsAsync(openMaster({ url: 'postgres://localhost/holdfast', partitions: 8 }), {
    message: /begins with sqlite: or mysql:/,
  })
})
