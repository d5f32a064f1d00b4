// `npm run bench -- servers`: one, two and three app servers on the same machine. The show is decided by one of them; the
// door is at all. Options: --seconds, --connections.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { calm } from './cpu.ts'
import { type Measured, measure, warmingSeconds } from './load/measure.ts'
import { keepResults } from './results.ts'
import { seatsPerShow } from './stage.ts'

/** So few of its seats are sold to warm up that there are enough for what counts. */
const showsWarming = 3

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { seconds: { type: 'string', default: '5' }, connections: { type: 'string', default: '192' } },
  })
  const [seconds, connections] = [Number(values.seconds), Number(values.connections)]
  const figures: Record<string, Measured> = {}
  for (const appServers of [1, 2, 3])
    figures[appServers] = await alone({ shows: showsWarming + 1, appServers }, async ({ holdfast }) => {
      const { ports, success } = holdfast
      const load = (from: number, duration: number) =>
        measure(async (connection, index) => String((await connection.send(holdfast.hold(index))).status), {
          ...{ port: ports, connections, seconds: duration, from, success },
          journeysMax: Number.POSITIVE_INFINITY,
        })
      // Each of them has had as much to warm up with as the one alone, and who decides the show that counts has decided before.
      let next = 0
      for (let show = 0; show < showsWarming; show++) {
        const from = show * seatsPerShow
        next = from + (await load(from, (warmingSeconds * appServers) / showsWarming)).journeys
      }
      await calm()
      const measured = await load(next, seconds)
      console.log(
        `${appServers} app server${appServers > 1 ? 's' : ''}: ${measured.perSecond.toFixed(0)} holds/s, p99 ${measured.p99.toFixed(0)} ms`,
      )
      return measured
    })
  keepResults('servers', { connections, figures })
}
