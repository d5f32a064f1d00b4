// How a server of a deployment starts, or says why it does not.
import test, { type ExecutionContext } from 'ava'
import { EngineThread } from '../compose/engine-thread.ts'
import { allOrNone, whenThere } from '../compose/waiting.ts'
import { Transient } from '../engine/failures.ts'
import { limits } from '../engine/limits.ts'
import { noStopwatch } from '../engine/stages.ts'
import { startMaster } from '../ops/servers/mariadb.ts'
import { deployment, person, settingsFor } from './support/deployment.ts'
import { HandClock } from './support/hand-clock.ts'
import { startMain } from './support/main-process.ts'
import { testServers } from './support/servers.ts'
import { silentLog } from './support/silent-log.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const nowhere = '127.0.0.1:1'

/** Starts as `npm start` does, with this setting otherwise; resolves with all that it said. */
async function refused(t: ExecutionContext, otherwise: Record<string, string>): Promise<string> {
  const { urls } = await deployment(t, testServers())
  const began = Date.now()
  const process = startMain(t, {
    DATA_DIR: await temporaryFolder(t),
    ...settingsFor(urls),
    ...otherwise,
  })
  t.teardown(() => process.child.kill('SIGKILL'))
  const { code, output } = await process.ended()
  t.is(code, 1)
  t.true(Date.now() - began < limits.startPatienceMs / 2)
  return output
}

const withPassword = (url: string, password: string): string => {
  const changed = new URL(url)
  changed.username ||= 'somebody'
  changed.password = password
  return changed.href
}

test.serial('a master that may lose what it commits stops the start with a sentence', async (t) => {
  const own = await startMaster()
  t.teardown(() => own.server.stop())
  await own.asRoot('SET GLOBAL sync_binlog = 0')
  t.is(
    await refused(t, { MASTER_URL: own.url }),
    'MASTER_URL: The master has sync_binlog=0 and should have 1: a payment that was answered could be gone after a power failure.\n',
  )
})

for (const [setting, url, sentence] of [
  ['MASTER_URL', 'masterUrl', /^MASTER_URL: Access denied for user 'holdfast'@/m],
  ['REDIS_URL', 'redisUrl', /^REDIS_URL: Redis lets nobody in: WRONGPASS /m],
  ['AMQP_URL', 'amqpUrl', /^AMQP_URL: RabbitMQ at 127\.0\.0\.1:\d+ cannot be used: ACCESS_REFUSED - /m],
] as const)
  test.serial(`a wrong password in ${setting} stops the start at once, and stands in no line`, async (t) => {
    const output = await refused(t, { [setting]: withPassword(testServers()[url], 'not-the-password') })
    t.regex(output, sentence)
    t.false(output.includes('not-the-password'))
  })

test.serial('a schema is named', async (t) => {
  const { masterUrl } = testServers()
  const output = await refused(t, { MASTER_URL: new URL('/', masterUrl).href })
  t.regex(output, /^MASTER_URL must name a schema/)
})

test.serial('a master that comes late is waited for, with a line that says so', async (t) => {
  const own = await startMaster()
  t.teardown(() => own.server.stop())
  await own.server.end('SIGTERM')
  const { urls } = await deployment(t, testServers())
  const settings = { ...settingsFor(urls), MASTER_URL: own.url, REPLICA_URL: own.url }
  const process = startMain(t, { DATA_DIR: await temporaryFolder(t), ...settings })
  t.teardown(() => process.child.kill('SIGKILL'))
  await process.says(/"setting":"MASTER_URL".*"msg":"waiting for the server of MASTER_URL"/)
  await own.server.start()
  t.truthy(await process.ready())
})

test.serial('a replica that is away holds nobody up, and the server is ready without it', async (t) => {
  const { urls, start } = await deployment(t, testServers())
  const began = Date.now()
  const server = await start({ REPLICA_URL: urls.replicaUrl.replace(new URL(urls.replicaUrl).host, nowhere) })
  t.true(Date.now() - began < limits.startPatienceMs / 2)
  await server.says(/"msg":"the replica can not be used: look-ups go to the master"/)
  const ready = await fetch(`${server.address}/readyz`)
  t.is(ready.status, 200)
  const { dependencies } = (await ready.json()) as { dependencies: { name: string; state: string }[] }
  t.is(dependencies.find(({ name }) => name === 'replica')?.state, 'down')
  t.is((await fetch(`${server.address}/v1/concerts`)).status, 200)
  const admin = await person(server, 'root', 'admin')
  const { status, body } = await admin.get(server, '/v1/admin/dashboard')
  t.is(status, 200)
  t.is(body.lagMs, null)
  t.deepEqual(body.dependencies, dependencies)
})

test('nobody is waited for longer than the limit, and then the sentence says whom for', async (t) => {
  const clock = new HandClock(0)
  const { signal } = new AbortController()
  const lines: string[] = []
  const log = { ...silentLog, warn: (_: object, line: string) => void lines.push(line) }
  let attempts = 0
  const waiting = whenThere(
    'REDIS_URL',
    async () => {
      attempts++
      throw new Transient('Redis does not answer.')
    },
    { clock, log, signal },
  )
  const isOver = waiting.then(
    () => true,
    () => true,
  )
  while (!(await Promise.race([isOver, new Promise((resolve) => setImmediate(resolve, false))])))
    if (clock.sleepers > 0) clock.advance(limits.startRetryDelayMs)
  await t.throwsAsync(waiting, { message: 'REDIS_URL: not there within 60 s. Redis does not answer.' })
  t.is(clock.now(), limits.startPatienceMs)
  t.is(attempts, limits.startPatienceMs / limits.startRetryDelayMs + 1)
  t.deepEqual(lines, ['waiting for the server of REDIS_URL'])
})

test('the first that can not be opened ends the wait for the others', async (t) => {
  const clock = new HandClock(0)
  const opening = allOrNone((signal) => {
    const patience = { clock, log: silentLog, signal }
    return [
      whenThere('MASTER_URL', () => Promise.reject(new Transient('away')), patience),
      whenThere('AMQP_URL', () => Promise.reject(new Error('wrong password')), patience),
    ]
  })
  await t.throwsAsync(opening, { message: 'AMQP_URL: wrong password' })
  t.is(clock.sleepers, 0)
})

test.serial('an engine that can not be started says why, and its thread ends', async (t) => {
  const settings = {
    MASTER_URL: `mysql://root@${nowhere}`,
    REPLICA_URL: `mysql://root@${nowhere}/holdfast`,
    REDIS_URL: `redis://${nowhere}`,
    AMQP_URL: `amqp://${nowhere}`,
    AUTH_SECRET: 'a'.repeat(32),
    QUEUE_TOKEN_KEYS: 'b'.repeat(32),
    LOG_LEVEL: 'silent',
  }
  Object.assign(process.env, settings)
  const thread = new EngineThread('thread')
  const answers = { server: 'thread', send: async () => {} }
  const deciding = thread.deciding({ answers, stopwatch: noStopwatch })
  await t.throwsAsync(deciding.start(), { message: /MASTER_URL must name a schema/ })
  await deciding.stop()
  await t.notThrowsAsync(thread.end())
  for (const name of Object.keys(settings)) delete process.env[name]
})
