// Private servers: they start, say why when they don't, and never outlive who started them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Redis as RedisClient } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { PrivateFolder } from '../../ops/servers/folder.ts'
import { environmentFor, givenServers } from '../../ops/servers/given.ts'
import { adviceFor, findMissing } from '../../ops/servers/install.ts'
import { catchUp, follow, startMaster, startReplica } from '../../ops/servers/mariadb.ts'
import { startRedis } from '../../ops/servers/redis.ts'
import { Server } from '../../ops/servers/server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

test('a server keeps its data when it is killed and started again, and leaves nothing when it is stopped', async (t) => {
  const { url, server } = await startRedis()
  const client = new RedisClient(url)
  t.teardown(() => client.disconnect())
  const [, folder = ''] = (await client.config('GET', 'dir')) as string[]
  await client.set('seat', 'A1')

  await server.end('SIGKILL')
  await server.start()
  t.is(await client.get('seat'), 'A1')
  client.disconnect()
  await server.stop()
  t.false(existsSync(folder))
})

test('a server that does not start says why, and is gone', async (t) => {
  const folder = new PrivateFolder('nothing')
  const args = ['-c', 'echo no such option >&2; exit 3']
  const server = new Server({ name: 'Nothing', command: 'sh', args, ready: /ready/ }, folder)
  const error = await t.throwsAsync(server.start())
  t.regex(error?.message ?? '', /^Nothing did not start: it ended with exit code 3\.\nno such option/)
  await server.stop()
  t.false(existsSync(folder.path))
})

test('the replica has what the master committed, and takes no writes itself', async (t) => {
  const replication = 'semi-synchronous'
  const [master, replica] = await Promise.all([startMaster(replication), startReplica(replication)])
  t.teardown(() => Promise.all([master.server.stop(), replica.server.stop()]))
  await follow(replica, master)
  const [onMaster, onReplica] = await Promise.all([
    createConnection(master.url),
    createConnection(replica.url),
  ])
  t.teardown(() => Promise.all([onMaster.end(), onReplica.end()]))

  const statuses = await master.asRoot("SHOW STATUS LIKE 'Rpl_semi_sync_%r%_status'")
  t.true(
    statuses.some(({ Variable_name: name, Value: value }) => /master|source/.test(name) && value === 'ON'),
  )
  await onMaster.query('CREATE TABLE seats (id INT PRIMARY KEY)')
  await onMaster.query('INSERT INTO seats VALUES (7)')
  await catchUp(replica, master)
  const [rows] = await onReplica.query('SELECT id FROM seats')
  t.deepEqual(rows as unknown, [{ id: 7 }])
  await t.throwsAsync(onReplica.query('INSERT INTO seats VALUES (8)'), { message: /read-only/ })
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
  test(`servers end when their starter gets ${signal}, in the middle of a start too`, async (t) => {
    const folder = await temporaryFolder(t)
    const starter = startRabbitmqElsewhere(folder)
    t.teardown(() => starter.kill('SIGKILL'))
    await once(starter, 'spawn')
    let said = ''
    starter.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
    })
    await until(() => {
      if (starter.exitCode !== null) throw new Error(`the starter ended by itself: ${said}`)
      return groupsIn(folder).length > 0
    })
    const [group = 0] = groupsIn(folder)
    starter.kill(signal)
    await once(starter, 'exit')
    await until(() => readdirSync(folder).length === 0)
    await until(() => !isThere(group))
    t.pass()
  })

/** In a process of its own, which ends with this one. */
function startRabbitmqElsewhere(folder: string): ChildProcess {
  const module = join(import.meta.dirname, '../../ops/servers/rabbitmq.ts')
  const script = `process.stdin.resume().on('end', () => process.exit())
    import('${module}').then((the) => the.startRabbitmq())`
  return spawn(process.execPath, ['--eval', script], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

/** The process groups of the servers that have their data in this folder. */
function groupsIn(folder: string): number[] {
  const files = readdirSync(folder).map((name) => join(folder, name, 'process-groups'))
  const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  return lines.filter((line) => line !== '').map(Number)
}

function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}

test('given servers are all four or none', (t) => {
  const urls = { masterUrl: 'mysql://m', replicaUrl: 'mysql://r', redisUrl: 'redis://c', amqpUrl: 'amqp://q' }
  const environment = environmentFor(urls)
  t.deepEqual(givenServers(environment), urls)
  t.is(givenServers({ TEST_REDIS_URL: '' }), null)
  t.throws(() => givenServers({ ...environment, TEST_REPLICA_URL: '', TEST_REDIS_URL: undefined }), {
    message: 'All four servers are needed, or none; missing: TEST_REPLICA_URL, TEST_REDIS_URL.',
  })
})

test('what is not installed is named, with what to do about it', (t) => {
  const missing = findMissing((...names) => (names.includes('redis-server') ? '/usr/bin/redis-server' : null))
  const advice = adviceFor(missing)
  t.regex(advice, /^Not installed: MariaDB or MySQL and RabbitMQ\./)
  t.regex(advice, /apt-get install mariadb-server rabbitmq-server$/m)
  t.regex(advice, /TEST_AMQP_URL/)
})
