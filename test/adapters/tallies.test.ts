// The tallies in process and on Redis: the contract, and what a server of another version may have told.
import test from 'ava'
import type { RedisConnection } from '../../adapters/redis/connection.ts'
import { EmbeddedTallies } from '../../adapters/tallies/embedded.ts'
import { redisTallies } from '../../adapters/tallies/redis.ts'
import { talliesContract } from '../contract/tallies.ts'
import { apart, closeRedis, openRedis } from '../support/redis.ts'
import { testServers } from '../support/servers.ts'

let shared: RedisConnection
test.before(async () => {
  shared = await openRedis(testServers().redisUrl)
})
test.after.always(() => closeRedis(shared))

talliesContract('embedded tallies', async () => {
  const tallies = new EmbeddedTallies()
  return { tallies, elsewhere: tallies }
})

talliesContract('Redis tallies', async () => {
  const connection = apart(shared)
  return { tallies: redisTallies(connection), elsewhere: redisTallies(connection) }
})

test('what another version told, and this one can not read, is passed over', async (t) => {
  const connection = apart(shared)
  await connection.commands.hset(connection.key('tallies'), '0', '3 {"partition":0,"news":true}')
  t.deepEqual(await redisTallies(connection).read(), [])
})
