// One app server of the simulation: the real engine and the real intake over links. It is started, killed, stopped and
// started again; every start is a new process.
import { Engine } from '../../engine/engine.ts'
import { Intake } from '../../engine/intake.ts'
import type { Announcement, Log } from '../../engine/ports.ts'
import { TickPublisher } from '../../engine/publisher.ts'
import { RefusalLog } from '../../engine/refusal-log.ts'
import { Shows } from '../../engine/shows.ts'
import { type Listeners, RemoteAnswers } from './answers.ts'
import type { SimulatedBroker } from './broker.ts'
import type { Design } from './design.ts'
import type { FastStore } from './fast-store.ts'
import { Link, type LinkParts } from './link.ts'
import type { SimulatedMaster } from './master/master.ts'
import { Process } from './process.ts'
import { ProcessClock } from './process-clock.ts'
import { RemoteBroker } from './remote-broker.ts'
import { type RemoteMaster, remoteMaster } from './remote-master.ts'

export const holdGraceMs = 2_000

export interface Services {
  readonly master: SimulatedMaster
  readonly broker: SimulatedBroker
  readonly fastStore: FastStore
  readonly listeners: Listeners
  /** All announcements that were heard. */
  readonly heard: Announcement[]
}

export interface ServerParts extends LinkParts {
  readonly services: Services
  readonly design: Design
  readonly partitions: number
  readonly reservationIdKey: Buffer
  /** How far off a clock may be, either way. */
  readonly skewMaxMs: number
}

/** What a request finds on a server. */
export interface App {
  readonly intake: Intake
  readonly master: RemoteMaster
}

/** The client heard nothing that it could rely on. */
export class NoAnswer extends Error {}

const hopMs = 0.5

export class Server {
  readonly name: string
  readonly #parts: ServerParts
  #process: Process
  #engine: Engine | null = null
  #app: App | null = null
  #runs = 0

  constructor(name: string, parts: ServerParts) {
    this.name = name
    this.#parts = parts
    this.#process = new Process(name, 0)
    this.#process.kill()
  }

  get process(): Process {
    return this.#process
  }

  get isAlive(): boolean {
    return this.#process.isAlive
  }

  /** Begins a new process; one whose engine can't start goes away, for whoever watches over it. */
  start(): void {
    if (this.isAlive) return
    const { scheduler, trace } = this.#parts
    const process = new Process(this.name, ++this.#runs)
    this.#process = process
    trace(() => `${process.name} starts`)
    const { engine, app, refusals } = this.#wire(process)
    this.#engine = engine
    engine.start().then(
      () => {
        this.#app = app
        void refusals.run(new AbortController().signal)
      },
      (error) => {
        trace(() => `${process.name} can't start: ${error}`)
        if (process === this.#process) this.kill()
        scheduler.after(500, () => this.start())
      },
    )
  }

  kill(): void {
    const process = this.#process
    if (!process.isAlive) return
    const { scheduler, services, trace, random } = this.#parts
    trace(() => `${process.name} is killed`)
    process.kill()
    this.#app = null
    void this.#engine?.stop()
    this.#engine = null
    services.listeners.delete(process.name)
    for (const hangUp of process.hangUps) hangUp()
    // What it had sent by then arrives; then its connections close.
    scheduler.after(random.between(2, 20), () => process.closeBatches())
    scheduler.after(random.between(2, 20), () => process.closeChannels())
  }

  /** SIGTERM: takes no more requests, finishes what it has in hand, and goes. */
  async stopGracefully(): Promise<void> {
    const process = this.#process
    this.#app = null
    await this.#engine?.stop()
    if (process === this.#process) this.kill()
  }

  /** A request of a client, from sending it to hearing the answer. */
  request<T>(work: (app: App) => Promise<T>): Promise<T> {
    const { scheduler } = this.#parts
    return new Promise<T>((resolve, reject) => {
      const hangUp = () => void scheduler.after(hopMs, () => reject(new NoAnswer('the connection is gone')))
      scheduler.after(hopMs, () => {
        const process = this.#process
        if (this.#app === null) return hangUp()
        process.hangUps.add(hangUp)
        process.run(async () => {
          const app = this.#app
          if (app === null) return hangUp()
          const settle = await work(app).then(
            (value) => () => resolve(value),
            (reason) => () => reject(reason),
          )
          process.hangUps.delete(hangUp)
          scheduler.after(hopMs, settle)
        })
      })
    })
  }

  #wire(process: Process): { engine: Engine; app: App; refusals: RefusalLog } {
    const { scheduler, services, design, random, partitions, reservationIdKey, skewMaxMs } = this.#parts
    const link = new Link(process, this.#parts)
    const master = design.seenMaster(remoteMaster(link, services.master))
    const broker = design.seenBroker(new RemoteBroker(link, services.broker, scheduler, random))
    const clock = new ProcessClock(scheduler, process, random.between(-skewMaxMs, skewMaxMs))
    const fastStore = remoteFastStore(link, services.fastStore)
    const answers = new RemoteAnswers(link, scheduler, services.listeners)
    const announcer = {
      announce: (announcements: readonly Announcement[]) =>
        link.call('broker', () => void services.heard.push(...announcements)),
    }
    const log = this.#log(process)
    const shows = new Shows(master)
    const machines = design.makeMachines(master)
    const engine = new Engine({
      ...{ announcer, answers, broker, claims: fastStore, projection: fastStore, clock, holdGraceMs, log },
      ...{ machines, master, partitions, random: () => random.next(), servers: master, shows },
    })
    const publisher = new TickPublisher(broker, clock, partitions)
    const refusals = new RefusalLog(master, clock)
    const intake = new Intake({
      ...{
        answers,
        claims: fastStore,
        clock,
        decisions: master,
        publisher,
        refusals,
        shows,
        reservationIdKey,
      },
    })
    return { engine, app: { intake, master }, refusals }
  }

  #log(process: Process): Log {
    const line = (facts: object, message: string) =>
      this.#parts.trace(() => `${process.name} says: ${message} ${describe(facts)}`)
    return { info: line, warn: line, error: line }
  }
}

function remoteFastStore(link: Link, store: FastStore) {
  const over =
    <Given extends unknown[], T>(method: (...given: Given) => Promise<T>) =>
    (...given: Given): Promise<T> =>
      link.call('fast store', () => method.apply(store, given))
  return {
    claim: over(store.claim),
    remember: over(store.remember),
    wasClaimed: over(store.wasClaimed),
    release: over(store.release),
    claimed: over(store.claimed),
    read: over(store.read),
    apply: over(store.apply),
    replace: over(store.replace),
    watch: store.watch.bind(store),
  }
}

const describe = (facts: object): string =>
  Object.entries(facts)
    .map(([name, fact]) => `${name}=${fact instanceof Error ? `${fact.name}: ${fact.message}` : fact}`)
    .join(' ')
