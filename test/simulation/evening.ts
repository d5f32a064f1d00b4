// Everything that an evening is made of, from its seed: hall and shows, services, servers, clients, and the storm.
import { definitionHash } from '../../engine/machines.ts'
import { registry } from '../../machines/registry.ts'
import type { Evidence } from '../auditor/evidence.ts'
import { Administrator } from './administrator.ts'
import { SimulatedBroker } from './broker.ts'
import { Buyer, type Sale } from './buyer.ts'
import type { Design } from './design.ts'
import { Faults } from './faults.ts'
import { evidenceOf } from './from-simulation.ts'
import { type Hall, makeHall, makeShow } from './hall.ts'
import { Network } from './network.ts'
import { Notes } from './notes.ts'
import { beginning } from './process-clock.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { Server, type Services } from './server.ts'
import { Storm } from './storm.ts'

const buyers = 100
const serverNames = ['alpha', 'beta', 'gamma']
const partitions = 3
/** Each lies in a partition of its own. */
const showsInPartitions = ['show-1', 'show-2', 'show-4']
const skewMaxMs = 100
/** Whoever insists does so for a limited time. */
const bedtimeMs = 600_000

export interface EveningPlan {
  readonly seed: number
  readonly design: Design
  /** When nobody begins anything new any more, ms after the beginning. */
  readonly salesEndAtMs: number
  readonly trace: ((line: string) => void) | undefined
}

export class Evening {
  readonly scheduler = new Scheduler()
  readonly notes = new Notes()
  readonly services: Services
  readonly faults: Faults
  readonly #random: Random
  readonly #plan: EveningPlan
  readonly #servers: Server[] = []
  readonly #network: Network
  readonly #storm: Storm
  #guests = 0

  constructor(plan: EveningPlan) {
    this.#plan = plan
    const { design, seed } = plan
    const random = new Random(seed)
    this.#random = random
    this.#network = new Network(random.fork())
    this.services = {
      master: design.makeMaster(partitions, this.scheduler),
      broker: new SimulatedBroker(),
      fastStore: design.makeFastStore(),
      listeners: new Map(),
      heard: [],
    }
    const servers = this.#servers
    this.faults = new Faults(random.fork(), (process) =>
      servers.find((server) => server.process === process)?.kill(),
    )
    this.#storm = new Storm({
      ...{ scheduler: this.scheduler, network: this.#network, faults: this.faults, servers },
      ...{ services: this.services, partitions, trace: this.#trace, random: random.fork() },
    })
  }

  /** Opens the doors, with everything that may go wrong. */
  async begin(): Promise<void> {
    const random = this.#random
    const hall = makeHall(random)
    const showIds = showsInPartitions.slice(0, random.whole(2, 3))
    await this.#setUp(hall, showIds)
    await this.#startServers()
    this.#admitClients(hall, showIds)
    this.#storm.begin()
  }

  /** From here on nothing goes wrong, and what has gone wrong is mended. */
  heal(): void {
    this.#storm.end()
    this.faults.end()
  }

  /** Until everybody has gone home, and `ms` more. */
  async runOut(ms: number): Promise<void> {
    while (this.#guests > 0) {
      await this.scheduler.runUntil(this.scheduler.now + 1_000)
      if (this.scheduler.now > bedtimeMs) throw new Error(`${this.#guests} guests never go home`)
    }
    await this.scheduler.runUntil(this.scheduler.now + ms)
  }

  /** Node keeps signals that are listened to until they abort, and with them a whole evening. */
  close(): void {
    for (const server of this.#servers) server.kill()
  }

  evidence(): Evidence {
    return evidenceOf(this.services, this.notes, beginning + Math.floor(this.scheduler.now))
  }

  async #setUp({ plan, seatIds }: Hall, showIds: readonly string[]): Promise<void> {
    const { master } = this.services
    await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
    await master.createVenue({ id: 'hall', name: 'A small hall', seatCount: seatIds.length, plan })
    await master.createConcert({ id: 'concert', name: 'A concert', description: '' })
    for (const id of showIds) await master.createShow(makeShow(id, this.#random))
  }

  async #startServers(): Promise<void> {
    const { scheduler, faults, services } = this
    const { reservationIdKey } = await services.master.settings()
    const common = { scheduler, faults, services, partitions, reservationIdKey, skewMaxMs }
    for (const name of serverNames) {
      const { design } = this.#plan
      const random = this.#random.fork()
      const own = { network: this.#network, design, random, trace: this.#trace }
      this.#servers.push(new Server(name, { ...common, ...own }))
    }
    for (const server of this.#servers) server.start()
    void this.#superviseForever(this.#random.fork())
  }

  #admitClients(hall: Hall, showIds: readonly string[]): void {
    const sale: Sale = { hall, showIds, endsAtMs: this.#plan.salesEndAtMs, paid: [] }
    const parts = { scheduler: this.scheduler, servers: this.#servers, notes: this.notes, trace: this.#trace }
    for (let number = 1; number <= buyers; number++)
      void this.#admit(new Buyer(`buyer-${number}`, this.#random.fork(), parts, sale))
    void this.#admit(new Administrator(this.#random.fork(), parts, sale))
  }

  async #admit(guest: { live(): Promise<void> }): Promise<void> {
    this.#guests++
    await guest.live()
    this.#guests--
  }

  /** What starts a process again when it has died. */
  async #superviseForever(random: Random): Promise<void> {
    for (;;) {
      await this.scheduler.sleep(random.between(100, 1_500))
      for (const server of this.#servers) if (!server.isAlive && random.chance(0.5)) server.start()
    }
  }

  readonly #trace = (line: () => string): void =>
    this.#plan.trace?.(`${this.scheduler.now.toFixed(2).padStart(10)}  ${line()}`)
}
