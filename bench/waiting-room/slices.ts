// Joins, polls and a bare Fastify in turns, a few seconds each, round after round: what else happens on the machine meets all
// of them, and a ratio is taken within its round.
import { cpuSeconds } from '../cpu.ts'
import { httpRequest } from '../load/connection.ts'
import { type Journey, type Measured, measure } from '../load/measure.ts'
import { median } from '../median.ts'
import { signToken } from '../tokens.ts'
import type { Crowd } from './crowd.ts'

export interface Target {
  readonly pid: number
  readonly port: number
}

export interface Slice extends Measured {
  readonly name: string
  /** µs of processor time a request, in the process that answers and in Redis. */
  readonly appMicroseconds: number
  readonly redisMicroseconds: number
}

export interface SliceOptions {
  readonly seconds: number
  readonly connections: number
}

const joinsPerSecondMax = 60_000
const joinersWarmUp = 2_000
/** Everybody once at least, and of a small crowd nobody so often that the limit of requests is looked up. */
const pollsWarmUp = 20_000
const warmUpSecondsMax = 60

type Figure = 'perSecond' | 'p50' | 'p99' | 'appMicroseconds' | 'redisMicroseconds'

export class Slices {
  readonly #options: SliceOptions
  readonly #secret: string
  taken: Slice[] = []
  #crowdsJoined = 0

  constructor(options: SliceOptions, secret: string) {
    this.#options = options
    this.#secret = secret
  }

  /** With the headers of the real ones. */
  async bare(name: string, target: Target, method: 'POST' | 'GET'): Promise<void> {
    const headers = {
      Authorization: `Bearer ${signToken(this.#secret, 'bare', 'buyer')}`,
      ...(method === 'GET' && { 'Queue-Token': 'A'.repeat(64) }),
    }
    const request = httpRequest(method, '/', headers, null)
    await this.#take(name, target, async (connection) =>
      outcomeOf((await connection.send(request)).status, 200),
    )
  }

  /** Everybody for the first time. */
  async joins(name: string, target: Target, { showId }: Crowd): Promise<void> {
    const count = this.#options.seconds * joinsPerSecondMax + joinersWarmUp
    const run = this.#crowdsJoined++
    const requests = Array.from({ length: count }, (_, index) => {
      const userId = `${showId}-${run}-${index}`
      const headers = { Authorization: `Bearer ${signToken(this.#secret, userId, 'buyer')}` }
      return httpRequest('POST', `/v1/shows/${showId}/waiting-room`, headers, null)
    })
    let next = 0
    const join: Journey = async (connection) => {
      const request = requests[next++]
      if (request === undefined) throw new Error(`more than ${joinsPerSecondMax} joins a second`)
      return outcomeOf((await connection.send(request)).status, 201)
    }
    await this.#run(target, join, warmUpSecondsMax, joinersWarmUp)
    await this.#take(name, target, join)
  }

  /** By people who have polled before. */
  async polls(name: string, target: Target, { waiters }: Crowd): Promise<void> {
    const requests = waiters.map(({ userId, queueToken }) => {
      const headers = {
        Authorization: `Bearer ${signToken(this.#secret, userId, 'buyer')}`,
        'Queue-Token': queueToken,
      }
      return httpRequest('GET', '/v1/waiting-room', headers, null)
    })
    let next = 0
    const poll: Journey = async (connection) =>
      outcomeOf((await connection.send(requests[next++ % requests.length] ?? '')).status, 200)
    await this.#run(target, poll, warmUpSecondsMax, pollsWarmUp)
    await this.#take(name, target, poll)
  }

  /** What was taken so far, with a server that had yet to compile what it runs. */
  forget(): void {
    this.taken = []
  }

  /** The median of the rounds. */
  median(name: string, figure: Figure): number {
    return median(this.#named(name).map((slice) => slice[figure]))
  }

  /** What became of the requests of all rounds. */
  outcomes(name: string): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {}
    for (const { outcomes } of this.#named(name))
      for (const [outcome, count] of Object.entries(outcomes)) sums[outcome] = (sums[outcome] ?? 0) + count
    return sums
  }

  /** How much of `to` it makes: of its rate, and by the processor time of who answers. Medians of the rounds'. */
  ratio(name: string, to: string): { readonly rate: number; readonly processor: number } {
    const others = this.#named(to)
    const pairs = this.#named(name).map((slice, round) => [slice, others[round] ?? slice] as const)
    return {
      rate: median(pairs.map(([slice, other]) => slice.perSecond / other.perSecond)),
      processor: median(pairs.map(([slice, other]) => other.appMicroseconds / slice.appMicroseconds)),
    }
  }

  #named(name: string): readonly Slice[] {
    return this.taken.filter((slice) => slice.name === name)
  }

  async #take(name: string, target: Target, journey: Journey): Promise<void> {
    const names = new Map([[target.pid, 'app']])
    const before = cpuSeconds(names)
    const measured = await this.#run(target, journey, this.#options.seconds, Infinity)
    const after = cpuSeconds(names)
    const asked = Object.values(measured.outcomes).reduce((sum, count) => sum + count, 0)
    const microseconds = (process: string) =>
      (((after.get(process) ?? 0) - (before.get(process) ?? 0)) * 1e6) / Math.max(1, asked)
    const redis = [...after.keys()].find((process) => process.startsWith('redis-server')) ?? ''
    this.taken.push({
      name,
      ...measured,
      appMicroseconds: microseconds('app'),
      redisMicroseconds: microseconds(redis),
    })
  }

  #run({ port }: Target, journey: Journey, seconds: number, journeysMax: number): Promise<Measured> {
    const { connections } = this.#options
    return measure(journey, { port, connections, seconds, journeysMax, from: 0, success: 'ok' })
  }
}

const outcomeOf = (status: number, expected: number): string => (status === expected ? 'ok' : String(status))
