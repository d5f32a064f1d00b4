// The engine as a whole: one consumer a partition, the caretaker, and a stop that leaves nothing half done.
import { Aftermath, type AftermathParts } from './aftermath.ts'
import { Caretaker } from './caretaker.ts'
import { Consumer, type Witness } from './consumer.ts'
import { DeadLetterConsumer } from './dead-letters.ts'
import { limits } from './limits.ts'
import type { Machines } from './machines.ts'
import type {
  Announcer,
  Answers,
  Broker,
  Claims,
  Clock,
  DeadLetters,
  Log,
  Master,
  SeatProjection,
  Servers,
} from './ports.ts'
import { ProjectionKeeper } from './projection-keeper.ts'
import { Relay } from './relay.ts'
import { Rendezvous } from './rendezvous.ts'
import { ShowMemory } from './show-memory.ts'
import type { Shows } from './shows.ts'
import { noStopwatch, type Stopwatch } from './stages.ts'
import { within } from './within.ts'

export interface EngineParts {
  readonly announcer: Announcer
  readonly answers: Pick<Answers, 'send' | 'server'>
  readonly broker: Broker
  readonly claims: Claims
  readonly clock: Clock
  /** Where the broker gives a message up at some time. */
  readonly deadLetters?: DeadLetters
  readonly holdGraceMs: number
  readonly log: Log
  readonly machines: Machines
  readonly master: Master
  readonly partitions: number
  readonly projection: SeatProjection
  /** From 0 to 1, for jitter. */
  readonly random: () => number
  /** Where there are several, among whom the partitions are spread. */
  readonly servers?: Servers
  readonly shows: Shows
  readonly stopwatch?: Stopwatch
  readonly witness?: Witness
}

export class Engine {
  readonly consumers: readonly Consumer[]
  readonly #parts: EngineParts
  readonly #aftermath: Aftermath
  readonly #caretaker: Caretaker
  readonly #relay: Relay
  readonly #stopping = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(parts: EngineParts) {
    const { announcer, answers, broker, claims, clock, holdGraceMs, log, machines, master, random, shows } =
      parts
    this.#parts = parts
    this.#relay = new Relay(master, announcer, clock, log)
    const relay = this.#relay
    this.#caretaker = new Caretaker({ broker, ownership: master, relay, machines, clock, log, holdGraceMs })
    const { projection, stopwatch = noStopwatch } = parts
    const afterwards: AftermathParts = {
      answers,
      claims,
      projection,
      relay,
      log,
      stopwatch,
      decisions: master,
      sweep: this.#caretaker,
    }
    this.#aftermath = new Aftermath(afterwards)
    const memory = new ShowMemory()
    const decider = { master, claims, clock, machines, shows, holdGraceMs, memory, stopwatch }
    const { server } = answers
    const aftermath = this.#aftermath
    this.consumers = Array.from(
      { length: parts.partitions },
      (_, partition) =>
        new Consumer(
          {
            decider,
            broker,
            ownership: master,
            aftermath,
            clock,
            random,
            log,
            server,
            ...(parts.witness && { witness: parts.witness }),
          },
          partition,
        ),
    )
  }

  async start(): Promise<void> {
    const { signal } = this.#stopping
    await this.#parts.machines.refresh()
    this.#running = Promise.all([
      ...this.consumers.map((consumer) => consumer.run(signal)),
      this.#caretaker.run(this.consumers, signal),
      this.#keepProjections(signal),
      this.#parkDeadLetters(signal),
      this.#spread(signal),
    ])
  }

  /** Finishes the batches in hand and what follows them, for `limits.stopTimeoutMs` at most. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const finished = this.#running.then(() => this.#aftermath.settled()).then(() => this.#relay.settled())
    await within(this.#parts.clock, limits.stopTimeoutMs, finished, undefined)
  }

  #keepProjections(signal: AbortSignal): Promise<void> {
    const { master, projection, clock, log } = this.#parts
    return new ProjectionKeeper({ decisions: master, projection, clock, log }).run(this.consumers, signal)
  }

  async #parkDeadLetters(signal: AbortSignal): Promise<void> {
    const { deadLetters, master, clock, random, log } = this.#parts
    if (deadLetters)
      await new DeadLetterConsumer({ deadLetters, parked: master, clock, random, log }).run(signal)
  }

  async #spread(signal: AbortSignal): Promise<void> {
    const { servers, answers, machines, clock, log } = this.#parts
    const { server } = answers
    if (servers) await new Rendezvous({ servers, server, machines, clock, log }).run(this.consumers, signal)
  }
}
