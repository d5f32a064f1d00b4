// `npm run bench -- servers`: one, two and three app servers on the same machine, in turns. The show is decided by one of
// them; the door is at all.
import { startServers } from '../ops/servers/start.ts'
import { type Holdfast, startHoldfast } from './contenders/holdfast.ts'
import { calm } from './cpu.ts'
import { holding } from './journeys.ts'
import { leadSeconds, type Measured, measure, warmingSeconds } from './load/measure.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { seatsPerShow } from './stage.ts'

const shows = 16
/** So few of its seats are sold to warm up that there are enough for what counts. */
const showsWarming = 3

/** On servers of its own, as the other two, which are up meanwhile. */
interface Deployment {
  readonly appServers: number
  readonly holdfast: Holdfast
  /** The visit to begin the next turn with. */
  next: number
  readonly turns: Measured[]
}

export interface ServersResults {
  readonly connections: number
  readonly figures: readonly {
    readonly appServers: number
    readonly perSecond: number
    /** ms */
    readonly p99: number
    /** Of the rate of one server, round by round. */
    readonly shares: readonly number[]
  }[]
}

export async function run(options: readonly string[]): Promise<void> {
  const { seconds, rounds, connections } = optionsOf('servers', options, {
    seconds: 4,
    rounds: 7,
    connections: 512,
  })
  const load = async (deployment: Deployment, duration: number) => {
    const { holdfast, next: from } = deployment
    const { journey, success } = holding(holdfast)
    const measured = await measure(journey, {
      port: holdfast.ports,
      connections,
      seconds: duration,
      from,
      success,
      journeysMax: Number.POSITIVE_INFINITY,
    })
    deployment.next += measured.journeys
    return measured
  }
  /** Each server as much as the one alone; and who decides the shows that count has decided before. */
  const warm = async (deployment: Deployment) => {
    for (let show = 0; show < showsWarming; show++) {
      deployment.next = show * seatsPerShow
      await load(deployment, (warmingSeconds * deployment.appServers) / showsWarming)
    }
  }

  const deployments: Deployment[] = []
  const started = new AsyncDisposableStack()
  try {
    for (const appServers of [1, 2, 3]) {
      const servers = await startServers()
      started.defer(servers.stop)
      const holdfast = await startHoldfast({ servers, shows }, appServers)
      started.defer(holdfast.stop)
      const deployment: Deployment = { appServers, holdfast, next: 0, turns: [] }
      deployments.push(deployment)
      await warm(deployment)
    }
    for (let round = 1; round <= rounds; round++) {
      // Whoever comes first is not always the same.
      for (const deployment of round % 2 === 1 ? deployments : deployments.toReversed()) {
        await calm()
        await load(deployment, leadSeconds)
        deployment.turns.push(await load(deployment, seconds))
      }
      const rates = deployments.map(({ turns }) => turns.at(-1)?.perSecond.toFixed(0))
      console.error(`round ${round} of ${rounds}: ${rates.join(', ')} holds/s`)
    }
  } finally {
    await started.disposeAsync()
  }

  const [alone] = deployments
  const figures = deployments.map(({ appServers, turns }) => ({
    appServers,
    perSecond: median(turns.map(({ perSecond }) => perSecond)),
    p99: median(turns.map(({ p99 }) => p99)),
    shares: turns.map(({ perSecond }, round) => perSecond / (alone?.turns[round]?.perSecond ?? 0)),
  }))
  for (const { appServers, perSecond, p99, shares } of figures)
    console.log(
      `${appServers} app server${appServers > 1 ? 's' : ''}: ${perSecond.toFixed(0)} holds/s, ` +
        `${(100 * median(shares)).toFixed(0)}% of what one makes, p99 ${p99.toFixed(0)} ms`,
    )
  const results: ServersResults = { connections, figures }
  keepResults('servers', results)
}
