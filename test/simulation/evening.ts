// Everything that an evening is made of, from its seed: hall and shows, services, servers, clients, and the storm.
import type { Evidence } from '../auditor/evidence.ts'
import { Administrator } from './administrator.ts'
import { SimulatedBroker } from './broker.ts'
import { knownTo } from './builds.ts'
import { Buyer, type Sale } from './buyer.ts'
import type { Design } from './design.ts'
import { Faults, type Selection } from './faults.ts'
import { evidenceOf } from './from-simulation.ts'
import { type Hall, makeHall, makeShow } from './hall.ts'
import { Network } from './network.ts'
import { Notes } from './notes.ts'
import { beginning } from './process-clock.ts'
import { Random } from './random.ts'
import { SimulatedReplica } from './replica.ts'
import { SimulatedRooms } from './rooms.ts'
import { Scheduler } from './scheduler.ts'
import { Server, type Services } from './server.ts'
import { Storm } from './storm.ts'
import { drawStrikes } from './strikes.ts'
import { upgradeAll } from './upgrade.ts'

const serverNames = ['alpha', 'beta', 'gamma']
const partitions = 3
/** Each of the first three lies in a partition of its own, the last one beside the first. */
const showsInPartitions = ['show-1', 'show-2', 'show-4', 'show-5']
/** Whoever insists does so for a limited time. */
const bedtimeMs = 600_000

export interface EveningPlan {
  readonly seed: number
  readonly design: Design
  readonly buyers: number
  /** Which of the seed's faults may strike. */
  readonly selection: Selection
  /** When the storm is over and everything is mended, ms after the beginning. */
  readonly stormEndsAtMs: number
  /** When nobody begins anything new any more, ms after the beginning: between these, as soon as enough is done. */
  readonly sales: { readonly earliest: number; readonly latest: number; readonly mayEnd: () => boolean }
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
  #haveSalesEnded = false

  constructor(plan: EveningPlan) {
    this.#plan = plan
    const { design, seed, selection, stormEndsAtMs } = plan
    const { scheduler } = this
    const random = new Random(seed)
    this.#random = random
    this.#network = new Network(random.fork(), () => scheduler.now)
    const timer = {
      after: (ms: number, fire: () => void) => scheduler.after(ms, fire),
      now: () => Math.floor(beginning + scheduler.now),
    }
    const master = design.makeMaster(partitions, timer)
    const rooms = new SimulatedRooms()
    this.services = {
      master,
      rooms,
      broker: new SimulatedBroker(),
      fastStore: design.makeFastStore(rooms),
      replica: new SimulatedReplica(master, scheduler, random.fork()),
      listeners: new Map(),
      feeds: new Map(),
      heard: [],
    }
    const servers = this.#servers
    const killOwner = (process: Server['process']) =>
      servers.find((server) => server.process === process)?.kill()
    this.faults = new Faults(random.fork(), killOwner, selection)
    this.#storm = new Storm({
      scheduler,
      network: this.#network,
      faults: this.faults,
      servers,
      services: this.services,
      strikes: drawStrikes(random.fork(), stormEndsAtMs),
      trace: this.#trace,
    })
  }

  /** Opens the doors, with everything that may go wrong. */
  async begin(): Promise<void> {
    const random = this.#random
    const hall = makeHall(random)
    const showIds = showsInPartitions.slice(0, random.whole(2, 4))
    await this.#setUp(hall, showIds)
    await this.#startServers()
    this.#admitClients(hall, showIds)
    this.#storm.begin()
    if (random.chance(0.25) && this.faults.strikes('upgrade')) {
      this.faults.count('rolling upgrade')
      const { scheduler, services, faults } = this
      const parts = { scheduler, services, faults, servers: this.#servers, trace: this.#trace }
      void upgradeAll(parts, random.fork())
    }
  }

  /** From here on nothing goes wrong, and what has gone wrong is mended. */
  heal(): void {
    this.#storm.end()
    this.faults.end()
  }

  /** Until everybody has gone home and nothing is held up any more, and `ms` more. */
  async runOut(ms: number): Promise<void> {
    while (this.#guests > 0) {
      await this.scheduler.runUntil(this.scheduler.now + 1_000)
      if (this.scheduler.now > bedtimeMs) throw new Error(`${this.#guests} guests never go home`)
    }
    await this.scheduler.runUntil(Math.max(this.scheduler.now, this.faults.lastUntilMs) + ms)
  }

  /** Node keeps signals that are listened to until they abort, and with them a whole evening. */
  close(): void {
    for (const server of this.#servers) server.kill()
    this.services.rooms.lose()
  }

  evidence(): Evidence {
    this.#storm.putRowsBack()
    return evidenceOf(this.services, this.notes, beginning + Math.floor(this.scheduler.now))
  }

  async #setUp({ plan, seatIds }: Hall, showIds: readonly string[]): Promise<void> {
    const { master } = this.services
    await master.register(knownTo('earlier'))
    await master.createVenue({ id: 'hall', name: 'A small hall', seatCount: seatIds.length, plan })
    await master.createConcert({ id: 'concert', name: 'A concert', description: '' })
    const roomFor = this.#random.chance(0.5) ? this.#random.pick(showIds) : null
    // One of them sells until enough is done.
    for (const [index, id] of showIds.entries()) {
      const show = makeShow(id, this.#random, { hasWaitingRoom: id === roomFor, mayCloseEarly: index > 0 })
      await master.createShow(show)
    }
  }

  async #startServers(): Promise<void> {
    const { scheduler, faults, services } = this
    const { reservationIdKey } = await services.master.settings()
    const common = { scheduler, faults, services, partitions, reservationIdKey, network: this.#network }
    for (const name of serverNames) {
      const { design } = this.#plan
      const random = this.#random.fork()
      this.#servers.push(new Server(name, { ...common, design, random, trace: this.#trace }))
    }
    for (const server of this.#servers) server.start()
    void this.#superviseForever(this.#random.fork())
  }

  #admitClients(hall: Hall, showIds: readonly string[]): void {
    const { notes, scheduler } = this
    const { buyers } = this.#plan
    const { shows } = this.services.master.catalogue
    const sale: Sale = {
      hall,
      shows: showIds.flatMap((id) => shows.get(id) ?? []),
      isOver: () => this.#areSalesOver(),
      paid: [],
    }
    const parts = { scheduler, servers: this.#servers, notes, trace: this.#trace }
    const crowd = this.#random.fork()
    void this.#admit(new Administrator(this.#random.fork(), parts, sale))
    for (let number = 1; number <= buyers; number++)
      void this.#admit(new Buyer(`buyer-${number}`, crowd.fork(), parts, sale))
  }

  #areSalesOver(): boolean {
    const { earliest, latest, mayEnd } = this.#plan.sales
    const { now } = this.scheduler
    this.#haveSalesEnded ||= now >= latest || (now >= earliest && mayEnd())
    return this.#haveSalesEnded
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
