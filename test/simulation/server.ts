// One app server of the simulation: started, killed, stopped, upgraded and started again; every start is a new process.
import type { Announcement } from '../../engine/ports.ts'
import type { Listeners } from './answers.ts'
import type { SimulatedBroker } from './broker.ts'
import type { Build } from './builds.ts'
import type { Design } from './design.ts'
import type { FastStore } from './fast-store.ts'
import type { LinkParts } from './link.ts'
import type { SimulatedMaster } from './master/master.ts'
import { Process } from './process.ts'
import type { SimulatedReplica } from './replica.ts'
import type { SimulatedRooms } from './rooms.ts'
import { type App, type Wired, wire } from './wiring.ts'

export interface Services {
  readonly master: SimulatedMaster
  readonly replica: SimulatedReplica
  readonly broker: SimulatedBroker
  readonly fastStore: FastStore
  readonly rooms: SimulatedRooms
  readonly listeners: Listeners
  /** How announcements reach each process that listens. */
  readonly feeds: Map<Process, (announcements: readonly Announcement[]) => void>
  /** All announcements that were heard. */
  readonly heard: Announcement[]
}

export interface ServerParts extends LinkParts {
  readonly services: Services
  readonly design: Design
  readonly partitions: number
  readonly reservationIdKey: Buffer
}

/** The client heard nothing that it could rely on. */
export class NoAnswer extends Error {}

export class Server {
  readonly name: string
  /** Of the next start. */
  build: Build = 'earlier'
  readonly #parts: ServerParts
  #process: Process
  #wired: Wired | null = null
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

  /** Begins a new process; one that can't start goes away, for whoever watches over it. */
  start(): void {
    if (this.isAlive) return
    const { scheduler, trace } = this.#parts
    const process = new Process(this.name, ++this.#runs)
    this.#process = process
    trace(() => `${process.name} starts`)
    this.#open(process).catch((error) => {
      trace(() => `${process.name} can't start: ${error}`)
      if (process === this.#process) this.kill()
      scheduler.after(500, () => this.start())
    })
  }

  kill(): void {
    const process = this.#process
    if (!process.isAlive) return
    const { scheduler, services, trace, random } = this.#parts
    trace(() => `${process.name} is killed`)
    process.kill()
    this.#app = null
    this.#wired?.drop()
    this.#wired = null
    services.listeners.delete(process.name)
    services.feeds.delete(process)
    for (const hangUp of process.hangUps) hangUp()
    // What it had sent by then arrives; then its connections close.
    scheduler.after(random.between(2, 20), () => process.closeBatches())
    scheduler.after(random.between(2, 20), () => process.closeChannels())
  }

  /** SIGTERM: takes no more requests, finishes what it has in hand, and goes. */
  async stopGracefully(): Promise<void> {
    const process = this.#process
    this.#app = null
    await this.#wired?.stop()
    if (process === this.#process) this.kill()
  }

  /** A request of a client, from sending it to hearing the answer. */
  request<T>(work: (app: App) => Promise<T>): Promise<T> {
    const { scheduler, network } = this.#parts
    return new Promise<T>((resolve, reject) => {
      const travel = (arrive: () => void) => scheduler.after(network.delayMs(this.name, 'clients'), arrive)
      const hangUp = () => void travel(() => reject(new NoAnswer('the connection is gone')))
      travel(() => {
        const process = this.#process
        if (this.#app === null || network.isUnheard(this.name, 'clients')) return hangUp()
        process.hangUps.add(hangUp)
        process.run(async () => {
          const app = this.#app
          if (app === null) return hangUp()
          const settle = await work(app).then(
            (value) => () => resolve(value),
            (reason) => () => reject(reason),
          )
          process.hangUps.delete(hangUp)
          travel(() => (network.isCut(this.name, 'clients') ? hangUp() : settle()))
        })
      })
    })
  }

  async #open(process: Process): Promise<void> {
    const wired = await wire(process, this.build, this.#parts)
    this.#wired = wired
    await wired.start()
    if (process === this.#process) this.#app = wired.app
  }
}
