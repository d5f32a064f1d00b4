// A show with as many people in its waiting room as wanted. Those that are not measured join beside HTTP, by the engine on the same
// Redis and master.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMaster } from '../../adapters/master/master.ts'
import { connectRedis } from '../../adapters/redis/connection.ts'
import { redisWaitingRooms } from '../../adapters/tokens/redis.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { OpenRooms } from '../../engine/open-rooms.ts'
import type { Show } from '../../engine/ports.ts'
import { QueueTokens } from '../../engine/queue-token.ts'
import { createLog } from '../../log.ts'
import { freePorts } from '../../ops/servers/ports.ts'
import type { Servers } from '../../ops/servers/start.ts'
import { startProcess } from '../contenders/contender.ts'
import { stadiumPlan } from '../stadium.ts'
import { signToken } from '../tokens.ts'

const main = join(import.meta.dirname, '../../main.ts')
const showId = 'stadium-1'
const joiningAtOnce = 64
/** Of a Redis that is too busy to answer in time. */
const pauseMs = 100

export interface Waiter {
  readonly userId: string
  readonly queueToken: string
}

export interface CrowdedRoom {
  readonly pid: number
  readonly port: number
  readonly showId: string
  /** Some of those who wait. */
  readonly waiters: readonly Waiter[]
  /** Until this many have joined. */
  fill(count: number): Promise<void>
  /** Of Redis, for each of those who were filled in last. */
  bytesPerPerson(): Promise<number>
  stop(): Promise<void>
}

/** One app server of the deployment. */
export async function startApp(servers: Servers, secret: string) {
  const [port = 0] = await freePorts(1)
  const { child, stop } = await startProcess(main, {
    ...{ MASTER_URL: servers.masterUrl, REPLICA_URL: servers.replicaUrl },
    ...{ REDIS_URL: servers.redisUrl, AMQP_URL: servers.amqpUrl },
    ...{ AUTH_SECRET: secret, QUEUE_TOKEN_KEYS: secret, PORT: String(port), LOG_LEVEL: 'error' },
  })
  return { pid: child.pid ?? 0, port, stop }
}

export async function crowdedRoom(servers: Servers, secret: string): Promise<CrowdedRoom> {
  const { pid, port, stop } = await startApp(servers, secret)
  await makeShow(port, secret)
  const master = await openMaster({ url: servers.masterUrl, partitions: 8 })
  const keyPrefix = `${new URL(servers.masterUrl).pathname.slice(1)}:`
  const redis = await connectRedis({ url: servers.redisUrl, keyPrefix, log: createLog('error') })
  const rooms = redisWaitingRooms(redis)
  const show = (await master.show(showId)) as Show
  const clock = { now: () => Date.now() }
  const openRooms = new OpenRooms({
    ...{ rooms, ledger: master.waitingRooms, clock },
    shows: { find: async () => ({ show }) },
  })
  const tokens = new QueueTokens([secret])
  const waiters: Waiter[] = []
  let bytesPerPerson = 0

  const usedBytes = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await redis.commands.info('memory'))?.[1])

  const numberFor = async (userId: string): Promise<number> => {
    for (;;) {
      try {
        const { place } = await openRooms.ask(show, () => rooms.join(showId, userId, clock.now()))
        return place.number
      } catch (error) {
        if (!(error instanceof HoldfastError && error.code === 'unavailable')) throw error
        await sleep(pauseMs)
      }
    }
  }

  const joinOne = async (): Promise<void> => {
    const userId = `waiter-${waiters.length}`
    const waiter = { userId, queueToken: '' }
    waiters.push(waiter)
    const number = await numberFor(userId)
    waiter.queueToken = tokens.sign({ showId, userId, number, expiresAt: clock.now() + 3_600_000 })
  }

  return {
    ...{ pid, port, showId, waiters },
    async fill(count) {
      const [before, from] = [await usedBytes(), waiters.length]
      const joining = Array.from({ length: joiningAtOnce }, async () => {
        while (waiters.length < count) await joinOne()
      })
      await Promise.all(joining)
      bytesPerPerson = ((await usedBytes()) - before) / (count - from)
    },
    bytesPerPerson: async () => bytesPerPerson,
    async stop() {
      redis.close()
      await master.close()
      await stop()
    },
  }
}

async function makeShow(port: number, secret: string): Promise<void> {
  const send = async (method: string, path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${signToken(secret, 'bench', 'admin')}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': path,
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  }
  const plan = stadiumPlan(1_000)
  await send('POST', '/v1/admin/venues', { id: 'stadium', name: plan.name, plan })
  await send('POST', '/v1/admin/concerts', {
    id: 'bench',
    name: 'Benchmark',
    description: 'To measure with.',
  })
  await send('POST', '/v1/admin/shows', {
    ...{
      id: showId,
      concertId: 'bench',
      venueId: 'stadium',
      hasWaitingRoom: true,
      prices: { Standard: 1_000 },
    },
    ...{ startsAt: '2099-01-01T00:00:00.000Z', opensAt: '2020-01-01T00:00:00.000Z' },
    closesAt: '2099-01-01T00:00:00.000Z',
  })
  await send('PUT', `/v1/admin/shows/${showId}/waiting-room`, {
    ...{ ratePerSecond: 20, admittedMax: 100_000, sessionTtlMs: 600_000 },
  })
}
