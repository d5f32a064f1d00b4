// What is wrong with a master is found before anybody relies on it, and said in sentences.
import test, { type ExecutionContext } from 'ava'
import { openMaster } from '../../adapters/master/master.ts'
import { faultOfSemiSynchrony } from '../../adapters/master/semi-synchrony.ts'
import { type Database, follow, startMaster, startReplica } from '../../ops/servers/mariadb.ts'
import { ownSchema } from '../support/mysql-master.ts'
import { until } from '../support/until.ts'

let database: Database
test.before(async () => {
  database = await startMaster()
})
test.after.always(() => database?.server.stop())

async function withVariable(t: ExecutionContext, variable: string, value: string): Promise<string> {
  const { url } = await ownSchema(database.url)
  const [row] = await database.asRoot(`SELECT @@GLOBAL.${variable} AS before_test`)
  const before = typeof row?.before_test === 'number' ? row.before_test : `'${row?.before_test}'`
  await database.asRoot(`SET GLOBAL ${variable} = ${value}`)
  t.teardown(() => database.asRoot(`SET GLOBAL ${variable} = ${before}`))
  return url
}

const dangers = [
  ['sync_binlog', '0', /^The master has sync_binlog=0 and should have 1: a payment .* power failure\.$/],
  ['innodb_flush_log_at_trx_commit', '2', /innodb_flush_log_at_trx_commit=2 and should have 1 or 3: /],
  ['max_allowed_packet', '16777216', /max_allowed_packet=16777216 and should have 67108864 or more: /],
  ['default_storage_engine', 'MyISAM', /default_storage_engine=MyISAM and should have INNODB: /],
  ['autocommit', 'OFF', /autocommit=OFF and should have ON: /],
  ['unique_checks', 'OFF', /unique_checks=OFF and should have ON: /],
  ['binlog_format', 'STATEMENT', /binlog_format=STATEMENT and should have ROW or MIXED: /],
] as const

for (const [variable, value, message] of dangers)
  test.serial(`no server starts on a master with ${variable}=${value}`, async (t) => {
    const url = await withVariable(t, variable, value)
    await t.throwsAsync(openMaster({ url, partitions: 1 }), { message })
  })

test.serial('several dangers are told at once, before anything is made', async (t) => {
  const url = await withVariable(t, 'sync_binlog', '0')
  await database.asRoot('SET GLOBAL innodb_flush_log_at_trx_commit = 0')
  t.teardown(() => database.asRoot('SET GLOBAL innodb_flush_log_at_trx_commit = 1'))
  const error = await t.throwsAsync(openMaster({ url, partitions: 1 }))
  t.is(error?.message.split('\n').length, 2)
  t.deepEqual(await database.asRoot(`SHOW TABLES IN ${new URL(url).pathname.slice(1)}`), [])
})

test.serial('what only weakens a second line of defence is told, and the server starts', async (t) => {
  const url = await withVariable(t, 'gtid_strict_mode', 'OFF')
  const master = await openMaster({ url, partitions: 1 })
  t.teardown(() => master.close())
  const findings = await master.findings()
  t.true(findings.some((sentence) => sentence.startsWith('The master has gtid_strict_mode=OFF')))
})

test.serial('what becomes dangerous while servers run is told too', async (t) => {
  const { url } = await ownSchema(database.url)
  const master = await openMaster({ url, partitions: 1 })
  t.teardown(() => master.close())
  const about = async () => (await master.findings()).filter((sentence) => sentence.includes('sync_binlog'))
  t.deepEqual(await about(), [])
  await database.asRoot('SET GLOBAL sync_binlog = 0')
  t.teardown(() => database.asRoot('SET GLOBAL sync_binlog = 1'))
  t.is((await about()).length, 1)
})

test('a master as the deployment configures it has no fault but that nobody follows it', async (t) => {
  const [master, replica] = await Promise.all([
    startMaster('semi-synchronous'),
    startReplica('semi-synchronous'),
  ])
  t.teardown(() => Promise.all([master.server.stop(), replica.server.stop()]))
  await follow(replica, master)
  const opened = await openMaster({ url: master.url, partitions: 1 })
  t.teardown(() => opened.close())
  t.deepEqual(await opened.findings(), [])

  await replica.asRoot('STOP REPLICA')
  await opened.charge({ id: 'waits a second', userId: 'ann', amount: 1, at: 1 })
  const degraded = [
    'Replication has ceased to be semi-synchronous: what is committed now stands on the master alone.',
  ]
  t.deepEqual(await opened.findings(), degraded)
  await replica.asRoot('START REPLICA')
  await until(async () => (await opened.findings()).length === 0)
})

test('semi-synchrony is read as MySQL tells of it, and as MariaDB does', (t) => {
  const facts = (words: 'source' | 'master', enabled: string, status: string, clients: string) =>
    [
      new Map([[`rpl_semi_sync_${words}_enabled`, enabled]]),
      new Map([
        [`rpl_semi_sync_${words}_status`, status],
        [`rpl_semi_sync_${words}_clients`, clients],
      ]),
    ] as const
  for (const words of ['source', 'master'] as const) {
    t.is(faultOfSemiSynchrony(...facts(words, 'ON', 'ON', '1')), null)
    t.regex(faultOfSemiSynchrony(...facts(words, 'ON', 'OFF', '1')) ?? '', /has ceased/)
    t.regex(faultOfSemiSynchrony(...facts(words, 'ON', 'ON', '0')) ?? '', /has ceased/)
    t.regex(faultOfSemiSynchrony(...facts(words, 'OFF', 'OFF', '1')) ?? '', /is asynchronous/)
  }
  t.regex(faultOfSemiSynchrony(new Map(), new Map()) ?? '', /is asynchronous/)
})
