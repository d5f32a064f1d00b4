// `npm run bench -- servers`: one, two and three app servers on the same machine. The show is decided by one of them; the
// door is at all. Options: --seconds, --connections.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { type Measured, measure, warmingSeconds } from './load/measure.ts'
import { keepResults } from './results.ts'

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { seconds: { type: 'string', default: '5' }, connections: { type: 'string', default: '192' } },
  })
  const [seconds, connections] = [Number(values.seconds), Number(values.connections)]
  const figures: Record<string, Measured> = {}
  for (const appServers of [1, 2, 3])
    figures[appServers] = await alone({ shows: 5, appServers }, async ({ holdfast }) => {
      const { ports, success } = holdfast
      const load = (from: number, duration: number) =>
        measure(async (connection, index) => String((await connection.send(holdfast.hold(index))).status), {
          ...{ port: ports, connections, seconds: duration, from, success },
          journeysMax: Number.POSITIVE_INFINITY,
        })
      // Each of them has had as much to warm up with as the one alone.
      const warmed = await load(0, warmingSeconds * appServers)
      const measured = await load(warmed.journeys, seconds)
      console.log(
        `${appServers} app server${appServers > 1 ? 's' : ''}: ${measured.perSecond.toFixed(0)} holds/s, p99 ${measured.p99.toFixed(0)} ms`,
      )
      return measured
    })
  keepResults('servers', { connections, figures })
}
