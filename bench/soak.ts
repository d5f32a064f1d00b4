// `npm run bench -- soak`: seats of one show held and given back for long, each again and again, and what the app server has
// in memory meanwhile.
import { alone } from './alone.ts'
import { memoryMb } from './cpu.ts'
import { httpRequest, type LoadConnection } from './load/connection.ts'
import { measure } from './load/measure.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { seatsPerShow, visit } from './stage.ts'

interface Minute {
  readonly minute: number
  /** Of the app server at its end. */
  readonly mb: number
  readonly perSecond: number
  /** ms */
  readonly p99: number
}

export interface SoakResults {
  readonly minutes: number
  readonly askedPerSecond: number
  readonly figures: readonly Minute[]
}

export async function run(options: readonly string[]): Promise<void> {
  const {
    minutes,
    'per-second': perSecond,
    connections,
  } = optionsOf('soak', options, { minutes: 60, 'per-second': 500, connections: 64 })
  await alone({}, async ({ holdfast }) => {
    const { port, pids } = holdfast
    const figures: Minute[] = []
    let from = 0
    for (let minute = 1; minute <= minutes; minute++) {
      const journeysMax = 60 * perSecond
      const given = { port, connections, seconds: 60, perSecond, from, journeysMax, success: givenBack }
      const measured = await measure(holdAndGiveBack, given)
      from += measured.journeys
      const mb = memoryMb(pids)
      figures.push({ minute, mb, perSecond: measured.perSecond, p99: measured.p99 })
      console.log(
        `minute ${minute}: ${mb} MB, ${measured.perSecond.toFixed(0)} held and given back a second, p99 ${measured.p99.toFixed(0)} ms`,
      )
    }
    const results: SoakResults = { minutes, askedPerSecond: perSecond, figures }
    keepResults('soak', results)
  })
}

const givenBack = 'given back'

async function holdAndGiveBack(connection: LoadConnection, index: number): Promise<string> {
  const { headers, showId, seatId } = visit(index % seatsPerShow)
  const ask = (path: string, key: string, body: object | null) =>
    connection.send(
      httpRequest('POST', path, { ...headers, 'Idempotency-Key': key }, body && JSON.stringify(body)),
    )
  const held = await ask('/v1/reservations', `hold-${index}`, { showId, seatIds: [seatId] })
  if (held.status !== 201) return `${held.status} to a hold`
  const { id } = JSON.parse(held.body) as { id: string }
  const given = await ask(`/v1/reservations/${id}/cancellation`, `give-back-${index}`, null)
  return given.status === 200 ? givenBack : `${given.status} to giving it back`
}
