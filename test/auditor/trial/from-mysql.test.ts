// The loader on MySQL or MariaDB, where numbers, texts and bytes come from another driver.
import test from 'ava'
import createKnex from 'knex'
import { openMaster } from '../../../adapters/master/master.ts'
import { ownSchema } from '../../support/mysql-master.ts'
import { testServers } from '../../support/servers.ts'
import { auditWhenQuiet } from '../audit.ts'
import { partitions, sell } from './small-sale.ts'

test('what the engine wrote to MySQL is good, and a changed row is found', async (t) => {
  t.timeout(60_000)
  const { url, drop } = await ownSchema(testServers().masterUrl)
  const master = await openMaster({ url, partitions })
  const knex = createKnex({ client: 'mysql2', connection: url })
  t.teardown(async () => {
    await knex.destroy()
    await master.close()
    await drop()
  })

  const evidence = await sell(master, knex)
  const found = await evidence()
  t.deepEqual(auditWhenQuiet(found), [])
  t.is(found.master.journal.length, 4)

  await knex('accounts').increment('balance', 1)
  t.true(auditWhenQuiet(await evidence()).some(({ invariant }) => invariant === 'I2'))
})
