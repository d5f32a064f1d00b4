// `npm run bench -- overload`: as much as it takes and three times as much, in turns. What is accepted keeps its rate, the
// rest is turned away at once and told when to come again, and everything is as before within seconds.
import { alone } from './alone.ts'
import { memoryMb } from './cpu.ts'
import { type Journey, type Measured, measure, warmingSeconds } from './load/measure.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'

const times = 3
const recoverySeconds = 5

interface Turn extends Measured {
  /** Of the app server at its end, in MB. */
  readonly memory: number
}

interface Round {
  readonly greatest: Turn
  readonly overloaded: Turn
  /** At half of the greatest load, right after it. */
  readonly recovered: Turn
}

export interface OverloadResults {
  readonly rounds: readonly Round[]
  /** Of the greatest load's rate, round by round. */
  readonly shares: readonly number[]
  readonly withoutRetryAfter: number
}

export async function run(options: readonly string[]): Promise<void> {
  const given = optionsOf('overload', options, {
    seconds: 4,
    rounds: 5,
    connections: 512,
    /** Beyond them a client has no connection to wait on: what it would have sent is not sent. */
    'connections-max': 4_096,
  })
  const { seconds, connections, 'connections-max': connectionsMax } = given
  await alone({ shows: 20 }, async ({ holdfast }) => {
    const { port, success } = holdfast
    let from = 0
    let withoutRetryAfter = 0
    const hold: Journey = async (connection, index) => {
      const reply = await connection.send(holdfast.hold(index))
      const { status } = reply
      if ((status === 503 || status === 429) && reply.header('retry-after') === '') withoutRetryAfter++
      return String(status)
    }
    const load = async (
      what: string,
      given: { connections: number; perSecond?: number; seconds: number },
    ): Promise<Turn> => {
      const measured = await measure(hold, { port, from, journeysMax: 200_000, success, ...given })
      from += measured.journeys
      const memory = memoryMb(holdfast.pids)
      const { perSecond, p50, p99, outcomes } = measured
      console.error(
        `${what}: ${perSecond.toFixed(0)} holds/s, p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)} ms, ${JSON.stringify(outcomes)}, ${memory} MB`,
      )
      return { ...measured, memory }
    }
    await load('warming up', { connections, seconds: warmingSeconds })
    const rounds: Round[] = []
    for (let round = 0; round < given.rounds; round++) {
      const greatest = await load('as much as it takes', { connections, seconds })
      const overloaded = await load(`${times} times as much`, {
        connections: connectionsMax,
        seconds,
        perSecond: greatest.perSecond * times,
      })
      const recovered = await load(`half as much, in the ${recoverySeconds} s after it`, {
        connections,
        seconds: recoverySeconds,
        perSecond: greatest.perSecond / 2,
      })
      rounds.push({ greatest, overloaded, recovered })
    }
    const shares = rounds.map(({ greatest, overloaded }) => overloaded.perSecond / greatest.perSecond)
    console.log(`Accepted work keeps ${(median(shares) * 100).toFixed(0)}% of the best rate.`)
    if (withoutRetryAfter > 0) console.log(`${withoutRetryAfter} were turned away without a Retry-After.`)
    const results: OverloadResults = { rounds, shares, withoutRetryAfter }
    keepResults('overload', results)
  })
}
