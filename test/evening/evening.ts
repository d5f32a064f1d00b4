// A whole evening: a crowd comes, buys, and goes; one server is killed in the middle, another one sleeps for a while.
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppServer } from '../../ops/stack/stack.ts'
import { type End, spendEvening } from './guest.ts'
import type { EveningStage } from './stage.ts'

export interface EveningOptions {
  readonly buyers: number
  /** Over how long they come. */
  readonly arrivalMs: number
  readonly say: (line: string) => void
}

export interface EveningReport {
  readonly tookMs: number
  readonly ends: ReadonlyMap<End, number>
  /** What was done to the servers meanwhile. */
  readonly faults: readonly string[]
}

const restartAfterMs = 2_000
/** Longer than the broker and the load balancer take to give a server up. */
const sleepsForMs = 9_000
const depositsAtOnce = 32

export async function playOut(stage: EveningStage, options: EveningOptions): Promise<EveningReport> {
  const { buyers, arrivalMs, say } = options
  const guests = await inBatches(buyers, (number) => stage.guest(`guest-${number}`))
  say(`${buyers} guests have money; the doors open`)
  const began = performance.now()
  const since = () => `after ${((performance.now() - began) / 1_000).toFixed(1)} s`
  const ends = new Map<End, number>()
  let gone = 0
  const evenings = guests.map(async (guest) => {
    await sleep(guest.buyer.random.between(0, arrivalMs))
    const end = await spendEvening(stage, guest)
    ends.set(end, (ends.get(end) ?? 0) + 1)
    gone++
  })
  const all = Promise.all(evenings)
  all.catch(() => {})
  const until = async (share: number) => {
    while (gone < buyers * share && (await Promise.race([all.then(() => false), sleep(50, true)])));
  }
  const faults: string[] = []
  const tell = (fault: string) => {
    faults.push(fault)
    say(`${since()}, with ${gone} of ${buyers} gone home: ${fault}`)
  }
  await until(0.25)
  const killed = await kill(stage, tell)
  await until(0.5)
  await putToSleep(stage, killed, tell)
  await all
  return { tookMs: performance.now() - began, ends, faults }
}

async function kill({ stack, random }: EveningStage, tell: EveningOptions['say']): Promise<AppServer> {
  const victim = random.pick(stack.apps)
  tell(`${victim.name} is killed with -9, and started again ${restartAfterMs} ms later`)
  await victim.server.end('SIGKILL')
  await sleep(restartAfterMs)
  await victim.server.start()
  return victim
}

/** Another one than was killed. */
async function putToSleep(
  { stack, random }: EveningStage,
  killed: AppServer,
  tell: EveningOptions['say'],
): Promise<void> {
  const { name, server } = random.pick(stack.apps.filter((each) => each !== killed))
  tell(`${name} is stopped in its tracks, and goes on ${sleepsForMs} ms later`)
  server.signal('SIGSTOP')
  await sleep(sleepsForMs)
  server.signal('SIGCONT')
}

async function inBatches<T>(count: number, make: (number: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  let next = 0
  const work = async () => {
    for (let number = next++; number < count; number = next++) made.push(await make(number))
  }
  await Promise.all(Array.from({ length: depositsAtOnce }, work))
  return made
}
