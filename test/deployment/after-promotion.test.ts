// What is done once on a replica that has become the master.
import test from 'ava'
import { createConnection } from 'mysql2/promise'
import { openMaster } from '../../adapters/master/master.ts'
import { jumpAhead } from '../../ops/after-promotion.ts'
import { ownSchema } from '../support/mysql-master.ts'
import { testServers } from '../support/servers.ts'

const { masterUrl: server, redisUrl } = testServers()

test('a clock that is far behind what was decided is told, before anything jumps ahead', async (t) => {
  const { url: masterUrl, drop } = await ownSchema(server)
  const master = await openMaster({ url: masterUrl, partitions: 2 })
  const database = await createConnection(masterUrl)
  t.teardown(async () => {
    await Promise.all([master.close(), database.end()])
    await drop()
  })
  const epochs = async () => (await database.query('SELECT epoch FROM partitions'))[0]
  const before = await epochs()
  await database.query('UPDATE partitions SET last_stamp = ? WHERE id = 1', [Date.now() + 60_000])
  await t.throwsAsync(jumpAhead({ masterUrl, redisUrl }), { message: /clock of .* (59|60) s behind/ })
  t.deepEqual(await epochs(), before)

  await database.query('UPDATE partitions SET last_stamp = ? WHERE id = 1', [Date.now() + 2_000])
  t.is((await jumpAhead({ masterUrl, redisUrl })).partitions, 2)
})
