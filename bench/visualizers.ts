// `npm run bench -- visualizers`: what open visualizers cost. First at a steady rate of holds, with and without them in turns:
// how much they add to a hold's processor time, on the app server and on all that it needs. Then at a few holds a second, so
// that there is something new to tell and little that hides what the telling costs; that figure holds on a busy machine, too.
// Options: --pages, --rate (without it 70% of what the server takes), --rounds, --seconds.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { childProcesses, cpuSeconds } from './cpu.ts'
import { httpRequest } from './load/connection.ts'
import { measure } from './load/measure.ts'
import { openStream } from './load/stream.ts'
import { median } from './median.ts'
import { keepResults } from './results.ts'
import { authSecret, seatsPerShow } from './stage.ts'
import { signToken } from './tokens.ts'

const shows = 4
/** Of what the server takes. */
const usualShare = 0.7
/** Holds a second. */
const trickle = 10

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      pages: { type: 'string', default: '20' },
      rate: { type: 'string' },
      rounds: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '5' },
    },
  })
  const [pages = 0, rounds = 0, seconds = 0] = [values.pages, values.rounds, values.seconds].map(Number)
  const measured = await alone({ shows }, async ({ holdfast }) => {
    const { port, success } = holdfast
    const processorTime = processorTimeOf(holdfast.pids)
    let from = 0
    const sell = async (duration: number, connections: number, perSecond?: number) => {
      const { outcomes, ...load } = await measure(
        async (connection, index) => String((await connection.send(holdfast.hold(index))).status),
        {
          ...{ port, connections, seconds: duration, from, success },
          ...(perSecond === undefined ? {} : { perSecond }),
          journeysMax: seatsPerShow,
        },
      )
      for (const count of Object.values(outcomes)) from += count
      return { holds: outcomes[success] ?? 0, perSecond: load.perSecond }
    }
    const withPages = async <Result>(measuring: () => Promise<Result>) => {
      const close = await openPages(port, pages)
      const result = await measuring()
      await close()
      return result
    }

    await sell(3, 64)
    const most = await sell(5, 64)
    const rate = values.rate === undefined ? Math.round(most.perSecond * usualShare) : Number(values.rate)
    const reached: number[] = []
    const perHold = async (): Promise<Spent> => {
      const spent = processorTime()
      const { holds, perSecond } = await sell(seconds, 64, rate)
      reached.push(perSecond)
      return eachOf(spent(), (ms) => ms / holds)
    }
    const selling: Pair[] = []
    for (let round = 0; round < rounds; round++) selling.push(await inTurns(round, perHold, withPages))

    const perSecond = async (): Promise<Spent> => {
      const spent = processorTime()
      // Few enough that the server closes none for being idle.
      await sell(2 * seconds, 2, trickle)
      return eachOf(spent(), (ms) => ms / (2 * seconds))
    }
    const calm: Pair[] = []
    for (let round = 0; round < rounds; round++) calm.push(await inTurns(round, perSecond, withPages))
    return { most: most.perSecond, rate, reached: median(reached), selling, calm }
  })
  tell(pages, measured)
  keepResults('visualizers', { pages, rounds, seconds, ...measured })
}

/** ms of a core: the app server's, and all processes'. */
interface Spent {
  readonly app: number
  readonly all: number
}

interface Pair {
  readonly without: Spent
  readonly watched: Spent
}

const eachOf = ({ app, all }: Spent, change: (ms: number) => number): Spent => ({
  app: change(app),
  all: change(all),
})

/** Every other time the other way round, so that what changes as time goes by speaks for neither. */
async function inTurns(
  round: number,
  measuring: () => Promise<Spent>,
  withPages: (measuring: () => Promise<Spent>) => Promise<Spent>,
): Promise<Pair> {
  if (round % 2 === 0) {
    const without = await measuring()
    return { without, watched: await withPages(measuring) }
  }
  const watched = await withPages(measuring)
  return { without: await measuring(), watched }
}

/** Returns how to ask, later, what was used since. */
function processorTimeOf(pids: readonly number[]): () => () => Spent {
  const names = new Map(pids.map((pid) => [pid, 'app']))
  const read = (): Spent => {
    const used = cpuSeconds(names, childProcesses())
    const all = [...used.values()].reduce((sum, seconds) => sum + seconds, 0)
    return eachOf({ app: used.get('app') ?? 0, all }, (seconds) => seconds * 1_000)
  }
  return () => {
    const before = read()
    return () => {
      const after = read()
      return { app: after.app - before.app, all: after.all - before.all }
    }
  }
}

interface Measured {
  readonly most: number
  readonly rate: number
  readonly reached: number
  readonly selling: readonly Pair[]
  readonly calm: readonly Pair[]
}

function tell(pages: number, { most, rate, reached, selling, calm }: Measured): void {
  console.log(
    `It takes ${most.toFixed(0)} holds/s; measured at ${rate}, of which it made ${reached.toFixed(0)}.`,
  )
  for (const part of ['app', 'all'] as const) {
    const perHold = median(selling.map(({ without }) => without[part]))
    const added = selling.map(({ without, watched }) => (watched[part] / without[part] - 1) * 100)
    const perSecond = calm.map(({ without, watched }) => watched[part] - without[part])
    console.log(`${part === 'app' ? 'App server' : 'All processes'}:`)
    console.log(
      `  ${perHold.toFixed(3)} ms of a core per hold, with ${pages} visualizers ${spread(added, 1)} % more;`,
    )
    console.log(
      `  at ${trickle} holds/s ${spread(eachShare(perSecond, 10), 2)} % of a core more, which would be ` +
        `${spread(eachShare(perSecond, (rate * perHold) / 100), 2)} % of a hold at ${rate}/s.`,
    )
  }
}

const eachShare = (values: readonly number[], of: number): number[] => values.map((value) => value / of)

function spread(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
  return `${median(values).toFixed(digits)} (${values.length} rounds: ${least} to ${most})`
}

/** Each a developer's own, with the stream that the page reads. Returns how to close them. */
async function openPages(port: number, count: number): Promise<() => Promise<void>> {
  const streams = await Promise.all(
    Array.from({ length: count }, (_, page) => {
      const headers = { Authorization: `Bearer ${signToken(authSecret, `developer-${page}`, 'developer')}` }
      const request = httpRequest('GET', '/v1/machines/reservation/live/stream', headers, null)
      return openStream(port, request, 'live')
    }),
  )
  return async () => {
    for (const stream of streams) stream.destroy()
  }
}
