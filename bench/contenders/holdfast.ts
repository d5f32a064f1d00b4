// Holdfast itself: servers of a deployment, each as `npm start` with the four service URLs.
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { freePorts } from '../../ops/servers/ports.ts'
import type { Servers } from '../../ops/servers/start.ts'
import { authSecret, balance, plan, price, showIds, userIds } from '../stage.ts'
import { signToken } from '../tokens.ts'
import { type Contender, reservationsApi, type Setting, settingOf, startProcess } from './contender.ts'

const main = join(import.meta.dirname, '../../main.ts')
const rowsPerInsert = 5_000

export interface Holdfast extends Contender {
  /** Of the first app server. */
  readonly port: number
}

export async function startHoldfast({ servers, shows }: Setting, appServers = 1): Promise<Holdfast> {
  const ports = await freePorts(appServers)
  const started: Awaited<ReturnType<typeof startProcess>>[] = []
  for (const port of ports) started.push(await startAppServer(servers, port))
  const [port = 0] = ports
  await putOnSale(port, showIds(shows))
  await charge(servers.masterUrl)
  return {
    ...reservationsApi,
    name: 'Holdfast',
    setting: settingOf(appServers),
    port,
    ports,
    pids: started.map(({ child }) => child.pid ?? 0),
    stop: async () => void (await Promise.all(started.map(({ stop }) => stop()))),
  }
}

const startAppServer = (servers: Servers, port: number) =>
  startProcess(main, {
    MASTER_URL: servers.masterUrl,
    REPLICA_URL: servers.replicaUrl,
    REDIS_URL: servers.redisUrl,
    AMQP_URL: servers.amqpUrl,
    AUTH_SECRET: authSecret,
    QUEUE_TOKEN_KEYS: authSecret,
    PORT: String(port),
    LOG_LEVEL: 'error',
  })

async function putOnSale(port: number, ids: readonly string[]): Promise<void> {
  const post = async (path: string, key: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${signToken(authSecret, 'bench', 'admin')}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  }
  await post('/v1/admin/venues', 'venue', { id: 'stadium', name: plan.name, plan })
  const concert = { id: 'bench', name: 'Benchmark', description: 'Shows to measure with.' }
  await post('/v1/admin/concerts', 'concert', concert)
  for (const id of ids)
    await post('/v1/admin/shows', id, {
      id,
      concertId: 'bench',
      venueId: 'stadium',
      hasWaitingRoom: false,
      prices: { Standard: price },
      startsAt: '2099-01-01T00:00:00.000Z',
      opensAt: '2020-01-01T00:00:00.000Z',
      closesAt: '2099-01-01T00:00:00.000Z',
    })
}

/** Straight into the tables, as the charges that they would be; once, however often the app servers are started. */
async function charge(masterUrl: string): Promise<void> {
  const database = await createConnection(masterUrl)
  for (let from = 0; from < userIds.length; from += rowsPerInsert) {
    const some = userIds.slice(from, from + rowsPerInsert)
    await database.query('INSERT IGNORE INTO accounts (user_id, balance) VALUES ?', [
      some.map((id) => [id, balance]),
    ])
    await database.query(
      'INSERT IGNORE INTO ledger (transaction_id, line, account, amount, kind, at, reference) VALUES ?',
      [
        some.flatMap((id) => [
          [`charge-${id}`, 0, `user:${id}`, balance, 'charge', 0, `charge-${id}`],
          [`charge-${id}`, 1, 'deposits', -balance, 'charge', 0, `charge-${id}`],
        ]),
      ],
    )
  }
  await database.end()
}
