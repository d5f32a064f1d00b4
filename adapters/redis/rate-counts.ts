// Requests that several servers count together, one key `rate:<who>` each.
import type { RedisConnection } from './connection.ts'
import { loadScript } from './script.ts'

export interface RateCounts {
  /**
   * Adds to a count, which begins anew when its window has passed.
   * @returns the count, and for how many ms its window goes on
   * @throws {HoldfastError} `unavailable`
   */
  add(who: string, requests: number, windowMs: number): Promise<{ current: number; ttl: number }>
}

export function redisRateCounts({ commands, key }: RedisConnection): RateCounts {
  const addScript = loadScript(commands, new URL('./redis-add-requests.lua', import.meta.url))
  return {
    async add(who, requests, windowMs) {
      const [current, ttl] = (await addScript([key(`rate:${who}`)], [requests, windowMs])) as [number, number]
      return { current, ttl }
    },
  }
}
