// The process as an operator meets it: how it starts, refuses to start, stops, and comes back.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { EmbeddedBroker } from '../adapters/broker/embedded.ts'
import { startMain } from './support/main-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const json = { 'content-type': 'application/json' }

const logIn = async (address: string, userId: string): Promise<string> => {
  const body = JSON.stringify({ userId, role: 'buyer' })
  const response = await fetch(`${address}/v1/dev/login`, { method: 'POST', headers: json, body })
  return `Bearer ${((await response.json()) as { token: string }).token}`
}

const reserve = (address: string, authorization: string, key: string) =>
  fetch(`${address}/v1/reservations`, {
    method: 'POST',
    headers: { ...json, authorization, 'idempotency-key': key, prefer: 'wait=10' },
    body: JSON.stringify({ showId: 'demo-1', bestAvailable: { count: 1 } }),
  })

/** Used so far, which depends less than the time of day on what else the machine does. */
function processorMs(pid: number): number {
  const [, state = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [userTicks, systemTicks] = state.split(' ').slice(11, 13).map(Number)
  return ((userTicks ?? 0) + (systemTicks ?? 0)) * 10
}

test.serial('npm start: soon ready, stops in order, and comes back with everything', async (t) => {
  const DATA_DIR = await temporaryFolder(t)
  const environment = { DATA_DIR, PORT: '0' }
  const began = Date.now()
  const first = startMain(t, environment)
  const address = await first.ready()
  const workedMs = processorMs(first.child.pid ?? 0)
  t.log(`ready after ${Date.now() - began} ms, ${workedMs} ms of a processor`)
  t.true(workedMs < 8_000, 'a quiet machine, where it is ready within two seconds, needs a fraction of this')

  const authorization = await logIn(address, 'ann')
  const made = await reserve(address, authorization, 'k')
  t.is(made.status, 201)
  const held = (await made.json()) as { id: string }
  const inHand = Promise.all(['l', 'm'].map((key) => reserve(address, authorization, key)))
  first.child.kill('SIGTERM')
  const stopBegan = Date.now()
  const { code, output } = await first.ended()
  t.is(code, 0, output)
  t.true(Date.now() - stopBegan < 5_000)
  t.regex(output, /"msg":"stopped"/)
  await inHand.catch(() => {})

  const second = startMain(t, environment)
  const back = await second.ready()
  const found = await fetch(`${back}/v1/reservations/${held.id}`, { headers: { authorization } })
  t.like(await found.json(), { id: held.id, state: 'held' }, 'the same reservation, under the same token')
  const repeat = await reserve(back, authorization, 'k')
  t.deepEqual(await repeat.json(), held as object)
  second.child.kill('SIGINT')
  t.is((await second.ended()).code, 0)
})

test.serial(
  'a server that is told to stop says so at /readyz first, and answers on for its delay',
  async (t) => {
    const main = startMain(t, { DATA_DIR: await temporaryFolder(t), PORT: '0', STOP_DELAY: '1s' })
    const address = await main.ready()
    const authorization = await logIn(address, 'ann')
    const ready = async () => (await fetch(`${address}/readyz`)).status
    t.is(await ready(), 200)
    main.child.kill('SIGTERM')
    await main.says(/"msg":"stopping"/)
    t.is(await ready(), 503)
    const late = await reserve(address, authorization, 'late')
    t.is(late.status, 201, 'whoever has not noticed yet loses nothing')
    t.is(late.headers.get('connection'), 'close')
    t.is((await main.ended()).code, 0)
  },
)

test.serial('a killed process leaves nothing behind that hinders the next one', async (t) => {
  const environment = { DATA_DIR: await temporaryFolder(t), PORT: '0' }
  const first = startMain(t, environment)
  const address = await first.ready()
  const authorization = await logIn(address, 'ben')
  const held = (await (await reserve(address, authorization, 'k')).json()) as { id: string }
  first.child.kill('SIGKILL')
  await first.ended()
  const second = startMain(t, environment)
  const repeat = await reserve(await second.ready(), authorization, 'k')
  t.deepEqual(await repeat.json(), held as object)
  second.child.kill('SIGTERM')
  await second.ended()
})

test.serial('a second process on the same folder says so in one sentence', async (t) => {
  const environment = { DATA_DIR: await temporaryFolder(t), PORT: '0' }
  const first = startMain(t, environment)
  await first.ready()
  const { code, output } = await startMain(t, environment).ended()
  t.is(code, 1)
  t.regex(output, /^Another Holdfast is running on this DATA_DIR: [^\n]+\n$/)
  first.child.kill('SIGTERM')
  await first.ended()
})

test.serial('wrong settings stop the start with a sentence', async (t) => {
  const DATA_DIR = await temporaryFolder(t)
  for (const [environment, sentence] of [
    [{ HOLD_TLL: '8m' }, /^HOLD_TLL is not a setting; HOLD_TTL is\.\n$/],
    [{ HOLD_TTL: '8' }, /^HOLD_TTL must be a duration [^\n]+\n$/],
    [
      { REDIS_URL: 'redis://127.0.0.1' },
      /^MASTER_URL and REPLICA_URL and AMQP_URL must be set too: [^\n]+\n$/,
    ],
  ] as const) {
    const { code, output } = await startMain(t, { DATA_DIR, ...environment }).ended()
    t.is(code, 1)
    t.regex(output, sentence)
  }
})

test.serial('a file that is no database stops the start with a sentence that names it', async (t) => {
  for (const name of ['broker.db', 'master.db']) {
    const DATA_DIR = await temporaryFolder(t)
    await new EmbeddedBroker(join(DATA_DIR, 'broker.db')).close() // without it nobody looks at the master
    writeFileSync(join(DATA_DIR, name), 'no database, and longer than the header of one'.repeat(100))
    const { code, output } = await startMain(t, { DATA_DIR, PORT: '0' }).ended()
    t.is(code, 1)
    t.regex(output, new RegExp(`^\\S+/${name} cannot be used \\([^\\n]+\\): restore it [^\\n]+\\n$`))
  }
})

test.serial(
  'no new world begins in silence where the master or the broker of an old one is lost',
  async (t) => {
    const DATA_DIR = await temporaryFolder(t)
    const first = startMain(t, { DATA_DIR, PORT: '0' })
    await first.ready()
    first.child.kill('SIGKILL')
    await first.ended()
    for (const [name, lose, how] of [
      ['master.db', (path: string) => writeFileSync(path, ''), 'empty'],
      ['broker.db', rmSync, 'gone'],
    ] as const) {
      const path = join(DATA_DIR, name)
      const kept = readFileSync(path)
      const log = readFileSync(`${path}-wal`)
      lose(path)
      const { code, output } = await startMain(t, { DATA_DIR, PORT: '0' }).ended()
      t.is(code, 1)
      t.regex(
        output,
        new RegExp(`^\\S+/${name} is ${how}, and locks.db beside it is not: restore it [^\\n]+\\n$`),
      )
      t.deepEqual(readFileSync(`${path}-wal`), log, 'what may be restored from is left alone')
      writeFileSync(path, kept)
    }
    const restored = startMain(t, { DATA_DIR, PORT: '0' })
    await restored.ready()
    restored.child.kill('SIGKILL')
    await restored.ended()
  },
)

for (const name of ['master.db', 'locks.db', 'auth-secret'])
  test.serial(`a first start that was killed when it made ${name} is made up for by the next`, async (t) => {
    const DATA_DIR = await temporaryFolder(t)
    const first = startMain(t, { DATA_DIR, PORT: '0' })
    const folder = watch(DATA_DIR, (_, changed) => {
      if (changed === name) first.child.kill('SIGKILL')
    })
    t.teardown(() => folder.close())
    const { code, output } = await first.ended()
    t.is(code, null, output)
    const second = startMain(t, { DATA_DIR, PORT: '0' })
    await second.ready()
    second.child.kill('SIGKILL')
    await second.ended()
  })

test.serial('settings may stand in a file named .env', async (t) => {
  const DATA_DIR = await temporaryFolder(t)
  writeFileSync(join(DATA_DIR, '.env'), 'SEAT_LIMIT=none\n')
  const { code, output } = await startMain(t, { DATA_DIR }).ended()
  t.is(code, 1)
  t.regex(output, /^SEAT_LIMIT must be a whole number/)
})

test.serial('another number of partitions than the first start had is refused', async (t) => {
  const DATA_DIR = await temporaryFolder(t)
  const first = startMain(t, { DATA_DIR, PORT: '0' })
  await first.ready()
  first.child.kill('SIGTERM')
  await first.ended()
  const { code, output } = await startMain(t, { DATA_DIR, PORT: '0', PARTITIONS: '4' }).ended()
  t.is(code, 1)
  t.regex(output, /^This deployment was set up with 8 partitions[^\n]+\n$/)
})

test.serial('another currency than the first start had is refused', async (t) => {
  const DATA_DIR = await temporaryFolder(t)
  const first = startMain(t, { DATA_DIR, PORT: '0' })
  await first.ready()
  first.child.kill('SIGTERM')
  await first.ended()
  const { code, output } = await startMain(t, { DATA_DIR, PORT: '0', CURRENCY: 'EUR' }).ended()
  t.is(code, 1)
  t.regex(output, /^This deployment's money is in KRW[^\n]+\n$/)
})

test.serial('a stop does not wait for whoever read the log and went away', async (t) => {
  const { child, ready, ended } = startMain(t, { DATA_DIR: await temporaryFolder(t), PORT: '0' })
  await ready()
  child.stdout?.destroy()
  child.kill('SIGTERM')
  t.is((await ended()).code, 0)
})

test.serial('a port that is taken is named', async (t) => {
  const first = startMain(t, { DATA_DIR: await temporaryFolder(t), PORT: '0' })
  const { port } = new URL(await first.ready())
  const { code, output } = await startMain(t, { DATA_DIR: await temporaryFolder(t), PORT: port }).ended()
  t.is(code, 1)
  t.regex(output, new RegExp(`^[^\\n]*${port}[^\\n]*\\n$`))
  first.child.kill('SIGTERM')
  await first.ended()
})

test.serial('the secret of the tokens is made once and readable by its owner alone', async (t) => {
  const DATA_DIR = await temporaryFolder(t)
  const run = async () => {
    const main = startMain(t, { DATA_DIR, PORT: '0' })
    await main.ready()
    main.child.kill('SIGTERM')
    await main.ended()
    return readFileSync(join(DATA_DIR, 'auth-secret'), 'utf8')
  }
  const secret = await run()
  t.true(secret.length >= 32)
  t.is(statSync(join(DATA_DIR, 'auth-secret')).mode & 0o777, 0o600)
  t.is(await run(), secret)
})

test('a Node that does not run TypeScript is told how to get one that does', (t) => {
  const check = join(import.meta.dirname, '../ops/node-version.cjs')
  const old = ['--no-experimental-strip-types', '--require', check, '--eval', '0']
  const { status, stderr } = spawnSync(process.execPath, old, { encoding: 'utf8' })
  t.is(status, 1)
  t.regex(
    stderr,
    /^Holdfast runs on Node 22\.18 or later, and this is v\d+.* "npm ci --include=optional".*\n$/,
  )
  t.is(spawnSync(process.execPath, ['--require', check, '--eval', '0']).status, 0)
})
