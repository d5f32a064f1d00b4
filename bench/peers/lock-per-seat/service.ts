// The peer that most teams write: a lock per seat in Redis, then one transaction per request on the database.
// Written as its own users would: prepared statements, pipelined locks, compare-and-delete on release.
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { createPool, type PoolConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'

export interface PeerOptions {
  readonly masterUrl: string
  readonly redisUrl: string
  readonly authSecret: string
  readonly connections: number
}

const lockTtlMs = 5_000
const holdTtlMs = 8 * 60_000
const unlock = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`

export const reserveBody = {
  type: 'object',
  required: ['showId', 'seatIds'],
  additionalProperties: false,
  properties: {
    showId: { type: 'string', maxLength: 48 },
    seatIds: { type: 'array', minItems: 1, maxItems: 4, items: { type: 'string', maxLength: 64 } },
  },
}

export interface Reserve {
  Body: { showId: string; seatIds: string[] }
  Headers: { 'idempotency-key': string }
}

/** The peer's own work, apart from HTTP: also what the queue's jobs run. */
export function openStore({ masterUrl, redisUrl, connections }: PeerOptions) {
  const pool = createPool({ uri: masterUrl, connectionLimit: connections, queueLimit: 0 })
  const redis = new Redis(redisUrl, { enableAutoPipelining: true })
  redis.defineCommand('unlock', { numberOfKeys: 1, lua: unlock })
  return {
    /** @returns null where a seat is locked or taken */
    async reserve(token: string, userId: string, { showId, seatIds }: Reserve['Body'], key: string) {
      const keys = seatIds.toSorted().map((seatId) => `lock:${showId}:${seatId}`)
      const locked = await Promise.all(keys.map((lock) => redis.set(lock, token, 'PX', lockTtlMs, 'NX')))
      try {
        if (locked.some((each) => each === null)) return null
        return await inTransaction(pool, (connection) => hold(connection, userId, showId, seatIds, key))
      } finally {
        await Promise.all(
          keys.map((lock, index) => locked[index] && (redis as Unlocking).unlock(lock, token)),
        )
      }
    },
    pay: (userId: string, id: string) => inTransaction(pool, (connection) => pay(connection, userId, id)),
    async close() {
      await pool.end()
      redis.disconnect()
    },
  }
}

export async function buildPeer(options: PeerOptions) {
  const app = Fastify({ logger: false })
  const store = openStore(options)
  await app.register(fastifyJwt, { secret: options.authSecret, verify: { cache: 100_000 } })
  app.addHook('onRequest', (request) => request.jwtVerify())
  app.addHook('onClose', () => store.close())

  app.post<Reserve>('/v1/reservations', { schema: { body: reserveBody } }, async (request, reply) => {
    const userId = (request.user as { sub: string }).sub
    const held = await store.reserve(request.id, userId, request.body, request.headers['idempotency-key'])
    return held ? reply.code(201).send(held) : reply.code(409).send({ code: 'seats_taken' })
  })

  app.post<{ Params: { id: string } }>('/v1/reservations/:id/payment', async (request, reply) => {
    const userId = (request.user as { sub: string }).sub
    const outcome = await store.pay(userId, request.params.id)
    return outcome === 'paid'
      ? { state: 'paid' }
      : reply.code(outcome === 'insufficient' ? 402 : 409).send({ outcome })
  })

  return app
}

type Unlocking = Redis & { unlock(key: string, token: string): Promise<number> }

async function inTransaction<T>(
  pool: ReturnType<typeof createPool>,
  work: (connection: PoolConnection) => Promise<T>,
): Promise<T> {
  const connection = await pool.getConnection()
  try {
    await connection.beginTransaction()
    const result = await work(connection)
    await connection.commit()
    return result
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
}

async function hold(
  connection: PoolConnection,
  userId: string,
  showId: string,
  seatIds: string[],
  key: string,
) {
  const marks = seatIds.map(() => '?').join()
  const [seats] = await connection.execute<RowDataPacket[]>(
    `SELECT seat_id, price FROM seats WHERE show_id = ? AND seat_id IN (${marks}) AND status = 'free' FOR UPDATE`,
    [showId, ...seatIds],
  )
  if (seats.length < seatIds.length) return null
  const amount = seats.reduce((sum, seat) => sum + Number(seat.price), 0)
  const expiresAt = new Date(Date.now() + holdTtlMs)
  const [made] = await connection.execute<ResultSetHeader>(
    `INSERT INTO reservations (user_id, show_id, idempotency_key, status, amount, seat_ids, expires_at) VALUES (?, ?, ?, 'held', ?, ?, ?)`,
    [userId, showId, key, amount, JSON.stringify(seatIds), expiresAt],
  )
  await connection.execute(
    `UPDATE seats SET status = 'held', reservation_id = ? WHERE show_id = ? AND seat_id IN (${marks})`,
    [made.insertId, showId, ...seatIds],
  )
  await connection.execute(
    `INSERT INTO reservation_events (reservation_id, type, at) VALUES (?, 'held', NOW(3))`,
    [made.insertId],
  )
  return { id: String(made.insertId), state: 'held', seats, amount, holdExpiresAt: expiresAt.toISOString() }
}

export type PayOutcome = 'paid' | 'insufficient' | 'invalid'

async function pay(connection: PoolConnection, userId: string, id: string): Promise<PayOutcome> {
  const [[reservation]] = await connection.execute<RowDataPacket[]>(
    `SELECT amount, show_id, seat_ids FROM reservations WHERE id = ? AND user_id = ? AND status = 'held' AND expires_at > NOW(3) FOR UPDATE`,
    [id, userId],
  )
  if (!reservation) return 'invalid'
  const [debit] = await connection.execute<ResultSetHeader>(
    `UPDATE accounts SET balance = balance - ? WHERE user_id = ? AND balance >= ?`,
    [reservation.amount, userId, reservation.amount],
  )
  if (debit.affectedRows === 0) return 'insufficient'
  await connection.execute(`UPDATE reservations SET status = 'paid' WHERE id = ?`, [id])
  const seatIds = JSON.parse(reservation.seat_ids) as string[]
  const marks = seatIds.map(() => '?').join()
  await connection.execute(`UPDATE seats SET status = 'sold' WHERE show_id = ? AND seat_id IN (${marks})`, [
    reservation.show_id,
    ...seatIds,
  ])
  await connection.execute(
    `INSERT INTO payments (reservation_id, user_id, amount, at) VALUES (?, ?, ?, NOW(3))`,
    [id, userId, reservation.amount],
  )
  return 'paid'
}
