// Walks a journey over the sockets of a server, and judges each round of answers before it goes on.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, EmbeddedServer } from '../../support/embedded-server.ts'
import { type Ask, buyers, type Journey, seatsOfHall } from './asks.ts'
import { explain } from './explain.ts'
import {
  contentOf,
  emptyShop,
  endings,
  extensionMs,
  type Heard,
  price,
  type Shop,
  seatLimit,
  seatName,
  statusOf,
} from './model.ts'

const shortHoldMs = 1_000
const longHoldMs = 600_000
/** How long the seat map may take to show what was decided, and the inlet to let somebody in. */
const patienceMs = 20_000

let walks = 0

export class Walk {
  readonly #server: EmbeddedServer
  readonly #address: string
  readonly #journey: Journey
  readonly #showId = `journey-${++walks}`
  readonly #buyers: Client[] = []
  readonly #tokens: (string | undefined)[] = []
  /** Of each buyer, the latest first. */
  readonly #reservations: string[][] = Array.from({ length: buyers }, () => [])
  readonly #lines: string[] = []
  #shops: readonly Shop[]
  #wanted: readonly {
    readonly who: number
    readonly key: string | null
    readonly seatIds: readonly string[]
  }[] = []

  constructor(server: EmbeddedServer, address: string, journey: Journey) {
    this.#server = server
    this.#address = address
    this.#journey = journey
    this.#shops = [emptyShop(journey.rules)]
  }

  /**
   * @returns what was asked and told
   * @throws where no order of requests explains what was told
   */
  async go(): Promise<readonly string[]> {
    await this.#open()
    for (const round of this.#journey.rounds) await this.#send(round)
    return this.#lines
  }

  async #open(): Promise<void> {
    const { hasWaitingRoom, isShort, isRefundable, extensionsMax } = this.#journey.rules
    const admin = await this.#server.as('root', 'admin')
    const made = await admin.post('/v1/admin/shows', {
      id: this.#showId,
      concertId: 'demo',
      venueId: 'one-row',
      prices: { all: price },
      hasWaitingRoom,
      startsAt: '2090-01-01T00:00:00Z',
      opensAt: '2020-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
      holdTtlMs: isShort ? shortHoldMs : longHoldMs,
      seatLimit,
      extensionMs,
      extensionsMax,
      refundableUntil: isRefundable ? '2089-01-01T00:00:00Z' : '2020-01-01T00:00:00Z',
    })
    if (made.status !== 201) throw new Error(JSON.stringify(made.body))
    if (hasWaitingRoom)
      await this.#server.send({
        method: 'PUT',
        url: `/v1/admin/shows/${this.#showId}/waiting-room`,
        headers: { authorization: admin.authorization },
        payload: { ratePerSecond: 1_000, admittedMax: 100, sessionTtlMs: 600_000 },
      })
    for (let who = 0; who < buyers; who++) this.#buyers.push(await this.#server.as(`${this.#showId}-${who}`))
  }

  async #send(round: readonly Ask[]): Promise<void> {
    const wanted = round.flatMap((ask) =>
      ask.is === 'reserve' ? [{ who: ask.who, key: keyOf(ask), seatIds: seatsOf(ask) }] : [],
    )
    const lately = [...this.#wanted, ...wanted]
    this.#wanted = wanted
    const lines = round.filter(({ is }) => is === 'join' || is === 'come in' || is === 'leave')
    const heard = await Promise.all(
      round.map(async (ask) => {
        for (let turn = 0; turn < ask.after; turn++) await new Promise((resolve) => setImmediate(resolve))
        const others = lately.filter(({ who, key }) => who !== ask.who || key !== keyOf(ask))
        const wantedByOthers = new Set(others.flatMap(({ seatIds }) => seatIds))
        const isAloneInLine = lines.every((other) => other === ask || other.who !== ask.who)
        return { ...(await this.#ask(ask)), wantedByOthers, isAloneInLine }
      }),
    )
    for (const { is, who, key, print, reservationId, status, body } of heard)
      this.#lines.push(
        `${is} by ${who} under ${key} ${print} of ${reservationId}: ${status} ${body?.code ?? body?.state ?? ''}`,
      )
    this.#lines.push('')
    this.#shops = explain(this.#shops, heard, this.#journey.rules)
    if (this.#shops.length === 0) throw this.#wrong(`no order explains ${JSON.stringify(heard, null, 1)}`)
    for (const { who, is, reservationId } of heard)
      if (is.startsWith('reserve') && this.#isKnown(reservationId)) this.#remember(who, reservationId)
    await this.#settle()
  }

  /** The seat map comes to show what was decided. */
  async #settle(): Promise<void> {
    const end = Date.now() + patienceMs
    for (;;) {
      const { body } = await this.#fetch(0, 'GET', `/v1/shows/${this.#showId}/seats`)
      const shown = new Map<string, string>(
        body.items.map(({ id, status }: { id: string; status: string }) => [id, status]),
      )
      const isShown = (shop: Shop) =>
        [...shown].every(([seatId, status]) => statusOf(shop, seatId) === status)
      const fitting = this.#withEndings(Date.now()).filter(isShown)
      if (fitting.length > 0) {
        this.#shops = fitting
        return
      }
      if (Date.now() > end) throw this.#wrong(`the seat map stays at ${JSON.stringify([...shown])}`)
      await sleep(2)
    }
  }

  #withEndings(byMs: number): Shop[] {
    const all = new Map(this.#shops.map((shop) => [contentOf(shop), shop]))
    // Grows while it is gone through: several holds may have ended.
    for (const shop of all.values()) for (const ended of endings(shop, byMs)) all.set(contentOf(ended), ended)
    return [...all.values()]
  }

  #remember(who: number, id: string): void {
    const own = this.#reservations[who]
    if (own && !own.includes(id)) own.unshift(id)
  }

  #find(ask: Ask): string {
    if (!('which' in ask)) return ''
    const { who, which, isForeign } = ask
    const known = isForeign
      ? this.#reservations.filter((_, owner) => owner !== who).flat()
      : (this.#reservations[who] ?? [])
    return known[which % known.length] ?? 'demo-1.none.none'
  }

  #isKnown(id: string): boolean {
    return this.#shops.some(({ bookings }) => bookings[id] !== undefined)
  }

  async #ask(ask: Ask): Promise<Omit<Heard, 'wantedByOthers' | 'isAloneInLine'>> {
    const { who, is } = ask
    const token = this.#tokens[who]
    const reservationId = this.#find(ask)
    const url = {
      join: `/v1/shows/${this.#showId}/waiting-room`,
      'come in': `/v1/shows/${this.#showId}/waiting-room`,
      leave: '/v1/waiting-room',
      'look at the balance': '/v1/balance',
      reserve: '/v1/reservations',
      'reserve best': '/v1/reservations',
      pay: `/v1/reservations/${reservationId}/payment`,
      extend: `/v1/reservations/${reservationId}/extension`,
      cancel: `/v1/reservations/${reservationId}/cancellation`,
      look: `/v1/reservations/${reservationId}`,
      charge: '/v1/balance/charges',
      'let go': '/v1/balance',
    }[is]
    const method = is === 'leave' ? 'DELETE' : is.startsWith('look') || is === 'let go' ? 'GET' : 'POST'
    const payload = this.#payloadOf(ask)
    const seatIds = ask.is === 'reserve' ? seatsOf(ask) : []
    const common = {
      is: is === 'let go' ? 'look at the balance' : is,
      who,
      key: keyOf(ask),
      print: JSON.stringify(payload),
      seatIds,
      count: ask.is === 'reserve best' ? ask.count : seatIds.length,
      amount: ask.is === 'charge' ? ask.amount : 0,
      hasToken: token !== undefined,
    }
    if (is === 'let go') await this.#untilLetGo()
    const sentAt = Date.now()
    const reply = await this.#fetch(who, method, url, payload, {
      ...(common.key === null ? {} : { 'idempotency-key': common.key, prefer: 'wait=10' }),
      ...(token === undefined || is === 'join' ? {} : { 'queue-token': token }),
    })
    const { queueToken } = reply.body ?? {}
    if (queueToken) this.#tokens[who] = queueToken
    const told = is === 'come in' ? await this.#untilIn(who, reply) : reply
    const isReserved = ask.is === 'reserve' || ask.is === 'reserve best'
    const id = isReserved ? String(reply.body?.id ?? '') : reservationId
    return { ...common, ...told, sentAt, toldAt: Date.now(), reservationId: id }
  }

  #payloadOf(ask: Ask): object {
    if (ask.is === 'reserve') return { showId: this.#showId, seatIds: seatsOf(ask) }
    if (ask.is === 'reserve best') return { showId: this.#showId, bestAvailable: { count: ask.count } }
    return ask.is === 'charge' ? { amount: ask.amount } : {}
  }

  async #untilIn(who: number, joined: Reply): Promise<Reply> {
    const token = joined.body?.queueToken
    const end = Date.now() + patienceMs
    for (;;) {
      const place = await this.#fetch(who, 'GET', '/v1/waiting-room', undefined, { 'queue-token': token })
      if (place.body.state !== 'waiting' || Date.now() > end)
        return place.body.state === 'waiting' ? { ...place, status: 0 } : place
      await sleep(20)
    }
  }

  async #untilLetGo(): Promise<void> {
    const deadlines = this.#shops.flatMap(({ bookings }) =>
      Object.values(bookings).flatMap(({ state, deadline }) => (state === 'held' ? [deadline] : [])),
    )
    await sleep(Math.max(0, ...deadlines.map((deadline) => deadline + 20 - Date.now())))
  }

  async #fetch(
    who: number,
    method: string,
    path: string,
    payload?: object,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const hasBody = method === 'POST'
    const response = await fetch(`${this.#address}${path}`, {
      method,
      signal: AbortSignal.timeout(patienceMs),
      headers: {
        authorization: this.#buyers[who]?.authorization ?? '',
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(hasBody ? { body: JSON.stringify(payload ?? {}) } : {}),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  #wrong(what: string): Error {
    return new Error(`${what}\n\n${this.#lines.join('\n')}`)
  }
}

interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind
  readonly body: any
}

const keyOf = (ask: Ask): string | null => ('key' in ask ? `${ask.is.split(' ')[0]}-${ask.key}` : null)

const seatsOf = ({ first, count }: Extract<Ask, { is: 'reserve' }>): string[] =>
  Array.from({ length: count }, (_, place) => seatName((first + place) % seatsOfHall))
