// `npm run bench -- waiting-room`: joins and polls through HTTP on one app process, with a thousand and with a million people
// waiting, beside a bare Fastify that asks Redis once a request; Redis bytes a person; memory of ten thousand streams.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePorts } from '../ops/servers/ports.ts'
import { startServers } from '../ops/servers/start.ts'
import { startProcess } from './contenders/contender.ts'
import { cpuSeconds } from './cpu.ts'
import { httpRequest } from './load/connection.ts'
import { type Journey, type Measured, measure } from './load/measure.ts'
import { keepResults, surroundings } from './results.ts'
import { signToken } from './tokens.ts'
import { type CrowdedRoom, crowdedRoom, startApp } from './waiting-room/crowd.ts'
import { measureStreams } from './waiting-room/streams.ts'

const bareMain = join(import.meta.dirname, 'peers/bare-fastify/main.ts')
const secret = randomBytes(32).toString('base64url')
const joinsPerSecondMax = 20_000
const warmUpSeconds = 3
/** Who polls: enough that nobody comes near the limit of requests. */
const pollersMax = 20_000

interface Phase extends Measured {
  readonly name: string
  readonly waiting: number
  /** µs of processor time a request, in the app process and in Redis. */
  readonly appMicroseconds: number
  readonly redisMicroseconds: number
}

const say = (line: string) => console.error(line)

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '128' },
      crowd: { type: 'string', default: '1000000' },
      streams: { type: 'string', default: '10000' },
    },
  })
  const load = { seconds: Number(values.seconds), connections: Number(values.connections) }
  const servers = await startServers()
  try {
    const [barePort = 0] = await freePorts(1)
    const bare = await startProcess(bareMain, { REDIS_URL: servers.redisUrl, PORT: String(barePort) })
    const room = await crowdedRoom(servers, secret)
    try {
      const side = { ...load, app: { pid: room.pid, port: room.port } }
      const bareSide = { ...load, app: { pid: bare.child.pid ?? 0, port: barePort } }
      const phases: Phase[] = []
      for (const waiting of [1_000, Number(values.crowd)]) {
        say(`${waiting} people join the line`)
        await room.fill(waiting)
        for (const [name, journey, at] of [
          ['bare POST', bareJourney('POST'), bareSide],
          ['join', joinJourney(room, `joiner-of-${waiting}`, load.seconds), side],
          ['bare GET', bareJourney('GET'), bareSide],
          ['poll', pollJourney(room), side],
        ] as const) {
          await measurePhase(journey, { ...at, seconds: warmUpSeconds, from: 0 })
          const measured = await measurePhase(journey, { ...at, from: warmUpSeconds * joinsPerSecondMax })
          phases.push({ name, waiting, ...measured })
          say(`${name}, ${waiting} waiting: ${phases.at(-1)?.perSecond.toFixed(0)}/s`)
        }
      }
      const bytesPerPerson = await room.bytesPerPerson()
      const fresh = await startApp(servers, secret)
      const streams = await measureStreams(fresh, room, Number(values.streams), secret).finally(fresh.stop)
      report(phases, bytesPerPerson, streams)
    } finally {
      await room.stop()
      await bare.stop()
    }
  } finally {
    await servers.stop()
  }
}

interface Side {
  /** The first of its journeys. */
  readonly from: number
  readonly seconds: number
  readonly connections: number
  readonly app: { readonly pid: number; readonly port: number }
}

async function measurePhase(
  journey: Journey,
  { from, seconds, connections, app }: Side,
): Promise<Omit<Phase, 'name' | 'waiting'>> {
  const options = { port: app.port, connections, seconds, from, success: 'ok' }
  const journeysMax = seconds * joinsPerSecondMax
  const names = new Map([[app.pid, 'app']])
  const before = cpuSeconds(names)
  const measured = await measure(journey, { ...options, journeysMax })
  const after = cpuSeconds(names)
  const asked = Object.values(measured.outcomes).reduce((sum, count) => sum + count, 0)
  const microseconds = (name: string) =>
    (((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 1e6) / Math.max(1, asked)
  const redis = [...after.keys()].find((name) => name.startsWith('redis-server')) ?? ''
  return {
    ...measured,
    ...{ appMicroseconds: microseconds('app'), redisMicroseconds: microseconds(redis) },
  }
}

const outcomeOf = (status: number, expected: number): string => (status === expected ? 'ok' : String(status))

/** With the headers of the real ones. */
function bareJourney(method: 'POST' | 'GET'): Journey {
  const headers = {
    Authorization: `Bearer ${signToken(secret, 'bare', 'buyer')}`,
    ...(method === 'GET' && { 'Queue-Token': 'A'.repeat(64) }),
  }
  const request = httpRequest(method, '/', headers, null)
  return async (connection) => outcomeOf((await connection.send(request)).status, 200)
}

/** Everybody for the first time. */
function joinJourney({ showId }: CrowdedRoom, prefix: string, seconds: number): Journey {
  const tokens = Array.from({ length: (warmUpSeconds + seconds) * joinsPerSecondMax }, (_, index) =>
    signToken(secret, `${prefix}-${index}`, 'buyer'),
  )
  return async (connection, index) => {
    const headers = { Authorization: `Bearer ${tokens[index]}` }
    const request = httpRequest('POST', `/v1/shows/${showId}/waiting-room`, headers, null)
    return outcomeOf((await connection.send(request)).status, 201)
  }
}

function pollJourney({ waiters }: CrowdedRoom): Journey {
  const requests = waiters.slice(-pollersMax).map(({ userId, queueToken }) => {
    const headers = {
      Authorization: `Bearer ${signToken(secret, userId, 'buyer')}`,
      'Queue-Token': queueToken,
    }
    return httpRequest('GET', '/v1/waiting-room', headers, null)
  })
  return async (connection, index) => {
    const { status } = await connection.send(requests[index % requests.length] ?? '')
    return outcomeOf(status, 200)
  }
}

function report(
  phases: readonly Phase[],
  bytesPerPerson: number,
  streams: Awaited<ReturnType<typeof measureStreams>>,
): void {
  const { hardware } = surroundings()
  console.log(`${hardware.cpus} cores (${hardware.model}), ${hardware.memoryGb} GB, the load on them as well`)
  console.table(
    phases.map((phase) => ({
      what: phase.name,
      waiting: phase.waiting,
      'per second': Math.round(phase.perSecond),
      ...{ p50: rounded(phase.p50), p99: rounded(phase.p99) },
      'app µs': Math.round(phase.appMicroseconds),
      'Redis µs': Math.round(phase.redisMicroseconds),
      answers: JSON.stringify(phase.outcomes),
    })),
  )
  for (const [what, bare] of [
    ['join', 'bare POST'],
    ['poll', 'bare GET'],
  ] as const) {
    const [few, many] = phases.filter(({ name }) => name === what)
    const ceilings = phases.filter(({ name }) => name === bare)
    for (const [index, phase] of [few, many].entries()) {
      const ceiling = ceilings[index]
      if (phase && ceiling)
        console.log(
          `${what}, ${phase.waiting} waiting: ${percent(phase.perSecond, ceiling.perSecond)} of the bare ceiling, ` +
            `${percent(ceiling.appMicroseconds, phase.appMicroseconds)} by processor time of the app`,
        )
    }
    if (few && many)
      console.log(
        `${what}: with ${many.waiting} waiting ${percent(many.perSecond, few.perSecond)} of the rate with ${few.waiting}`,
      )
  }
  console.log(`Redis: ${bytesPerPerson.toFixed(0)} bytes a person who waits`)
  console.log(
    `${streams.open} streams: ${streams.memoryMb.toFixed(0)} MB in the app process, ` +
      `${streams.memoryBeforeMb.toFixed(0)} MB of them without any, ` +
      `${streams.cpuShare.toFixed(2)} of a core while the line moves`,
  )
  keepResults('waiting-room', { phases, bytesPerPerson, streams })
}

const rounded = (ms: number): number => Number(ms.toFixed(1))
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`
