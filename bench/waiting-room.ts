// `npm run bench -- waiting-room`: joins and polls through HTTP on one app process, with a thousand and with a million people
// waiting, in turns with a bare Fastify that asks Redis once a request; Redis bytes a person; memory of ten thousand streams.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePorts } from '../ops/servers/ports.ts'
import { type Servers, startServers } from '../ops/servers/start.ts'
import { startProcess } from './contenders/contender.ts'
import { optionsOf } from './options.ts'
import { keepResults, surroundings } from './results.ts'
import { type AppOptions, type Crowd, startApp, startCrowds } from './waiting-room/crowd.ts'
import { Slices } from './waiting-room/slices.ts'
import { measureStreams, type Streams } from './waiting-room/streams.ts'

const bareMain = join(import.meta.dirname, 'peers/bare-fastify/main.ts')
const few = 1_000

const say = (line: string) => console.error(line)

export async function run(options: readonly string[]): Promise<void> {
  const given = optionsOf('waiting-room', options, {
    rounds: 5,
    seconds: 2,
    connections: 128,
    crowd: 1_000_000,
    streams: 10_000,
    /** Fresh servers that the streams are opened on, one after the other: what memory they take differs from start to start. */
    starts: 5,
  })
  const secret = randomBytes(32).toString('base64url')
  const slices = new Slices(given, secret)
  const servers = await startServers()
  try {
    const app = { servers, secret }
    const crowd = await measureRequests(slices, app, given.rounds, given.crowd)
    const streams: Streams[] = []
    for (let start = 1; start <= given.starts; start++) {
      const fresh = await startApp(app)
      streams.push(await measureStreams(fresh, crowd, given.streams, secret).finally(fresh.stop))
      say(`start ${start}: ${streams.at(-1)?.memoryMb.toFixed(0)} MB`)
    }
    report(slices, crowd, streams)
  } finally {
    await servers.stop()
  }
}

/** The crowd that waits on. */
async function measureRequests(
  slices: Slices,
  app: AppOptions,
  rounds: number,
  many: number,
): Promise<Crowd> {
  const bare = await startBare(app.servers)
  const crowds = await startCrowds(app).catch(async (error) => {
    await bare.stop()
    throw error
  })
  try {
    say(`${many} people join a line`)
    const large = await crowds.gather('many', many)
    for (let round = 0; round <= rounds; round++) {
      const small = await crowds.gather(`few-${round}`, few)
      const lines = [
        { name: `${few} waiting`, crowd: small },
        { name: `${many} waiting`, crowd: large },
      ]
      // Whoever comes first is not always the same.
      const inTurn = round % 2 === 1 ? lines : lines.toReversed()
      await slices.bare('bare GET', bare, 'GET')
      for (const { name, crowd } of inTurn) await slices.polls(`poll, ${name}`, crowds, crowd)
      await slices.bare('bare POST', bare, 'POST')
      for (const { name, crowd } of inTurn) await slices.joins(`join, ${name}`, crowds, crowd)
      const rates = slices.taken.slice(-6).map(({ name, perSecond }) => `${name}: ${perSecond.toFixed(0)}/s`)
      say(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${rates.join('; ')}`)
      if (round === 0) slices.forget()
    }
    return large
  } finally {
    await crowds.stop()
    await bare.stop()
  }
}

async function startBare({ redisUrl }: Servers) {
  const [port = 0] = await freePorts(1)
  const { child, stop } = await startProcess(bareMain, { REDIS_URL: redisUrl, PORT: String(port) })
  return { pid: child.pid ?? 0, port, stop }
}

function report(slices: Slices, { bytesPerPerson }: Crowd, streams: readonly Streams[]): void {
  const { hardware } = surroundings()
  const names = [...new Set(slices.taken.map(({ name }) => name))]
  console.log(`${hardware.cpus} cores (${hardware.model}), ${hardware.memoryGb} GB, the load on them as well`)
  console.log('bare: Fastify with one call of ioredis a request, as both come; medians of the rounds')
  console.table(
    names.map((name) => ({
      what: name,
      'per second': Math.round(slices.median(name, 'perSecond')),
      p50: rounded(slices.median(name, 'p50')),
      p99: rounded(slices.median(name, 'p99')),
      'app µs': Math.round(slices.median(name, 'appMicroseconds')),
      'Redis µs': Math.round(slices.median(name, 'redisMicroseconds')),
      answers: JSON.stringify(slices.outcomes(name)),
    })),
  )
  const ratios = Object.entries({ join: 'bare POST', poll: 'bare GET' }).flatMap(([what, bare]) => {
    const [small = '', large = ''] = names.filter((name) => name.startsWith(what))
    return [
      { what: small, to: bare, ...slices.ratio(small, bare) },
      { what: large, to: bare, ...slices.ratio(large, bare) },
      { what: large, to: small, ...slices.ratio(large, small) },
    ]
  })
  for (const { what, to, rate, processor } of ratios)
    console.log(`${what}: ${percent(rate)} of ${to}, ${percent(processor)} by processor time of the app`)
  console.log(`Redis: ${bytesPerPerson.toFixed(0)} bytes a person who waits`)
  const [first] = streams
  const memory = streams.map(({ memoryMb }) => memoryMb).sort((a, b) => a - b)
  console.log(
    `${first?.open} streams: ${memory.map((mb) => mb.toFixed(0)).join(', ')} MB in the app process, ` +
      `${first?.memoryBeforeMb.toFixed(0)} MB of them without any, ` +
      `${first?.cpuShare.toFixed(2)} of a core while the line moves`,
  )
  keepResults('waiting-room', { slices: slices.taken, ratios, bytesPerPerson, streams })
}

const rounded = (ms: number): number => Number(ms.toFixed(1))
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
