// `npm run bench -- seat-map`: the seats of a stadium, asked for as browsers do: compressed, kept, and asked about each
// time; while the seats stand still, and while some are held each second.
import { alone } from './alone.ts'
import { holding } from './journeys.ts'
import { httpRequest } from './load/connection.ts'
import { type Journey, type Measured, measure } from './load/measure.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { seatsPerShow, visit } from './stage.ts'

const holdsPerSecond = 10

interface Looks extends Measured {
  readonly megabytesPerSecond: number
}

export interface SeatMapResults {
  readonly seats: number
  readonly askedPerSecond: number
  readonly connections: number
  /** While nobody holds a seat, and while some are held each second. */
  readonly still: Looks
  readonly moving: Looks
}

export async function run(options: readonly string[]): Promise<void> {
  const {
    'per-second': perSecond,
    seconds,
    connections,
  } = optionsOf('seat-map', options, { 'per-second': 2_000, seconds: 10, connections: 64 })
  await alone({}, async ({ holdfast }) => {
    const { port } = holdfast
    /** What each browser has kept. */
    const tags = new WeakMap<object, string>()
    let bytes = 0
    const look: Journey = async (connection, index) => {
      // Many people look, each within the limit of requests.
      const { Authorization } = visit(index).headers
      const headers = {
        Authorization,
        'Accept-Encoding': 'gzip',
        'If-None-Match': tags.get(connection) ?? '',
      }
      const reply = await connection.send(
        httpRequest('GET', `/v1/shows/${visit(0).showId}/seats`, headers, null),
      )
      bytes += reply.bytes
      const tag = reply.header('etag')
      if (tag !== '') tags.set(connection, tag)
      return reply.status === 200 || reply.status === 304 ? 'answered' : String(reply.status)
    }
    const looks = { port, connections, seconds, journeysMax: Number.POSITIVE_INFINITY, success: 'answered' }
    const round = async (what: string) => {
      bytes = 0
      const measured = await measure(look, { ...looks, from: 0, perSecond })
      const megabytesPerSecond = bytes / measured.seconds / 1e6
      console.log(
        `${seatsPerShow} seats, ${what}: ${measured.perSecond.toFixed(0)} answers/s (asked for ${perSecond}), ` +
          `p50 ${measured.p50.toFixed(1)}, p99 ${measured.p99.toFixed(1)} ms, ${megabytesPerSecond.toFixed(1)} MB/s.`,
      )
      return { ...measured, megabytesPerSecond }
    }
    await measure(look, { ...looks, from: 0, seconds: 2, perSecond: perSecond / 4 })
    const still = await round('nobody holds any')
    const { journey, success } = holding(holdfast)
    const held = measure(journey, { ...looks, connections: 4, from: 0, perSecond: holdsPerSecond, success })
    const moving = await round(`${holdsPerSecond} held each second`)
    await held
    const results: SeatMapResults = {
      seats: seatsPerShow,
      askedPerSecond: perSecond,
      connections,
      still,
      moving,
    }
    keepResults('seat-map', results)
  })
}
