// The waiting room's store on a Redis that the test may flush, and bring back as it was before: a few of them serve all
// tests of a file, one at a time.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { RedisConnection } from '../../adapters/redis/connection.ts'
import { redisWaitingRooms } from '../../adapters/tokens/redis.ts'
import { startRedis } from '../../ops/servers/redis.ts'
import type { Server } from '../../ops/servers/server.ts'
import type { WaitingRoomsUnderTest } from '../contract/waiting-rooms.ts'
import { canBeUsed, openRedis } from './redis.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { until } from './until.ts'

interface OwnRedis {
  readonly server: Server
  readonly connection: RedisConnection
}

const startedMax = 3
const starting: Promise<OwnRedis>[] = []
const idle: OwnRedis[] = []
const waiting: ((own: OwnRedis) => void)[] = []

export interface RedisRoomsUnderTest extends WaitingRoomsUnderTest {
  readonly connection: RedisConnection
}

/** Asked again by the same test, it begins anew. */
export async function redisRooms(t: ExecutionContext): Promise<RedisRoomsUnderTest> {
  const { server, connection } = await takeFor(t)
  await connection.commands.flushall()
  return {
    connection,
    rooms: redisWaitingRooms(connection),
    lose: async () => void (await connection.commands.flushall()),
    copy: async () => {
      const [, folder = ''] = (await connection.commands.config('GET', 'dir')) as string[]
      const kept = join(folder, 'appendonlydir')
      const copied = await temporaryFolder(t)
      await until(async () => isAppended(await connection.commands.info('persistence')))
      await cp(kept, copied, { recursive: true })
      return async () => {
        await server.end('SIGKILL')
        await rm(kept, { recursive: true })
        await cp(copied, kept, { recursive: true })
        await server.start()
        await until(() => canBeUsed(connection))
      }
    },
  }
}

/** While its file is being synced, Redis answers before it appends what it was asked. */
const isAppended = (info: string): boolean => /^aof_buffer_length:0\r$/m.test(info)

/** All that `redisRooms` started. */
export async function stopRedisRooms(): Promise<void> {
  for (const start of await Promise.allSettled(starting)) {
    if (start.status === 'rejected') continue
    start.value.connection.close()
    await start.value.server.stop()
  }
}

const takenBy = new WeakMap<ExecutionContext, Promise<OwnRedis>>()

function takeFor(t: ExecutionContext): Promise<OwnRedis> {
  const taken = takenBy.get(t)
  if (taken) return taken
  const taking = take()
  takenBy.set(t, taking)
  t.teardown(async () => giveBack(await taking))
  return taking
}

async function take(): Promise<OwnRedis> {
  const own = idle.pop()
  if (own) return own
  if (starting.length < startedMax) {
    const started = startOwn()
    starting.push(started)
    return started
  }
  const { promise, resolve } = Promise.withResolvers<OwnRedis>()
  waiting.push(resolve)
  return promise
}

function giveBack(own: OwnRedis): void {
  const next = waiting.shift()
  if (next) next(own)
  else idle.push(own)
}

async function startOwn(): Promise<OwnRedis> {
  const { url, server } = await startRedis()
  return { server, connection: await openRedis(url) }
}
