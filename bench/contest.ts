// Several services, each on servers of its own with the same durability, all up at once and measured in turns: A B C, A B C.
// What else happens on the machine meets them all, and the ratio of two that ran one after the other says more than either.
// A turn begins when what the one before has left behind, pages to flush and replicas to catch up, is done.
import { type Servers, startServers } from '../ops/servers/start.ts'
import type { Contender } from './contenders/contender.ts'
import { startHoldfast } from './contenders/holdfast.ts'
import { fillTables, startOwnService } from './contenders/own-service.ts'
import { startRestate } from './contenders/restate.ts'
import { calm, childProcesses, cpuSeconds } from './cpu.ts'
import type { Errand } from './journeys.ts'
import { leadSeconds, type Measured, measure, warmingSeconds } from './load/measure.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'
import { seatsPerShow } from './stage.ts'
import { meansBetween, readStages, type StageMean } from './stages.ts'

const shows = 28

interface Team {
  readonly name: string
  /** Each starts a contender on the team's servers; one runs at a time. */
  readonly variants: readonly (() => Promise<Contender>)[]
  readonly roots: ReadonlySet<number>
  running: Contender | null
  stop(): Promise<void>
}

interface Way {
  readonly contender: Contender
  readonly connections: number
}

/** s, of each try of a way. */
const trySeconds = 3
/** Of each way, in turns with the others of its variant: a single one may meet the machine at a bad moment. */
const triesOfEach = 3

export interface Turn extends Measured {
  /** ms of processor time for each success, by program, without the load generator. */
  readonly cpuMs: Readonly<Record<string, number>>
}

export interface Standing {
  readonly contender: string
  readonly setting: string
  readonly connections: number
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly cpuMs: Readonly<Record<string, number>>
  readonly cpuMsSum: number
  /** Holdfast's rate over this one's, round by round, and the median of that. */
  readonly ratio: number
  readonly ratios: readonly number[]
}

export interface ContestResults {
  readonly unit: string
  readonly standings: readonly Standing[]
  /** Turns at half of the greatest load. */
  readonly atHalf: readonly Turn[]
  readonly stages: readonly StageMean[]
}

export async function contest(
  name: string,
  unit: string,
  errandOf: (contender: Contender) => Errand,
  options: readonly string[],
): Promise<void> {
  const given = optionsOf(name, options, {
    seconds: 5,
    rounds: 5,
    peers: ['lock-per-seat', 'bullmq', 'restate'],
    /** What the best is chosen of; the pools are those of the peers' connections to the database. */
    connections: [64, 128, 256, 512, 768],
    pools: [16, 32, 64],
    servers: [1, 2],
  })
  const { seconds } = given
  const teams = await startTeams(given.peers, given.pools, given.servers)
  const visits = new Map<string, number>()
  const turn = async (team: Team, way: Way, duration: number, perSecond?: number): Promise<Turn> => {
    const { contender, connections } = way
    const { journey, success } = errandOf(contender)
    const names = new Map(contender.pids.map((pid) => [pid, 'app']))
    const roots = new Set([...team.roots, ...contender.pids])
    const before = cpuSeconds(names, roots)
    const from = visits.get(team.name) ?? 0
    const measured = await measure(journey, {
      port: contender.ports,
      connections,
      seconds: duration,
      from,
      success,
      journeysMax: Number.POSITIVE_INFINITY,
      ...(perSecond === undefined ? {} : { perSecond }),
    })
    const through = from + measured.journeys
    if (through > shows * seatsPerShow)
      throw new Error(`${team.name} has no seats left for all the turns that were asked for: ask for fewer.`)
    visits.set(team.name, through)
    const cpuMs = cpuMsEach(before, cpuSeconds(names, roots), measured.outcomes[success] ?? 0)
    return { ...measured, cpuMs }
  }

  try {
    const best = new Map<Team, Way>()
    for (const team of teams)
      best.set(team, await bestWay(team, given.connections, (way, duration) => turn(team, way, duration)))
    const turns = new Map<Team, Turn[]>(teams.map((team) => [team, []]))
    const [holdfast, way] = [...best][0] ?? []
    if (!holdfast || !way) throw new Error('Holdfast did not take part')
    const { ports } = way.contender
    const stagesBefore = await readStages(ports)
    for (let round = 0; round < given.rounds; round++)
      for (const [team, way] of best) {
        await calm()
        await turn(team, way, leadSeconds)
        const measured = await turn(team, way, seconds)
        turns.get(team)?.push(measured)
        console.error(`round ${round + 1}, ${team.name}: ${measured.perSecond.toFixed(0)} ${unit}/s`)
      }
    const standings = standingsOf(best, turns)
    const stages = meansBetween(stagesBefore, await readStages(ports))
    // They have had their turns: what idle peers do between them is none of what follows.
    while (teams.length > 1) await teams.pop()?.stop()
    // Each is half of what it made right before: the machine's speed changes from one minute to the next.
    const atHalf: Turn[] = []
    for (let round = 0; round < given.rounds; round++) {
      await calm()
      await turn(holdfast, way, leadSeconds)
      const { perSecond } = await turn(holdfast, way, seconds)
      await calm()
      await turn(holdfast, way, leadSeconds, perSecond / 2)
      atHalf.push(await turn(holdfast, way, seconds, perSecond / 2))
    }
    report(name, unit, standings, atHalf, stages)
  } finally {
    for (const team of teams) await team.stop()
  }
}

async function startTeams(
  peers: readonly string[],
  pools: readonly number[],
  appServers: readonly number[],
): Promise<Team[]> {
  const teams = [
    await startTeam('Holdfast', async (servers) =>
      appServers.map((each) => () => startHoldfast({ servers, shows }, each)),
    ),
  ]
  for (const kind of ['lock-per-seat', 'bullmq'] as const)
    if (peers.includes(kind))
      teams.push(
        await startTeam(kind, async (servers) => {
          await fillTables({ servers, shows })
          return appServers.flatMap((each) =>
            pools.map((pool) => () => startOwnService(kind, { servers, shows }, pool, each)),
          )
        }),
      )
  if (peers.includes('restate')) {
    const before = childProcesses()
    const contender = await startRestate()
    teams.push({
      name: contender.name,
      variants: [async () => ({ ...contender, stop: async () => {} })],
      running: null,
      stop: contender.stop,
      roots: childProcesses(before),
    })
  }
  return teams
}

async function startTeam(
  name: string,
  variantsOn: (servers: Servers) => Promise<Team['variants']>,
): Promise<Team> {
  const before = childProcesses()
  const servers = await startServers()
  const roots = childProcesses(before)
  const team: Team = {
    name,
    roots,
    variants: await variantsOn(servers),
    running: null,
    async stop() {
      await team.running?.stop()
      await servers.stop()
    },
  }
  return team
}

/** Each variant with each number of connections, after a turn that warms it up; the best one runs on. */
async function bestWay(
  team: Team,
  counts: readonly number[],
  turn: (way: Way, duration: number) => Promise<Turn>,
): Promise<Way> {
  const tried: { start: Team['variants'][number]; connections: number; perSecond: number }[] = []
  const run = async (start: Team['variants'][number]) => {
    await team.running?.stop()
    team.running = null
    const contender = await start()
    team.running = contender
    await turn({ contender, connections: counts[0] ?? 64 }, warmingSeconds)
    return contender
  }
  let contender: Contender | null = null
  for (const start of team.variants) {
    contender = await run(start)
    const rates = new Map<number, number[]>(counts.map((connections) => [connections, []]))
    for (let round = 0; round < triesOfEach; round++)
      for (const [connections, ofThem] of rates)
        ofThem.push((await turn({ contender, connections }, trySeconds)).perSecond)
    for (const [connections, ofThem] of rates) tried.push({ start, connections, perSecond: median(ofThem) })
  }
  const [best] = tried.sort((a, b) => b.perSecond - a.perSecond)
  if (contender === null || best === undefined) throw new Error(`${team.name} has no variant`)
  const { start, connections, perSecond } = best
  if (start !== team.variants.at(-1)) contender = await run(start)
  console.error(
    `${team.name} is at its best with ${connections} connections, ${contender.setting}: ${perSecond.toFixed(0)}/s`,
  )
  return { contender, connections }
}

function cpuMsEach(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  successes: number,
): Record<string, number> {
  const each: Record<string, number> = {}
  for (const [name, used] of after) {
    const ms = ((used - (before.get(name) ?? 0)) * 1_000) / Math.max(1, successes)
    if (ms >= 0.005) each[name] = Number(ms.toFixed(3))
  }
  return each
}

function standingsOf(best: ReadonlyMap<Team, Way>, turns: ReadonlyMap<Team, readonly Turn[]>): Standing[] {
  const [ours = []] = turns.values()
  return [...best].map(([team, { contender, connections }]) => {
    const own = turns.get(team) ?? []
    const of = (read: (turn: Turn) => number) => Number(median(own.map(read)).toFixed(1))
    const ratios = own.map(({ perSecond }, round) => (ours[round]?.perSecond ?? 0) / perSecond)
    const programs = new Set(own.flatMap(({ cpuMs }) => Object.keys(cpuMs)))
    const cpuMs = Object.fromEntries(
      [...programs].map((program) => [program, median(own.map((each) => each.cpuMs[program] ?? 0))]),
    )
    return {
      contender: contender.name,
      setting: contender.setting,
      connections,
      perSecond: of((turn) => turn.perSecond),
      p50: of((turn) => turn.p50),
      p95: of((turn) => turn.p95),
      p99: of((turn) => turn.p99),
      cpuMs,
      cpuMsSum: Number(
        Object.values(cpuMs)
          .reduce((sum, ms) => sum + ms, 0)
          .toFixed(3),
      ),
      ratio: Number(median(ratios).toFixed(2)),
      ratios: ratios.map((ratio) => Number(ratio.toFixed(2))),
    }
  })
}

function report(
  name: string,
  unit: string,
  standings: readonly Standing[],
  atHalf: readonly Turn[],
  stages: readonly StageMean[],
): void {
  console.table(
    standings.map(({ contender, setting, connections, perSecond, p50, p95, p99, cpuMs, ratio }) => ({
      contender,
      setting,
      connections,
      [`${unit}/s`]: Math.round(perSecond),
      p50: Math.round(p50),
      p95: Math.round(p95),
      p99: Math.round(p99),
      'Holdfast makes': `${ratio} times as many`,
      'cpu ms each': JSON.stringify(cpuMs),
    })),
  )
  console.log(
    `Holdfast at half of its greatest load: p50 ${median(atHalf.map(({ p50 }) => p50)).toFixed(0)} ms, ` +
      `p99 ${atHalf.map(({ p99 }) => p99.toFixed(0)).join(', ')} ms.`,
  )
  console.log(`Its stages: ${stages.map(({ stage, mean }) => `${stage} ${mean}`).join(', ')}.`)
  const results: ContestResults = { unit, standings, atHalf, stages }
  keepResults(name, results)
}
