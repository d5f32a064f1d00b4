// One app server of a deployment, and shows with as many people in their waiting rooms as wanted. Those that are not measured
// join beside HTTP, by the engine on the same Redis and master.
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
const joiningAtOnce = 512
/** Of a Redis that is too busy to answer in time. */
const pauseMs = 100
const tokenTtlMs = 3_600_000
/** Enough that nobody of them comes near the limit of requests. */
const keptMax = 20_000

export interface Waiter {
  readonly userId: string
  readonly queueToken: string
}

export interface Crowd {
  readonly showId: string
  /** Spread over the line. */
  readonly waiters: readonly Waiter[]
  /** Of Redis, for each who waits. */
  readonly bytesPerPerson: number
}

export interface Crowds {
  readonly pid: number
  readonly port: number
  /** A show with so many people waiting, some of whom are kept. */
  gather(showId: string, count: number): Promise<Crowd>
  stop(): Promise<void>
}

export interface AppOptions {
  readonly servers: Servers
  readonly secret: string
}

/** One app server of the deployment. */
export async function startApp({ servers, secret }: AppOptions) {
  const [port = 0] = await freePorts(1)
  const { child, stop } = await startProcess(main, {
    MASTER_URL: servers.masterUrl,
    REPLICA_URL: servers.replicaUrl,
    REDIS_URL: servers.redisUrl,
    AMQP_URL: servers.amqpUrl,
    AUTH_SECRET: secret,
    QUEUE_TOKEN_KEYS: secret,
    PORT: String(port),
    LOG_LEVEL: 'error',
  })
  return { pid: child.pid ?? 0, port, stop }
}

export async function startCrowds(options: AppOptions): Promise<Crowds> {
  const { servers, secret } = options
  const { pid, port, stop } = await startApp(options)
  const administer = administrator(port, secret)
  await makeVenue(administer)
  const master = await openMaster({ url: servers.masterUrl, partitions: 8 })
  const keyPrefix = `${new URL(servers.masterUrl).pathname.slice(1)}:`
  const redis = await connectRedis({ url: servers.redisUrl, keyPrefix, log: createLog('error') })
  const rooms = redisWaitingRooms(redis)
  const shows = new Map<string, Show>()
  const openRooms = new OpenRooms({
    rooms,
    ledger: master.waitingRooms,
    clock: { now: () => Date.now() },
    shows: {
      async find(showId) {
        const show = shows.get(showId)
        return show === undefined ? null : { show }
      },
    },
  })
  const tokens = new QueueTokens([secret])

  const usedBytes = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await redis.commands.info('memory'))?.[1])

  const numberFor = async (show: Show, userId: string): Promise<number> => {
    for (;;) {
      try {
        return (await openRooms.ask(show, () => rooms.join(show.id, userId, Date.now()))).place.number
      } catch (error) {
        if (!(error instanceof HoldfastError && error.code === 'unavailable')) throw error
        await sleep(pauseMs)
      }
    }
  }

  return {
    pid,
    port,
    async gather(showId, count) {
      await makeShow(administer, showId)
      const show = (await master.show(showId)) as Show
      shows.set(showId, show)
      const before = await usedBytes()
      const waiters: Waiter[] = []
      let next = 0
      const everyKept = Math.ceil(count / keptMax)
      const joining = Array.from({ length: joiningAtOnce }, async () => {
        while (next < count) {
          const index = next++
          const userId = `${showId}-waiter-${index}`
          const number = await numberFor(show, userId)
          if (index % everyKept !== 0) continue
          const ticket = { showId, userId, number, expiresAt: Date.now() + tokenTtlMs }
          waiters.push({ userId, queueToken: tokens.sign(ticket) })
        }
      })
      await Promise.all(joining)
      return { showId, waiters, bytesPerPerson: ((await usedBytes()) - before) / count }
    },
    async stop() {
      redis.close()
      await master.close()
      await stop()
    },
  }
}

type Administer = (method: string, path: string, body: object) => Promise<void>

const administrator =
  (port: number, secret: string): Administer =>
  async (method, path, body) => {
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

async function makeVenue(administer: Administer): Promise<void> {
  const plan = stadiumPlan(1_000)
  await administer('POST', '/v1/admin/venues', { id: 'stadium', name: plan.name, plan })
  const description = 'To measure with.'
  await administer('POST', '/v1/admin/concerts', { id: 'bench', name: 'Benchmark', description })
}

async function makeShow(administer: Administer, showId: string): Promise<void> {
  await administer('POST', '/v1/admin/shows', {
    id: showId,
    concertId: 'bench',
    venueId: 'stadium',
    hasWaitingRoom: true,
    prices: { Standard: 1_000 },
    startsAt: '2099-01-01T00:00:00.000Z',
    opensAt: '2020-01-01T00:00:00.000Z',
    closesAt: '2099-01-01T00:00:00.000Z',
  })
  await administer('PUT', `/v1/admin/shows/${showId}/waiting-room`, {
    ratePerSecond: 1,
    admittedMax: 100_000,
    sessionTtlMs: 600_000,
  })
}
