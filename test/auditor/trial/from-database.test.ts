// The loaders read what the real master and the real fast store keep: good evidence is good, and a row that somebody
// changed behind the engine's back is seen.
import test, { type ExecutionContext } from 'ava'
import createKnex from 'knex'
import { openTemporaryMaster } from '../../support/temporary-master.ts'
import { auditAtAnyTime, auditWhenQuiet } from '../audit.ts'
import { openedAt, partitions, sell } from './small-sale.ts'

async function sellOnSqlite(t: ExecutionContext, kind = { isFree: false }) {
  const { file, master, close } = await openTemporaryMaster(partitions, { now: () => openedAt })
  t.teardown(close)
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
  })
  t.teardown(() => knex.destroy())
  return { knex, evidence: await sell(master, knex, kind) }
}

test('what the engine wrote to a database is good', async (t) => {
  const { evidence } = await sellOnSqlite(t)
  const found = await evidence()
  t.deepEqual(auditWhenQuiet(found), [])
  t.is(found.master.journal.length, 4)
  t.deepEqual(found.master.reservations.map(({ state }) => state).sort(), ['expired', 'paid'])
  t.true(found.master.outbox.length > 0 && found.fastStore.projections.length === 1)
})

test('whoever paid nothing for a free ticket needs no balance', async (t) => {
  const { evidence } = await sellOnSqlite(t, { isFree: true })
  const found = await evidence()
  t.deepEqual(auditWhenQuiet(found), [])
  t.deepEqual(found.master.accounts, [])
  t.true(found.master.ledger.some(({ kind }) => kind === 'payment'))
})

test('a database may be looked at in the middle of a sale', async (t) => {
  const { evidence } = await sellOnSqlite(t)
  t.deepEqual(auditAtAnyTime(await evidence()), [])
})

for (const [what, invariant, statement] of [
  ['a seat that was taken away', 'I4', "DELETE FROM taken_seats WHERE status = 'sold'"],
  ['money from nowhere', 'I2', 'UPDATE accounts SET balance = balance + 1'],
  ['a ledger that was touched', 'I2', 'UPDATE ledger SET amount = amount + 1'],
  [
    'a hold that came back',
    'I3',
    "UPDATE reservations SET state = 'held', deadline = 1 WHERE state = 'expired'",
  ],
  ['an entry that was changed', 'I5', "UPDATE journal SET entry = replace(entry, 'ben', 'eve')"],
  ['an announcement that nobody decided', 'I6', "UPDATE outbox SET topic = 'reservation.lost'"],
  ['a head that was turned back', 'I8', 'UPDATE show_heads SET seats_revision = 1'],
] as const)
  test(`in a database, ${what} is found`, async (t) => {
    const { knex, evidence } = await sellOnSqlite(t)
    await knex.raw(statement)
    const violations = auditWhenQuiet(await evidence())
    t.true(
      violations.some((violation) => violation.invariant === invariant),
      JSON.stringify(violations),
    )
  })
