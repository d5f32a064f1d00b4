// `npm run bench -- overload`: three times as much as the greatest load. What is accepted keeps its rate, the rest is turned
// away at once and told when to come again, and everything is as before within seconds. Options: --seconds, --connections.
import { parseArgs } from 'node:util'
import { alone } from './alone.ts'
import { memoryMb } from './cpu.ts'
import { type Journey, type Measured, measure, warmingSeconds } from './load/measure.ts'
import { keepResults } from './results.ts'

const times = 3
const recoverySeconds = 5

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '256' },
      /** Beyond them a client has no connection to wait on: what it would have sent is not sent. */
      'connections-max': { type: 'string', default: '4096' },
    },
  })
  const [seconds, connections, connectionsMax] = [
    Number(values.seconds),
    Number(values.connections),
    Number(values['connections-max']),
  ]
  await alone({ shows: 12 }, async ({ holdfast }) => {
    const { port, success } = holdfast
    let from = 0
    const late: string[] = []
    const hold: Journey = async (connection, index) => {
      const reply = await connection.send(holdfast.hold(index))
      const status = String(reply.status)
      if ((status === '503' || status === '429') && reply.header('retry-after') === '') late.push(status)
      return status
    }
    const load = async (given: { connections: number; perSecond?: number; seconds: number }) => {
      const measured = await measure(hold, { port, from, journeysMax: 200_000, success, ...given })
      from += measured.journeys
      return measured
    }
    const tell = (what: string, { perSecond, p50, p99, outcomes }: Measured) => {
      const memory = memoryMb(holdfast.pids)
      const answers = JSON.stringify(outcomes)
      console.log(
        `${what}: ${perSecond.toFixed(0)} holds/s, p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)} ms, ${answers}, ${memory} MB`,
      )
      return memory
    }
    await load({ connections, seconds: warmingSeconds })
    const greatest = await load({ connections, seconds })
    const memoryBefore = tell('as much as it takes', greatest)
    const asked = greatest.perSecond * times
    const overloaded = await load({ connections: connectionsMax, seconds, perSecond: asked })
    const memoryAfter = tell(`${times} times as much`, overloaded)
    const recovered = await load({ connections, seconds: recoverySeconds, perSecond: greatest.perSecond / 2 })
    tell(`half as much, in the ${recoverySeconds} s after it`, recovered)
    const share = overloaded.perSecond / greatest.perSecond
    console.log(`Accepted work keeps ${(share * 100).toFixed(0)}% of the best rate.`)
    if (late.length > 0) console.log(`${late.length} were turned away without a Retry-After.`)
    keepResults('overload', { greatest, overloaded, recovered, share, memoryBefore, memoryAfter })
  })
}
