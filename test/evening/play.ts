// An evening of any size with what came of it in figures: rates, latencies, outcomes, and the verdict.
import { verdict } from '../faults/support/verdict.ts'
import { checkSeats } from '../linearizability/histories.ts'
import { playOut } from './evening.ts'
import { type EveningStage, setEveningStage } from './stage.ts'

export interface PlayOptions {
  readonly seats: number
  readonly buyers: number
  readonly seed: number
  readonly say: (line: string) => void
}

export const holdTtlMs = 15_000
/** Three servers on two cores keep up with so many; on a slower machine the line waits, not those inside. */
export const room = { ratePerSecond: 100, admittedMax: 150 }
/** They come faster than they are let in, so that there is a line. */
export const arrivalOf = (buyers: number): number => Math.max(10_000, (buyers * 500) / room.ratePerSecond)

/** @returns whether nothing was found that must not be */
export async function playEvening({ seats, buyers, seed, say }: PlayOptions): Promise<boolean> {
  say(`${buyers} guests, ${seats} seats, seed ${seed}`)
  const began = performance.now()
  const stage = await setEveningStage({ seats, seed, holdTtlMs, room })
  try {
    say(`the stack is up after ${seconds(performance.now() - began)}`)
    const arrivalMs = arrivalOf(buyers)
    const { tookMs, ends } = await playOut(stage, { buyers, arrivalMs, say })
    say(`the evening took ${seconds(tookMs)}`)
    say(`guests: ${listOf(ends)}`)
    for (const line of summary(stage, tookMs)) say(line)
    const violations = await judge(stage, say)
    return violations === 0
  } finally {
    await stage.stop()
  }
}

/** @returns how many violations there are; each is told */
export async function judge(stage: EveningStage, say: (line: string) => void): Promise<number> {
  const { evidence, violations } = await verdict(stage)
  const sold = evidence.master.seats.filter(({ status }) => status === 'sold').length
  say(
    `audited: ${evidence.master.journal.length} decisions, ${sold} seats sold, ${violations.length} violations of I1 to I8`,
  )
  for (const violation of violations) say(JSON.stringify(violation))
  const seats = checkSeats(stage.notes.requests, performance.timeOrigin)
  say(
    `linearizable: ${seats.operations} operations on ${seats.seats} seats, ${seats.violations.length} seats that nothing explains`,
  )
  for (const violation of seats.violations) say(JSON.stringify(violation))
  return violations.length + seats.violations.length
}

export function summary({ notes, statuses }: EveningStage, tookMs: number): string[] {
  const byType = Map.groupBy(notes.requests, ({ type }) => type)
  const latencies = [...byType].map(([type, requests]) => {
    const took = requests.map(({ sentAt, toldAt }) => toldAt - sentAt).sort((a, b) => a - b)
    const at = (share: number) => `${(took[Math.floor((took.length - 1) * share)] ?? 0).toFixed()} ms`
    const rate = ((took.length * 1_000) / tookMs).toFixed()
    return `${type}: ${took.length}, ${rate}/s; told after ${at(0.5)} (median), ${at(0.95)} (95 %), ${at(0.99)} (99 %), ${at(1)} at most`
  })
  return [...latencies, `outcomes: ${listOf(notes.outcomes)}`, `statuses: ${listOf(statuses)}`]
}

const listOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ')

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
