// From a route to a request: what the contract allows, with ids that exist more often than not; then, now and then, something
// wrong with it.
import fc from 'fast-check'
import type { Random } from '../../simulation/random.ts'
import { oneHall } from '../../support/one-hall.ts'
import type { Parameter, Route, Schema } from './contract.ts'
import { mangled } from './mangled.ts'
import type { People, Person } from './people.ts'
import { nonsense, valuesOf } from './values.ts'

export interface Request {
  readonly route: Route
  readonly person: Person | null
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload: string | undefined
  /** What is sent in their place, where it is nothing that a client writes. */
  readonly bytes: Buffer | null
  readonly isRight: boolean
  /** What the contract says of it: its asker has the right, and its body is allowed. */
  readonly isAllowed: boolean
}

const seatsPerRow = 14
/** Whose places are drawn by lot. */
export const lotteryShow = 'fuzz-lottery'
/** Sampled once and drawn from ever after. */
const samplesOfSchema = 200
const mangledShare = 0.05
/** Answered before Fastify has made anything of them: what is odd in a request matters most there. */
export const fastRoutes = [
  ...['POST /v1/shows/{id}/waiting-room', 'GET /v1/waiting-room', 'POST /v1/reservations'],
  ...['payment', 'extension', 'cancellation'].map((order) => `POST /v1/reservations/{id}/${order}`),
]
const mangledShareOfFast = 0.5

export class Requests {
  readonly #random: Random
  readonly #people: People
  readonly #samples = new Map<Schema, unknown[]>()
  #count = 0

  constructor(random: Random, people: People) {
    this.#random = random
    this.#people = people
  }

  async of(route: Route): Promise<Request> {
    const random = this.#random
    const person = await this.#asker(route)
    const isRight = route.roles === null || (person !== null && route.roles.includes(person.role))
    const subject = person ?? this.#people.anybody()
    const headers: Record<string, string> = person ? { authorization: person.authorization } : {}
    if (random.chance(0.02)) headers.authorization = random.pick(forgeries)
    let path = route.path
    const query: string[] = []
    for (const parameter of route.parameters) {
      const isThere =
        parameter.required === true || random.chance(this.#isToldOf(parameter, subject) ? 0.9 : 0.2)
      if (!isThere || random.chance(0.02)) continue
      const value = random.chance(0.04)
        ? textOf(random.pick(nonsense))
        : this.#valueOf(parameter, route, subject)
      if (parameter.in === 'path')
        path = path.replace(`{${parameter.name}}`, encodeURIComponent(wellFormed(value)))
      else if (parameter.in === 'query')
        query.push(`${parameter.name}=${encodeURIComponent(wellFormed(value))}`)
      else headers[parameter.name] = value.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1_000)
    }
    if (random.chance(0.01)) query.push('__proto__=1')
    const hasBody = route.body !== null && !(route.mayHaveNoBody && random.chance(0.5))
    const body = hasBody ? asSent(this.#bodyOf(route, subject)) : undefined
    const payload = body === undefined ? undefined : this.#written(body)
    if (payload !== undefined)
      headers['content-type'] = random.chance(0.01) ? 'text/plain' : 'application/json'
    const url = `${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
    const isAllowed = isRight && (body === undefined || route.faultOfBody(body) === null)
    const request = { route, person, url, headers, payload, bytes: null, isRight, isAllowed }
    const share = fastRoutes.includes(route.name) ? mangledShareOfFast : mangledShare
    const isMangled = !route.isStream && random.chance(share)
    return isMangled ? { ...request, ...mangled(random, request) } : request
  }

  /** Whoever was given a token sends it. */
  #isToldOf({ name }: Parameter, { queueTokens }: Person): boolean {
    return name === 'queue-token' && queueTokens.length > 0
  }

  async #asker(route: Route): Promise<Person | null> {
    const random = this.#random
    if (random.chance(0.04)) return null
    return random.chance(0.08) ? this.#people.anybody() : this.#people.withRight(route.roles)
  }

  #valueOf({ in: place, name, schema }: Parameter, { path }: Route, person: Person): string {
    const random = this.#random
    if (name === 'idempotency-key') return this.#key(person)
    if (name === 'prefer')
      return random.pick(['wait=10', 'wait=10', 'wait=5', 'consistency-token, wait=3', 'wait=x'])
    if (name === 'queue-token') return person.queueTokens.at(-1) ?? 'none'
    if (place === 'path' && random.chance(0.9)) return this.#known(name, path, person)
    return String(this.#sample(schema))
  }

  /** Again the one from before, now and then. */
  #key(person: Person): string {
    const again = this.#random.chance(0.1) ? person.keys.at(-1) : undefined
    const key = again ?? `key-${++this.#count}`
    person.keys.push(key)
    if (person.keys.length > 5) person.keys.shift()
    return key
  }

  #known(name: string, path: string, person: Person): string {
    const random = this.#random
    if (name === 'version') return random.pick(['1', '2', '0'])
    if (name === 'name') return random.pick(['reservation', 'show', 'nothing'])
    if (path.includes('/concerts/')) return 'demo'
    if (path.includes('/users/')) return random.chance(0.9) ? this.#people.anybody().userId : 'nobody'
    if (path.includes('/parked/')) return random.pick(['parked-1', 'parked-2', 'none'])
    if (path.includes('/reservations/')) {
      const [held] = person.held
      if (held !== undefined && random.chance(0.6)) return held
      const foreign = this.#people.foreignReservation(person)
      const own = person.reservations.at(-1 - Math.floor(random.next() ** 2 * person.reservations.length))
      return (random.chance(0.1) || person.role !== 'buyer' ? foreign : own) ?? 'demo-1.none.none'
    }
    if (path.endsWith('/proof') && random.chance(0.7)) return lotteryShow
    if (path.includes('/waiting-room')) return random.pick(['demo-2', 'demo-2', 'demo-2', 'demo-1'])
    return random.pick(['demo-1', 'demo-1', 'demo-2', 'no-such-show'])
  }

  #bodyOf(route: Route, person: Person): unknown {
    const random = this.#random
    const body = structuredClone(this.#likely(route, person) ?? this.#sample(route.body ?? {}))
    if (random.chance(0.85) || typeof body !== 'object' || body === null) return body
    const members = body as Record<string, unknown>
    const names = Object.keys(members)
    switch (random.whole(1, 4)) {
      case 1:
        return random.pick(nonsense)
      case 2:
        if (names.length > 0) members[random.pick(names)] = random.pick(nonsense)
        return members
      case 3:
        if (names.length > 0) delete members[random.pick(names)]
        return members
      default:
        members[random.pick(['price', 'balance', 'status', 'userId', 'role', 'x'])] = random.pick(nonsense)
        return members
    }
  }

  /** What somebody would send who knows the hall; undefined where any allowed value will do. */
  #likely({ name }: Route, person: Person): unknown {
    const random = this.#random
    switch (name) {
      case 'POST /v1/reservations': {
        const showId = random.chance(0.8) ? 'demo-1' : 'demo-2'
        if (random.chance(0.5)) return { showId, bestAvailable: { count: random.whole(1, 2) } }
        const row = random.whole(1, 12)
        return { showId, seatIds: [`${random.pick(['A', 'B', 'C'])}-${row}-${random.whole(1, seatsPerRow)}`] }
      }
      case 'POST /v1/dev/login':
        return { userId: person.userId, role: 'buyer' }
      case 'POST /v1/balance/charges':
        return { amount: random.whole(100_000, 900_000) }
      case 'POST /v1/admin/venues':
        return random.chance(0.7)
          ? { id: `venue-${++this.#count}`, name: 'A room', plan: aRoom(random.whole(1, 5)) }
          : undefined
      case 'POST /v1/machines/{name}/{version}/comparison':
        return { version: random.whole(1, 2) }
      case 'POST /v1/admin/concerts':
        return { id: `concert-${random.whole(1, 2_000)}`, name: '<b>A & B</b>', description: "it's" }
      case 'POST /v1/admin/shows':
        return {
          id: `show-${++this.#count}`,
          concertId: 'demo',
          venueId: 'riethsporthalle',
          startsAt: '2090-01-01T00:00:00Z',
          opensAt: '2020-01-01T00:00:00Z',
          closesAt: '2090-01-01T00:00:00Z',
          prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': random.whole(0, 9) },
        }
      case 'PUT /v1/admin/shows/{id}/waiting-room':
        return {
          ratePerSecond: random.whole(1, 100),
          admittedMax: random.whole(1, 500),
          sessionTtlMs: 600_000,
        }
      default:
        return random.chance(0.7) &&
          /payment|extension|cancellation|pause|resume|retry|refund|room$/.test(name)
          ? {}
          : undefined
    }
  }

  #written(body: unknown): string {
    const text = JSON.stringify(body) ?? ''
    return this.#random.chance(0.01) ? text.slice(0, text.length / 2) : text
  }

  #sample(schema: Schema): unknown {
    const known = this.#samples.get(schema)
    if (known) return this.#random.pick(known)
    const seed = this.#random.whole(1, 2 ** 30)
    this.#samples.set(schema, fc.sample(valuesOf(schema), { seed, numRuns: samplesOfSchema }))
    return this.#sample(schema)
  }
}

const wellFormed = (text: string): string => text.toWellFormed()

const none = Buffer.from('{"alg":"none"}').toString('base64url')
const root = Buffer.from('{"sub":"root","role":"admin","aud":"holdfast","exp":9999999999}').toString(
  'base64url',
)
const forgeries = [
  'Bearer',
  'Bearer x.y.z',
  `Bearer ${none}.${root}.`,
  `bearer ${none}.${root}.AAAA`,
  'Basic cm9vdDpyb290',
]

const aRoom = (rows: number) => oneHall({ name: 'A room', rows, seatsPerRow: 4 })

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')

/** As JSON knows it: what it does not know is null. */
const asSent = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null')
