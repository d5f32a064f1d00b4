// `npm run bench -- best-available`: a hall is sold to buyers who let Holdfast choose, until nothing is left. What a choice
// costs must not grow with what is sold already.
import { alone } from './alone.ts'
import { calm } from './cpu.ts'
import { httpRequest } from './load/connection.ts'
import { type Measured, measure } from './load/measure.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { seatsPerShow, visit } from './stage.ts'

const tenths = 10

export interface BestAvailableResults {
  readonly seats: number
  readonly count: number
  readonly connections: number
  /** One after the other, each of a tenth of the hall. */
  readonly figures: readonly Measured[]
}

export async function run(options: readonly string[]): Promise<void> {
  const { count, connections } = optionsOf('best-available', options, { count: 2, connections: 256 })
  const journeysMax = Math.floor(seatsPerShow / count / tenths)
  const figures = await alone({ shows: 2 }, async ({ holdfast }) => {
    const sellTenth = (from: number) =>
      measure(
        async (connection, index) => {
          const { headers, showId } = visit(index)
          const body = JSON.stringify({ showId, bestAvailable: { count } })
          return String(
            (await connection.send(httpRequest('POST', '/v1/reservations', headers, body))).status,
          )
        },
        { port: holdfast.ports, connections, seconds: 120, from, journeysMax, success: '201' },
      )
    // Of another show: a process that has yet to compile what it runs is slower.
    for (let tenth = 0; tenth < tenths / 2; tenth++) await sellTenth(seatsPerShow + tenth * journeysMax)
    await calm()
    const sold: Measured[] = []
    for (let tenth = 0; tenth < tenths; tenth++) sold.push(await sellTenth(tenth * journeysMax))
    return sold
  })
  for (const [tenth, { perSecond, p99, outcomes }] of figures.entries())
    console.log(
      `${10 * tenth} to ${10 * tenth + 10}% of ${seatsPerShow} seats: ${perSecond.toFixed(0)} holds/s, p99 ${p99.toFixed(0)} ms ${JSON.stringify(outcomes)}`,
    )
  const results: BestAvailableResults = { seats: seatsPerShow, count, connections, figures }
  keepResults('best-available', results)
}
