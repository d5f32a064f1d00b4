// A waiting room under load: people who join and look again and again through any app server, and what each of them was told. Whatever
// must never be told is a violation.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlaceEvidence } from '../../auditor/evidence.ts'
import { type Answered, type DeployedServer, type Person, person } from '../../support/deployment.ts'
import { Buyer } from './buyer.ts'
import type { Stage } from './stage.ts'

const pauseMs = { least: 100, below: 300 }
const newcomersEveryMs = 100

interface Standing {
  readonly person: Person
  number: number | null
  queueToken: string
  position: number
  wasInside: boolean
}

export class Line {
  readonly violations: string[] = []
  /** Answers of 200 and 201. */
  answered = 0
  /** By people who were inside. */
  held = 0
  readonly #stage: Stage
  readonly #showId: string
  readonly #standing: Standing[] = []
  readonly #stopping = new AbortController()
  readonly #walking: Promise<void>[] = []
  #admin: Person | null = null

  constructor(stage: Stage, showId: string) {
    this.#stage = stage
    this.#showId = showId
  }

  get numbers(): number[] {
    return this.#standing.flatMap(({ number }) => number ?? [])
  }

  get inside(): number {
    return this.#standing.filter(({ wasInside }) => wasInside).length
  }

  async open(inlet: { ratePerSecond: number; admittedMax: number }): Promise<void> {
    const [server] = this.#stage.servers.all
    if (server === undefined) throw new Error('no app server is there')
    this.#admin = await person(server, 'root', 'admin')
    const made = await this.#admin.post(server, '/v1/admin/shows', {
      id: this.#showId,
      concertId: 'tour',
      venueId: 'hall',
      hasWaitingRoom: true,
      opensAt: '2020-01-01T00:00:00Z',
      startsAt: '2090-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
      prices: { VIP: 300, 'Kategorie I': 200, 'Kategorie II': 100 },
    })
    const put = await this.#admin.put(server, `/v1/admin/shows/${this.#showId}/waiting-room`, {
      ...inlet,
      sessionTtlMs: 600_000,
    })
    if (made.status !== 201 || put.status !== 200) throw new Error(JSON.stringify([made.body, put.body]))
  }

  /** So many at first, and one more every moment. */
  start(count: number): void {
    for (let index = 0; index < count; index++) this.#walking.push(this.#walk(index))
    this.#walking.push(this.#newcomers(count))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    while (this.#walking.length > 0) await this.#walking.pop()
    const numbers = this.numbers
    if (new Set(numbers).size < numbers.length) this.violations.push('a number was issued twice')
  }

  async #newcomers(from: number): Promise<void> {
    for (let index = from; !this.#stopping.signal.aborted; index++) {
      await sleep(newcomersEveryMs)
      this.#walking.unshift(this.#walk(index))
    }
  }

  async #walk(index: number): Promise<void> {
    const { servers, random } = this.#stage
    const [first] = servers.all
    const someone = first && (await person(first, `in-line-${index}`).catch(() => null))
    if (!someone) return
    const standing: Standing = {
      person: someone,
      number: null,
      queueToken: '',
      position: Infinity,
      wasInside: false,
    }
    this.#standing.push(standing)
    while (!this.#stopping.signal.aborted) {
      await sleep(random.between(pauseMs.least, pauseMs.below))
      const [sentAt, hasToken] = [performance.now(), standing.queueToken !== '']
      const answer = await this.#ask(standing, random.pick(servers.all)).catch(() => null)
      if (answer?.status === 200 || answer?.status === 201) {
        this.#note(standing, answer, { hasToken, sentAt })
        this.#hear(standing, answer)
      } else if (answer && answer.status < 500)
        this.violations.push(`${someone.userId} is answered ${answer.status}`)
    }
  }

  #ask({ person: someone, queueToken }: Standing, server: DeployedServer): Promise<Answered> {
    return queueToken === ''
      ? someone.post(server, `/v1/shows/${this.#showId}/waiting-room`)
      : someone.get(server, '/v1/waiting-room', { 'queue-token': queueToken })
  }

  #note(
    { person: { userId } }: Standing,
    { body }: Answered,
    asked: Pick<PlaceEvidence, 'hasToken' | 'sentAt'>,
  ): void {
    const { number, lot, position, state } = body
    const showId = this.#showId
    this.#stage.notes.place({
      showId,
      userId,
      number,
      lot,
      position,
      state,
      ...asked,
      toldAt: performance.now(),
    })
  }

  /** Takes a seat and gives it back. */
  async #shop({ person: someone, queueToken }: Standing): Promise<void> {
    const { servers, notes, statuses, random } = this.#stage
    const { userId, get } = someone
    const post: Person['post'] = (at, path, body, headers) =>
      someone.post(at, path, body, { ...headers, 'queue-token': queueToken })
    const buyer = new Buyer({
      servers,
      notes,
      statuses,
      random: random.fork(),
      person: { userId, get, post },
    })
    const showId = this.#showId
    const held = await buyer.reserve(showId, { bestAvailable: { count: 1 } })
    if (held?.status !== 201) return
    this.held++
    await buyer.insist({ type: 'cancel', showId, target: held.body.id })
  }

  #hear(standing: Standing, { body }: Answered): void {
    this.answered++
    const { userId } = standing.person
    const told = (what: string) => this.violations.push(`${userId} ${what}: ${JSON.stringify(body)}`)
    if (standing.number !== null && body.number !== standing.number) told(`lost number ${standing.number}`)
    if (body.state === 'expired' || body.state === 'left') told('is out')
    if (body.state === 'waiting' && standing.wasInside) told('is outside again')
    if ((body.position ?? 0) > standing.position) told(`went back from ${standing.position}`)
    standing.number = body.number
    standing.queueToken = body.queueToken ?? standing.queueToken
    standing.position = body.position ?? standing.position
    if (body.state !== 'admitted' || standing.wasInside) return
    standing.wasInside = true
    this.#walking.unshift(this.#shop(standing))
  }
}
