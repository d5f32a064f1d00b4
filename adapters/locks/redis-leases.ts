// Expiring ownership of single jobs on Redis, one key `lease:<job>` each. A flush frees them all: whoever works under
// a lease is checked against the master too.
import type { Leases } from '../../engine/ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { loadScript } from '../redis/script.ts'

export function redisLeases({ commands, key }: RedisConnection): Leases {
  const acquireScript = loadScript(commands, new URL('./redis-acquire-lease.lua', import.meta.url))
  const releaseScript = loadScript(commands, new URL('./redis-release-lease.lua', import.meta.url))

  return {
    acquire: async (job, holder, ttlMs, now) =>
      (await acquireScript([key(`lease:${job}`)], [holder, ttlMs, now, now + ttlMs])) === 1,
    release: async (job, holder) => void (await releaseScript([key(`lease:${job}`)], [holder])),
  }
}
