// How often a user may ask. A server counts alone while the user is far from the limit, and from then on all servers
// count together on Redis: most users cost no round trip, and nobody gains more than the shares that were not told.
import rateLimit, { type FastifyRateLimitStore, normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import { RecentlyUsed } from '../engine/recently-used.ts'
import type { App, HttpParts } from './parts.ts'

const windowMs = 60_000

export async function limitRates(app: App, parts: HttpParts): Promise<void> {
  const { settings, rateLimitStore } = parts
  await app.register(rateLimit, {
    max: settings.rateLimitMax,
    timeWindow: windowMs,
    store: storeOf(parts),
    // Nobody is turned away for a count that can't be kept; what needs Redis is refused soon enough.
    skipOnError: rateLimitStore !== undefined,
    keyGenerator: rateLimitKey,
    errorResponseBuilder: (_request, { ttl }) =>
      new HoldfastError('too_many_requests', undefined, { retryAfterS: Math.ceil(ttl / 1_000) }),
  })
}

const rateLimitKey = ({ caller, ip }: FastifyRequest): string =>
  caller === null ? `ip ${normalizeIP(ip)}` : `user ${caller.userId}`

interface Count {
  /** Requests in this server's window. */
  here: number
  /** Of those, how many the others know of. */
  told: number
  readonly endsAt: number
}

type Callback = (error: Error | null, result?: { current: number; ttl: number }) => void

function storeOf({ clock, rateLimitStore, settings }: HttpParts) {
  const counts = new RecentlyUsed<Count>(limits.rateLimitUsersMax)
  const untoldMax = rateLimitStore
    ? Math.floor(settings.rateLimitMax * limits.rateLimitUntoldShare)
    : Infinity

  const open = (key: string, now: number): Count => {
    const known = counts.get(key)
    if (known !== undefined && known.endsAt > now) return known
    const count = { here: 0, told: 0, endsAt: now + windowMs }
    counts.set(key, count)
    return count
  }

  return class Store implements FastifyRateLimitStore {
    incr(key: string, callback: Callback): void {
      const now = clock.now()
      const count = open(key, now)
      count.here++
      if (count.here <= untoldMax || rateLimitStore === undefined) {
        callback(null, { current: count.here, ttl: count.endsAt - now })
        return
      }
      const untold = count.here - count.told
      count.told = count.here
      rateLimitStore.add(key, untold, windowMs).then(
        (shared) => callback(null, shared),
        (error) => {
          count.told -= untold
          callback(error)
        },
      )
    }

    /** Routes have no limits of their own. */
    child(): Store {
      return this
    }
  }
}
