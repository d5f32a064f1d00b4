// Claims, leases and the seat projection on one connection to Redis.
import type { Claims, Leases, SeatProjection } from '../../engine/ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { redisClaims } from './redis-claims.ts'
import { redisLeases } from './redis-leases.ts'
import { RedisProjection } from './redis-projection.ts'

export interface RedisLocks {
  readonly claims: Claims
  readonly leases: Leases
  readonly projection: SeatProjection
}

export const redisLocks = (connection: RedisConnection): RedisLocks => ({
  claims: redisClaims(connection),
  leases: redisLeases(connection),
  projection: new RedisProjection(connection),
})
