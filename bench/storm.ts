// `npm run bench -- storm`: many requests for few seats. Each seat is held once, and who loses learns it at once.
import { alone } from './alone.ts'
import { calm } from './cpu.ts'
import { httpRequest } from './load/connection.ts'
import { type Measured, measure } from './load/measure.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { seatsPerShow, visit } from './stage.ts'

/** On other shows: a process that has yet to compile what it runs is half as quick. */
const stormsBefore = 3

export interface StormResults extends Measured {
  readonly requests: number
  readonly seats: number
  readonly connections: number
  readonly appServers: number
}

export async function run(options: readonly string[]): Promise<void> {
  const {
    requests,
    seats,
    connections,
    'app-servers': appServers,
  } = optionsOf('storm', options, { requests: 20_000, seats: 100, connections: 256, 'app-servers': 2 })
  const figures = await alone({ shows: 1 + stormsBefore, appServers }, async ({ holdfast }) => {
    const storm = (from: number, journeysMax: number) =>
      measure(
        async (connection, index) => {
          const { headers, showId } = visit(index)
          const seatIds = [visit(index % seats).seatId]
          const request = httpRequest(
            'POST',
            '/v1/reservations',
            headers,
            JSON.stringify({ showId, seatIds }),
          )
          return String((await connection.send(request)).status)
        },
        { port: holdfast.ports, connections, seconds: 120, from, journeysMax, success: '409' },
      )
    for (let show = 1; show <= stormsBefore; show++) await storm(show * seatsPerShow, requests)
    await calm()
    return storm(0, requests)
  })
  const failures = Object.entries(figures.outcomes).filter(([status]) => status.startsWith('5'))
  console.log(
    `${requests} requests for ${seats} seats: ${figures.outcomes['201'] ?? 0} holds, ${failures.length === 0 ? 'no failure' : `failures ${failures.join()}`}, ` +
      `${figures.perSecond.toFixed(0)} losers answered a second, p50 ${figures.p50.toFixed(0)}, p99 ${figures.p99.toFixed(0)} ms.`,
  )
  const results: StormResults = { requests, seats, connections, appServers, ...figures }
  keepResults('storm', results)
}
