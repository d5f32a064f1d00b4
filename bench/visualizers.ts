// `npm run bench -- visualizers`: what open visualizers add to a hold's processor time on the app server and its services,
// at a steady rate of holds, with and without them in turns. Options: --pages, --rate, --rounds, --seconds.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { childProcesses, cpuSeconds } from './cpu.ts'
import { httpRequest, LoadConnection } from './load/connection.ts'
import { measure } from './load/measure.ts'
import { openStream } from './load/stream.ts'
import { median } from './median.ts'
import { keepResults } from './results.ts'
import { authSecret } from './stage.ts'
import { signToken } from './tokens.ts'

/** As the page does. */
const overdueEveryMs = 5_000
const shows = 4

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      pages: { type: 'string', default: '20' },
      rate: { type: 'string', default: '400' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '15' },
    },
  })
  const [pages = 0, rate = 0, rounds = 0, seconds = 0] = [
    ...[values.pages, values.rate, values.rounds, values.seconds].map(Number),
  ]
  const figures = await alone({ shows }, async ({ holdfast }) => {
    const { port, success } = holdfast
    let from = 0
    /** ms of a core per hold: the app server's, and all processes'. */
    const round = async (duration: number) => {
      const names = new Map(holdfast.pids.map((pid) => [pid, 'app']))
      const used = () => cpuSeconds(names, childProcesses())
      const before = used()
      const load = { port, connections: 64, seconds: duration, perSecond: rate, from, success }
      from += rate * duration
      const { outcomes } = await measure(
        async (connection, index) => String((await connection.send(holdfast.hold(index))).status),
        { ...load, journeysMax: rate * duration },
      )
      const holds = outcomes[success] ?? 0
      const spent = [...used()].map(
        ([name, after]) => [name, (after - (before.get(name) ?? 0)) * 1_000] as const,
      )
      return {
        app: (spent.find(([name]) => name === 'app')?.[1] ?? 0) / holds,
        all: spent.reduce((sum, [, ms]) => sum + ms, 0) / holds,
      }
    }

    await round(5)
    const [without, watched]: [Round[], Round[]] = [[], []]
    for (let n = 0; n < rounds; n++) {
      without.push(await round(seconds))
      const close = await openPages(port, pages)
      watched.push(await round(seconds))
      await close()
    }
    return { without: medians(without), watched: medians(watched) }
  })
  const added = (part: keyof Round) => figures.watched[part] / figures.without[part] - 1
  for (const part of ['app', 'all'] as const)
    console.log(
      `${part === 'app' ? 'App server' : 'All processes'}: ${figures.without[part].toFixed(3)} ms of a core per hold, ` +
        `with ${pages} visualizers ${figures.watched[part].toFixed(3)} ms: ${(added(part) * 100).toFixed(1)} % more.`,
    )
  keepResults('visualizers', { pages, rate, rounds, seconds, ...figures })
}

interface Round {
  readonly app: number
  readonly all: number
}

const medians = (rounds: readonly Round[]): Round => ({
  app: median(rounds.map(({ app }) => app)),
  all: median(rounds.map(({ all }) => all)),
})

/** Each a developer's own: the live stream, and a look at who is overdue every few seconds. Returns how to close them. */
async function openPages(port: number, count: number): Promise<() => Promise<void>> {
  const closed = await Promise.all(
    Array.from({ length: count }, async (_, page) => {
      const headers = { Authorization: `Bearer ${signToken(authSecret, `developer-${page}`, 'developer')}` }
      const stream = await openStream(
        port,
        httpRequest('GET', '/v1/machines/reservation/live/stream', headers, null),
        'live',
      )
      const connection = await LoadConnection.open(port)
      let looking: Promise<unknown> = Promise.resolve()
      const timer = setInterval(() => {
        looking = connection.send(httpRequest('GET', '/v1/machines/overdue', headers, null))
      }, overdueEveryMs)
      return async () => {
        clearInterval(timer)
        await looking
        connection.close()
        stream.destroy()
      }
    }),
  )
  return async () => void (await Promise.all(closed.map((close) => close())))
}
