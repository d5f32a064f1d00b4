// The peer that most teams write, on a master and a Redis like Holdfast's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { freePorts } from '../../ops/servers/ports.ts'
import { seatIdsOf, stadiumPlan } from '../stadium.ts'
import { type Contender, type Setting, startProcess } from './contender.ts'

const service = join(import.meta.dirname, '../peers/lock-per-seat/main.ts')
const schema = join(import.meta.dirname, '../peers/lock-per-seat/schema.sql')
const rowsPerInsert = 1_000

export async function startLockPerSeat(
  { servers, seats, authSecret }: Setting,
  connections: number,
): Promise<Contender> {
  const showId = 'stadium-1'
  const seatIds = seatIdsOf(stadiumPlan(seats))
  const database = await createConnection({ uri: servers.masterUrl, multipleStatements: true })
  await database.query(readFileSync(schema, 'utf8'))
  for (let from = 0; from < seatIds.length; from += rowsPerInsert) {
    const rows = seatIds.slice(from, from + rowsPerInsert).map((seatId) => [showId, seatId, 1_000])
    await database.query('INSERT INTO seats (show_id, seat_id, price) VALUES ?', [rows])
  }
  await database.end()

  const [port = 0] = await freePorts(1)
  const { child, stop } = await startProcess(service, {
    ...{ MASTER_URL: servers.masterUrl, REDIS_URL: servers.redisUrl, AUTH_SECRET: authSecret },
    ...{ PORT: String(port), CONNECTIONS: String(connections) },
  })
  return {
    name: `lock per seat, ${connections} connections`,
    pids: [child.pid ?? 0],
    port,
    showId,
    seatIds,
    stop,
  }
}
