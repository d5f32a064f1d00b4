// The waiting room under load, on services of their own: its Redis emptied, restarted and set back, its inlet's server killed.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { type Servers, startServers } from '../../ops/servers/start.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'
import { Line } from './support/line.ts'
import { type Stage, setStage } from './support/stage.ts'

let services: Servers
test.before(async () => {
  services = await startServers()
})
test.after.always(() => services?.stop())

const showId = 'show-in-line'
const standstillMaxMs = 5_000

async function inRedis<Answer>(work: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(services.redisUrl)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

const redisFolder = async (): Promise<string> =>
  (await inRedis((redis) => redis.config('GET', 'dir') as Promise<string[]>))[1] ?? ''

/** Called first, it prepares what it returns. */
const losses: Readonly<Record<string, (t: ExecutionContext) => Promise<() => Promise<void>>>> = {
  'is emptied': async () => () => inRedis(async (redis) => void (await redis.flushall())),
  'is restarted empty': async () => {
    const kept = join(await redisFolder(), 'appendonlydir')
    return async () => {
      await services.redis.server.end('SIGKILL')
      await rm(kept, { recursive: true })
      await services.redis.server.start()
    }
  },
  'comes back from an older file': async (t) => {
    const [kept, copied] = [join(await redisFolder(), 'appendonlydir'), await temporaryFolder(t)]
    await cp(kept, copied, { recursive: true })
    return async () => {
      await services.redis.server.end('SIGKILL')
      await rm(kept, { recursive: true })
      await cp(copied, kept, { recursive: true })
      await services.redis.server.start()
    }
  },
}

async function servingOf(stage: Stage): Promise<number> {
  const [row] = await stage.sql('SELECT serving FROM waiting_rooms WHERE show_id = ?', [showId])
  return Number(row?.serving ?? 0)
}

/** How long serving stands still from now on. */
async function standstillMs(stage: Stage): Promise<number> {
  const [from, began] = [await servingOf(stage), performance.now()]
  await until(async () => (await servingOf(stage)) > from)
  return performance.now() - began
}

async function lineAt(t: ExecutionContext): Promise<{ stage: Stage; line: Line }> {
  const stage = await setStage(t, services, { appServers: 2, shows: 1 })
  const line = new Line(stage, showId)
  await line.open({ ratePerSecond: 15, admittedMax: 10_000 })
  line.start(100)
  t.teardown(() => line.stop())
  await until(async () => (await servingOf(stage)) > 10)
  return { stage, line }
}

/** Nobody lost the place, and the auditor finds nothing. */
async function isInOrder(
  t: ExecutionContext,
  { stage, line }: { stage: Stage; line: Line },
  injected: string,
  standstillsMs: readonly number[],
): Promise<void> {
  await line.stop()
  t.deepEqual(line.violations, [])
  t.true(line.inside >= 30 && line.answered > 500, `${line.inside} inside, ${line.answered} answers`)
  const twice = await stage.sql(
    'SELECT user_id FROM admissions WHERE show_id = ? GROUP BY user_id HAVING COUNT(*) > 1',
    [showId],
  )
  t.deepEqual(twice, [], 'nobody was let in twice')
  const stood = standstillsMs.map((ms) => `${Math.round(ms)} ms`).join(' and ')
  await stage.conclude({
    injected,
    observed: `serving stood still for ${stood}; ${line.numbers.length} people, ${line.inside} of them inside, ${line.answered} answers`,
    done: ['reservations by people inside', line.held, 20],
  })
}

for (const [what, prepare] of Object.entries(losses))
  test.serial(
    `when Redis ${what} in the middle, everybody keeps the place and serving goes on`,
    async (t) => {
      const { stage, line } = await lineAt(t)
      const standstillsMs: number[] = []
      for (let loss = 0; loss < 2; loss++) {
        const lose = await prepare(t)
        await sleep(1_500)
        const before = await servingOf(stage)
        await lose()
        const standstill = await standstillMs(stage)
        t.true(standstill < standstillMaxMs, `${standstill} ms`)
        standstillsMs.push(standstill)
        t.true((await servingOf(stage)) > before)
        await sleep(1_500)
      }
      await isInOrder(t, { stage, line }, `Redis ${what}, twice`, standstillsMs)
    },
  )

test.serial(
  'when the server that leads the inlet is killed, another one lets people in within five seconds',
  async (t) => {
    const { stage, line } = await lineAt(t)
    const lease = await inRedis(async (redis) => {
      const [key = ''] = await redis.keys(`*inlet:${showId}`)
      return redis.get(key)
    })
    const [, leader] = lease?.split(' ') ?? []
    await stage.servers.kill(stage.servers.named(leader))
    const standstill = await standstillMs(stage)
    t.true(standstill < standstillMaxMs, `${standstill} ms`)
    await sleep(1_000)
    await isInOrder(t, { stage, line }, 'the server that leads the inlet killed with -9', [standstill])
  },
)
