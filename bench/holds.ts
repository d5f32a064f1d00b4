// `npm run bench -- holds`: from POST to a committed hold, Holdfast and the peer in one go, on servers of their own with
// the same durability. Prints a table with the ratio, and keeps the figures in bench/results/.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Servers, startServers } from '../ops/servers/start.ts'
import type { Contender } from './contenders/contender.ts'
import { startHoldfast } from './contenders/holdfast.ts'
import { startLockPerSeat } from './contenders/lock-per-seat.ts'
import { cpuSeconds } from './cpu.ts'
import { httpRequest } from './load/connection.ts'
import { type Journey, type Measured, measure } from './load/measure.ts'
import { keepResults } from './results.ts'
import { signToken } from './tokens.ts'

const seats = 100_000
const warmUpJourneys = 2_000
const authSecret = randomBytes(32).toString('base64url')
const tokens = Array.from({ length: seats }, (_, buyer) => signToken(authSecret, `buyer-${buyer}`, 'buyer'))

interface Result extends Measured {
  readonly contender: string
  readonly connections: number
  /** ms of processor time for a hold, by program. */
  readonly cpuMsPerHold: Readonly<Record<string, number>>
}

const say = (line: string) => console.error(line)

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '64,128,256' },
      pools: { type: 'string', default: '16,32,64' },
    },
  })
  const load = {
    seconds: Number(values.seconds),
    connectionCounts: values.connections.split(',').map(Number),
  }
  const results: Result[] = []
  for (const start of [
    (servers: Servers) => startHoldfast({ servers, seats, authSecret }),
    ...values.pools
      .split(',')
      .map((pool) => (servers: Servers) => startLockPerSeat({ servers, seats, authSecret }, Number(pool))),
  ])
    results.push(...(await measureContender(start, load)))
  report(results)
}

/** On fresh servers, so that nobody pays for another's data. */
async function measureContender(
  start: (servers: Servers) => Promise<Contender>,
  { seconds, connectionCounts }: { seconds: number; connectionCounts: readonly number[] },
): Promise<Result[]> {
  const servers = await startServers()
  try {
    const contender = await start(servers)
    const found: Result[] = []
    let from = 0
    const load = async (connections: number, journeysMax: number) => {
      const measured = await measure(holdOf(contender), {
        ...{ port: contender.port, connections, seconds, from, journeysMax, success: '201' },
      })
      from += Object.values(measured.outcomes).reduce((sum, count) => sum + count, 0)
      return measured
    }
    await load(connectionCounts[0] ?? 64, warmUpJourneys)
    for (const connections of connectionCounts) {
      const names = new Map(contender.pids.map((pid) => [pid, 'app']))
      const before = cpuSeconds(names)
      const measured = await load(connections, Math.floor((seats - warmUpJourneys) / connectionCounts.length))
      const holds = measured.outcomes['201'] ?? 0
      const cpuMsPerHold: Record<string, number> = {}
      for (const [name, used] of cpuSeconds(names)) {
        const ms = ((used - (before.get(name) ?? 0)) * 1_000) / Math.max(1, holds)
        if (ms >= 0.01) cpuMsPerHold[name] = Number(ms.toFixed(2))
      }
      found.push({ contender: contender.name, connections, ...measured, cpuMsPerHold })
      say(`${contender.name}, ${connections} at once: ${measured.perSecond.toFixed(0)} holds/s`)
    }
    await contender.stop()
    return found
  } finally {
    await servers.stop()
  }
}

function holdOf({ showId, seatIds }: Contender): Journey {
  return async (connection, index) => {
    const headers = {
      Authorization: `Bearer ${tokens[index]}`,
      'Idempotency-Key': 'bench',
      Prefer: 'wait=10',
    }
    const body = JSON.stringify({ showId, seatIds: [seatIds[index]] })
    const { status } = await connection.send(httpRequest('POST', '/v1/reservations', headers, body))
    return String(status)
  }
}

function report(all: readonly Result[]): void {
  const best = (ours: boolean) =>
    all
      .filter(({ contender }) => (contender === 'holdfast') === ours)
      .reduce((most, each) => (each.perSecond > most.perSecond ? each : most))
  const rows = all.map(({ contender, connections, perSecond, p50, p95, p99, outcomes, cpuMsPerHold }) => ({
    ...{ contender, connections, 'holds/s': Math.round(perSecond) },
    ...{ p50: Math.round(p50), p95: Math.round(p95), p99: Math.round(p99) },
    answers: JSON.stringify(outcomes),
    'cpu ms/hold': JSON.stringify(cpuMsPerHold),
  }))
  console.table(rows)
  const ratio = best(true).perSecond / best(false).perSecond
  console.log(
    `At its best Holdfast makes ${ratio.toFixed(2)} times the holds of the lock-per-seat service at its best.`,
  )
  keepResults('holds', { ratio, results: all })
}
