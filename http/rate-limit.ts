// How often a user may ask. A server counts alone while the user is far from the limit, and from then on all servers
// count together on Redis: most users cost no round trip, and nobody gains more than the shares that were not told.
import rateLimit, { type FastifyRateLimitStore, normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import type { Clock } from '../engine/ports.ts'
import { RecentlyUsed } from '../engine/recently-used.ts'
import type { Caller } from './auth.ts'
import type { App, HttpParts, RateLimitStore } from './parts.ts'

const windowMs = 60_000

/**
 * Counts a request that this server alone can count, and gives the headers that say so, names and values in turns; null,
 * without counting, for somebody whom all servers count together by now, or who has reached the limit.
 */
export type CountAlone = (caller: Caller) => string[] | null

export async function limitRates(app: App, parts: HttpParts): Promise<CountAlone> {
  const { settings, rateLimitStore } = parts
  const counts = new Counts(parts)
  await app.register(rateLimit, {
    max: settings.rateLimitMax,
    timeWindow: windowMs,
    store: storeOf(counts),
    // Nobody is turned away for a count that can't be kept; what needs Redis is refused soon enough.
    skipOnError: rateLimitStore !== undefined,
    keyGenerator: rateLimitKey,
    errorResponseBuilder: (_request, { ttl }) =>
      new HoldfastError('too_many_requests', undefined, { retryAfterS: secondsOf(ttl) }),
  })
  return (caller) => {
    const count = counts.addAlone(caller.userId)
    if (count === null) return null
    const headers = ['x-ratelimit-limit', String(settings.rateLimitMax)]
    headers.push('x-ratelimit-remaining', String(settings.rateLimitMax - count.current))
    headers.push('x-ratelimit-reset', String(secondsOf(count.ttl)))
    return headers
  }
}

const secondsOf = (ms: number): number => Math.ceil(ms / 1_000)

/** A user's id has no blank. */
const rateLimitKey = ({ caller, ip }: FastifyRequest): string =>
  caller === null ? `ip ${normalizeIP(ip)}` : caller.userId

interface Count {
  /** Requests in this server's window. */
  here: number
  /** Of those, how many the others know of. */
  told: number
  readonly endsAt: number
}

/** ms */
interface Counted {
  readonly current: number
  readonly ttl: number
}

class Counts {
  readonly #clock: Pick<Clock, 'now'>
  readonly #together: RateLimitStore | undefined
  readonly #byKey = new RecentlyUsed<Count>(limits.rateLimitUsersMax)
  /** Up to here this server counts alone. */
  readonly #aloneMax: number

  constructor({ clock, rateLimitStore, settings: { rateLimitMax } }: HttpParts) {
    this.#clock = clock
    this.#together = rateLimitStore
    this.#aloneMax = rateLimitStore ? Math.floor(rateLimitMax * limits.rateLimitUntoldShare) : rateLimitMax
  }

  addAlone(key: string): Counted | null {
    const now = this.#clock.now()
    const count = this.#open(key, now)
    if (count.here >= this.#aloneMax) return null
    count.here++
    return { current: count.here, ttl: count.endsAt - now }
  }

  async addNearLimit(key: string): Promise<Counted> {
    const now = this.#clock.now()
    const count = this.#open(key, now)
    count.here++
    if (this.#together === undefined) return { current: count.here, ttl: count.endsAt - now }
    const untold = count.here - count.told
    count.told = count.here
    try {
      return await this.#together.add(key, untold, windowMs)
    } catch (error) {
      count.told -= untold
      throw error
    }
  }

  #open(key: string, now: number): Count {
    const known = this.#byKey.get(key)
    if (known !== undefined && known.endsAt > now) return known
    const count = { here: 0, told: 0, endsAt: now + windowMs }
    this.#byKey.set(key, count)
    return count
  }
}

function storeOf(counts: Counts) {
  return class Store implements FastifyRateLimitStore {
    incr(key: string, callback: (error: Error | null, result?: Counted) => void): void {
      const alone = counts.addAlone(key)
      if (alone !== null) callback(null, alone)
      else counts.addNearLimit(key).then((counted) => callback(null, counted), callback)
    }

    /** Routes have no limits of their own. */
    child(): Store {
      return this
    }
  }
}
