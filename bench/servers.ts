// `npm run bench -- servers`: one, two and three app servers on the same machine. The show is decided by one of them; the
// door is at all. Options: --seconds, --connections.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { type Measured, measure } from './load/measure.ts'
import { keepResults } from './results.ts'

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { seconds: { type: 'string', default: '5' }, connections: { type: 'string', default: '192' } },
  })
  const [seconds, connections] = [Number(values.seconds), Number(values.connections)]
  const figures: Record<string, Measured> = {}
  for (const appServers of [1, 2, 3])
    figures[appServers] = await alone({ shows: 3, appServers }, async ({ holdfast }) => {
      const { ports, success } = holdfast
      const each = Math.floor(connections / ports.length)
      const load = async (from: number, duration: number) => {
        const shares = await Promise.all(
          ports.map((port, server) =>
            measure(
              async (connection, index) =>
                // Server after server takes every n-th visit.
                String(
                  (await connection.send(holdfast.hold(from + (index - from) * ports.length + server)))
                    .status,
                ),
              { port, connections: each, seconds: duration, from, journeysMax: 40_000, success },
            ),
          ),
        )
        return together(shares)
      }
      await load(0, 3)
      const measured = await load(50_000, seconds)
      console.log(
        `${appServers} app server${appServers > 1 ? 's' : ''}: ${measured.perSecond.toFixed(0)} holds/s, p99 ${measured.p99.toFixed(0)} ms`,
      )
      return measured
    })
  keepResults('servers', { connections, figures })
}

function together(shares: readonly Measured[]): Measured {
  const outcomes: Record<string, number> = {}
  for (const share of shares)
    for (const [outcome, count] of Object.entries(share.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count
  const greatest = (read: (share: Measured) => number) => Math.max(...shares.map(read))
  return {
    seconds: greatest(({ seconds }) => seconds),
    perSecond: shares.reduce((sum, { perSecond }) => sum + perSecond, 0),
    ...{ p50: greatest(({ p50 }) => p50), p95: greatest(({ p95 }) => p95), p99: greatest(({ p99 }) => p99) },
    outcomes,
  }
}
