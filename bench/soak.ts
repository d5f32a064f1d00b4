// `npm run bench -- soak`: half of what it takes, for long, and what the app server has in memory meanwhile. Options:
// --minutes, --per-second, --connections.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { memoryMb } from './cpu.ts'
import { measure } from './load/measure.ts'
import { keepResults } from './results.ts'
import { seatsPerShow } from './stage.ts'

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      minutes: { type: 'string', default: '60' },
      'per-second': { type: 'string', default: '1000' },
      connections: { type: 'string', default: '64' },
    },
  })
  const [minutes, perSecond, connections] = [
    Number(values.minutes),
    Number(values['per-second']),
    Number(values.connections),
  ]
  const shows = Math.ceil((minutes * 60 * perSecond) / seatsPerShow) + 1
  await alone({ shows }, async ({ holdfast }) => {
    const { port, pids, success } = holdfast
    const figures = []
    let from = 0
    for (let minute = 1; minute <= minutes; minute++) {
      const measured = await measure(
        async (connection, index) => String((await connection.send(holdfast.hold(index))).status),
        { port, connections, seconds: 60, perSecond, from, journeysMax: 60 * perSecond, success },
      )
      from += measured.journeys
      const mb = memoryMb(pids)
      figures.push({ minute, mb, perSecond: measured.perSecond, p99: measured.p99 })
      console.log(
        `minute ${minute}: ${mb} MB, ${measured.perSecond.toFixed(0)} holds/s, p99 ${measured.p99.toFixed(0)} ms`,
      )
    }
    keepResults('soak', { minutes, askedPerSecond: perSecond, figures })
  })
}
