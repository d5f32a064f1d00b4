// Somebody who buys from whatever app server is there, repeats under the same key what got no clear answer, and writes
// every request and answer down for the auditor.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Told } from '../../auditor/evidence.ts'
import type { Asked, Notes } from '../../simulation/notes.ts'
import type { Random } from '../../simulation/random.ts'
import type { Address, Answered, Person } from '../../support/deployment.ts'

/** Longer than the longest wait for a decision. */
const patienceMs = 15_000
const insistenceMs = 90_000
const repeatPauseMs = { least: 100, below: 600 }

export interface Ask {
  readonly type: 'reserve' | 'pay' | 'extend' | 'cancel'
  readonly showId: string
  /** The reservation; of a reserve command, the show. */
  readonly target: string
  readonly body?: object
  readonly key?: string
  /** The wait that is asked for, in seconds. */
  readonly waitS?: number
  /** Where to ask; otherwise any server. */
  readonly at?: Address
}

/** What was heard, or null when nothing was. */
export type Heard = (Answered & { readonly told: Told }) | null

const paths = { pay: 'payment', extend: 'extension', cancel: 'cancellation' } as const

export interface BuyerParts {
  readonly person: Pick<Person, 'userId' | 'get' | 'post'>
  readonly random: Random
  readonly servers: { readonly all: readonly Address[] }
  readonly notes: Notes
  /** How often each status was heard, `none` for no answer. */
  readonly statuses: Map<string, number>
}

export class Buyer {
  readonly random: Random
  readonly userId: string
  readonly #parts: BuyerParts

  constructor(parts: BuyerParts) {
    this.random = parts.random
    this.userId = parts.person.userId
    this.#parts = parts
  }

  reserve(showId: string, wish: object, others: Partial<Ask> = {}): Promise<Heard> {
    return this.ask({ type: 'reserve', showId, target: showId, body: { showId, ...wish }, ...others })
  }

  /** Once. */
  async ask(ask: Ask): Promise<Heard> {
    const { person, notes, servers, random } = this.#parts
    const { type, showId, target, body, waitS = 10, key = randomUUID() } = ask
    const asked: Asked = {
      userId: this.userId,
      idempotencyKey: key,
      type,
      target,
      showId,
      body: JSON.stringify(body ?? {}),
    }
    const path = type === 'reserve' ? '/v1/reservations' : `/v1/reservations/${target}/${paths[type]}`
    const sentAt = performance.now()
    const at = ask.at ?? random.pick(servers.all)
    const headers = { 'idempotency-key': key, prefer: `wait=${waitS}` }
    const heard = await answerWithin(person.post(at, path, body, headers))
    const told = toldOf(heard)
    this.#count(heard)
    notes.request(asked, sentAt, performance.now(), told)
    return heard && { ...heard, told }
  }

  /**
   * Until it is decided, or refused at the door.
   * @throws {Error} when neither happens in a time that nobody waits longer
   */
  async insist(ask: Ask): Promise<Answered & { readonly told: Told }> {
    const key = ask.key ?? randomUUID()
    const deadline = performance.now() + insistenceMs
    let last: Heard = null
    while (performance.now() < deadline) {
      const heard = await this.ask({ ...ask, key })
      if (heard?.told.is === 'decided' || heard?.told.is === 'refused') return heard
      last = heard
      await sleep(this.random.between(repeatPauseMs.least, repeatPauseMs.below))
    }
    throw new Error(
      `${ask.type} of ${ask.target} got no answer in ${insistenceMs} ms; at last ${last?.status} ${JSON.stringify(last?.body)}`,
    )
  }

  async charge(amount: number): Promise<void> {
    const { person, notes, servers, random } = this.#parts
    const key = randomUUID()
    notes.charge(key, { userId: this.userId, amount, told: 'unknown' })
    const headers = { 'idempotency-key': key }
    const done = await person.post(random.pick(servers.all), '/v1/balance/charges', { amount }, headers)
    if (done.status !== 201) throw new Error(JSON.stringify(done.body))
    notes.charge(key, { userId: this.userId, amount, told: 'done' })
  }

  async look(path: string, at?: Address): Promise<Answered> {
    return this.#parts.person.get(at ?? this.random.pick(this.#parts.servers.all), path)
  }

  #count(heard: Answered | null): void {
    const { statuses } = this.#parts
    const status = String(heard?.status ?? 'none')
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
}

/** Null when the connection was cut, or nothing was said in time. */
async function answerWithin(asking: Promise<Answered>): Promise<Answered | null> {
  const stop = new AbortController()
  const late = sleep(patienceMs, null, { signal: stop.signal }).catch(() => null)
  const heard = await Promise.race([asking.catch(() => null), late])
  stop.abort()
  return heard
}

/** A server that slept while a request came in says that it took too long: that is to be sent again. */
const requestTimeout = 408

function toldOf(heard: Answered | null): Told {
  if (heard === null || heard.status >= 500 || heard.status === requestTimeout) return { is: 'unknown' }
  const { status, body } = heard
  const { commandId, state } = body
  if (status === 202) return { is: 'accepted', commandId }
  if (status < 300)
    return { is: 'decided', commandId, decision: { outcome: 'accepted', code: null, state, details: body } }
  const { code, seatsTaken = null } = body
  if (commandId === undefined) return { is: 'refused', code }
  const decision = { outcome: 'refused', code, state, details: { seatsTaken } }
  return { is: 'decided', commandId, decision }
}
