// The engine with what stands beside it: what decides in one process with the door, or in a thread of its own.
import { Engine } from '../engine/engine.ts'
import { Machines } from '../engine/machines.ts'
import type {
  Announcer,
  Answers,
  Backlog,
  Broker,
  Claims,
  Clock,
  DeadLetters,
  Log,
  MachineVersions,
  Master,
  Replica,
  SeatProjection,
  Servers,
  Tallies,
} from '../engine/ports.ts'
import type { Shows } from '../engine/shows.ts'
import type { Stopwatch } from '../engine/stages.ts'
import { TallyKeeper } from '../engine/tally-keeper.ts'

export interface EngineAdapters {
  readonly announcer: Announcer
  readonly answers: Pick<Answers, 'send' | 'server'>
  readonly broker: Broker & Backlog
  readonly claims: Claims
  readonly clock: Clock
  readonly deadLetters?: DeadLetters
  readonly master: Master & MachineVersions
  readonly projection: SeatProjection
  readonly replica: Replica
  /** Where there are several, among whom the partitions are spread. */
  readonly servers?: Servers
  readonly tallies: Tallies
}

/** Decides from `start` on; `stop` finishes what is in hand. */
export interface Deciding {
  start(): Promise<void>
  stop(): Promise<void>
}

interface Surroundings {
  readonly holdGraceMs: number
  readonly partitions: number
  readonly log: Log
  readonly shows: Shows
  readonly stopwatch: Stopwatch
}

export function composeEngine(adapters: EngineAdapters, surroundings: Surroundings): Deciding {
  const { broker, clock, master, replica, tallies } = adapters
  const { log } = surroundings
  const witness = new TallyKeeper({ tallies, backlog: broker, replica, clock, log })
  const machines = new Machines(master)
  const engine = new Engine({ ...adapters, ...surroundings, machines, random: Math.random, witness })
  const running = new AbortController()
  let telling: Promise<void> = Promise.resolve()
  return {
    async start() {
      await engine.start()
      telling = witness.run(engine.consumers, running.signal)
    },
    async stop() {
      running.abort()
      await telling
      await engine.stop()
    },
  }
}
