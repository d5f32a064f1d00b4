// What people write themselves: a lock per seat in Redis, then one transaction per request; and the same behind a queue.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { freePorts } from '../../ops/servers/ports.ts'
import { authSecret, balance, price, seatIds, showIds, userIds } from '../stage.ts'
import { type Contender, reservationsApi, type Setting, settingOf, startProcess } from './contender.ts'

const peers = join(import.meta.dirname, '../peers')
const rowsPerInsert = 5_000

export type OwnService = 'lock-per-seat' | 'bullmq'
const services = {
  'lock-per-seat': { name: 'Lock per seat', program: 'lock-per-seat/main.ts' },
  bullmq: { name: 'BullMQ before it', program: 'bullmq/main.ts' },
} as const

/** @param connections to the database, of each app server; behind the queue also how many of its jobs run at once */
export async function startOwnService(
  kind: OwnService,
  { servers }: Setting,
  connections: number,
  appServers: number,
): Promise<Contender> {
  const ports = await freePorts(appServers)
  const { name, program } = services[kind]
  const started = await Promise.all(
    ports.map((port) =>
      startProcess(join(peers, program), {
        MASTER_URL: servers.masterUrl,
        REDIS_URL: servers.redisUrl,
        AUTH_SECRET: authSecret,
        PORT: String(port),
        CONNECTIONS: String(connections),
        QUEUE: `of-${appServers}-${connections}`,
      }),
    ),
  )
  return {
    ...reservationsApi,
    name,
    setting: `${settingOf(appServers)}, pool of ${connections}`,
    ports,
    pids: started.map(({ child }) => child.pid ?? 0),
    stop: async () => void (await Promise.all(started.map(({ stop }) => stop()))),
  }
}

/** Seats and balances, before the first service starts. */
export async function fillTables({ servers, shows }: Setting): Promise<void> {
  const database = await createConnection({ uri: servers.masterUrl, multipleStatements: true })
  await database.query(readFileSync(join(peers, 'lock-per-seat/schema.sql'), 'utf8'))
  for (const showId of showIds(shows))
    for (let from = 0; from < seatIds.length; from += rowsPerInsert) {
      const rows = seatIds.slice(from, from + rowsPerInsert).map((seatId) => [showId, seatId, price])
      await database.query('INSERT INTO seats (show_id, seat_id, price) VALUES ?', [rows])
    }
  for (let from = 0; from < userIds.length; from += rowsPerInsert) {
    const rows = userIds.slice(from, from + rowsPerInsert).map((userId) => [userId, balance])
    await database.query('INSERT INTO accounts (user_id, balance) VALUES ?', [rows])
  }
  await database.end()
}
