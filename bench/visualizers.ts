// `npm run bench -- visualizers`: what open visualizers cost. First two app servers sell alike at a steady rate, and the pages
// are open on the one, then on the other: how much more processor time a hold takes where they are. Both run at the same time
// on the same machine, so that whatever else happens there meets both. Then at a few holds a second, with and without pages
// in turns, so that there is something new to tell and little that hides what the telling costs all processes together.
import { alone } from './alone.ts'
import { childProcesses, cpuSeconds } from './cpu.ts'
import { httpRequest } from './load/connection.ts'
import { measure } from './load/measure.ts'
import { openStream } from './load/stream.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { authSecret, seatsPerShow } from './stage.ts'
import { signToken } from './tokens.ts'

const shows = 4
/** Of what the server takes. */
const usualShare = 0.7
/** Holds a second. */
const trickle = 10

export async function run(options: readonly string[]): Promise<void> {
  const given = optionsOf('visualizers', options, {
    pages: 20,
    rounds: 8,
    seconds: 5,
    /** Holds a second; with 0 a share of the most that it takes. */
    rate: 0,
  })
  const { pages, rounds, seconds } = given
  const measured = await alone({ shows, appServers: 2 }, async ({ holdfast }) => {
    const { ports, pids, success } = holdfast
    const processorTime = processorTimeOf(pids)
    let from = 0
    /** Holds a second, on both servers together. */
    const sell = async (duration: number, connections: number, perSecond?: number): Promise<number> => {
      const first = from
      const shares = await Promise.all(
        ports.map((port, server) =>
          measure(
            async (connection, index) => {
              // Server after server takes every other visit.
              const visit = first + 2 * (index - first) + server
              from = Math.max(from, visit + 1)
              return String((await connection.send(holdfast.hold(visit))).status)
            },
            {
              port,
              connections,
              seconds: duration,
              from: first,
              success,
              journeysMax: seatsPerShow,
              ...(perSecond === undefined ? {} : { perSecond: perSecond / 2 }),
            },
          ),
        ),
      )
      return shares.reduce((sum, share) => sum + share.perSecond, 0)
    }

    await sell(3, 32)
    const most = await sell(5, 32)
    const rate = given.rate || Math.round(most * usualShare)
    const reached: number[] = []
    const msPerHold: number[] = []
    /** Of the server with the pages, by what the other one takes. */
    const sellWatched = async (watched: 0 | 1): Promise<number> => {
      const close = await openPages(ports[watched] ?? 0, pages)
      const spent = processorTime()
      const perSecond = await sell(seconds, 32, rate)
      const { apps } = spent()
      await close()
      reached.push(perSecond)
      const [own = 0, other = 0] = watched === 0 ? apps : apps.toReversed()
      msPerHold.push(other / (perSecond * (seconds / 2)))
      return own / other
    }
    const added: number[] = []
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
      // One of them decides more than the other: in the mean of both ways round that makes no difference.
      const ratio = (await sellWatched(order[0])) * (await sellWatched(order[1]))
      added.push((Math.sqrt(ratio) - 1) * 100)
    }

    const trickleOn = async (): Promise<number> => {
      const spent = processorTime()
      // Few enough that the server closes none for being idle.
      await sell(seconds, 1, trickle)
      return spent().all / seconds
    }
    const trickleWatched = async (): Promise<number> => {
      const close = await openPages(ports[0] ?? 0, pages)
      const used = await trickleOn()
      await close()
      return used
    }
    /** ms a second. */
    const calm: number[] = []
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? await trickleOn() : await trickleWatched()
      const second = round % 2 === 0 ? await trickleWatched() : await trickleOn()
      calm.push(round % 2 === 0 ? second - first : first - second)
    }
    return { most, rate, reached: median(reached), msPerHold: median(msPerHold), added, calm }
  })
  tell(pages, measured)
  const { added, calm, ...figures } = measured
  const turns = added.map((addedPercent, turn) => ({ addedPercent, calmMsPerSecond: calm[turn] }))
  keepResults('visualizers', { pages, seconds, ...figures, turns })
}

/** ms of a core: each app server's, and all processes'. */
interface Spent {
  readonly apps: readonly number[]
  readonly all: number
}

/** Returns how to ask, later, what was used since. */
function processorTimeOf(pids: readonly number[]): () => () => Spent {
  const names = new Map(pids.map((pid) => [pid, `app ${pid}`]))
  const read = () => cpuSeconds(names, childProcesses())
  return () => {
    const before = read()
    return () => {
      const used = [...read()].map(
        ([name, seconds]) => [name, (seconds - (before.get(name) ?? 0)) * 1_000] as const,
      )
      const byName = new Map(used)
      return {
        apps: pids.map((pid) => byName.get(`app ${pid}`) ?? 0),
        all: used.reduce((sum, [, ms]) => sum + ms, 0),
      }
    }
  }
}

interface Measured {
  readonly most: number
  readonly rate: number
  readonly reached: number
  readonly msPerHold: number
  readonly added: readonly number[]
  readonly calm: readonly number[]
}

function tell(pages: number, { most, rate, reached, msPerHold, added, calm }: Measured): void {
  console.log(
    `Two app servers take ${most.toFixed(0)} holds/s; measured at ${rate}, of which they made ${reached.toFixed(0)}.`,
  )
  console.log(
    `Each takes ${msPerHold.toFixed(3)} ms of a core per hold that it answers, with ${pages} visualizers ${spread(added, 1)} % more.`,
  )
  const ofCore = calm.map((ms) => ms / 10)
  console.log(`At ${trickle} holds/s all processes together take ${spread(ofCore, 2)} % of a core more.`)
}

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
