// What goes wrong in the course of an evening: servers die, sleep and are cut off, services go away, the fast store is
// emptied, the replica falls behind, and rows are locked by strangers. Each run draws its own mixture (strikes.ts).
import { limits } from '../../engine/limits.ts'
import { ByHand } from './by-hand.ts'
import type { Faults } from './faults.ts'
import { type Network, type Port, ports } from './network.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Server, Services } from './server.ts'
import { publishCancel, publishStray } from './strays.ts'
import type { Kind, Strike } from './strikes.ts'

export interface StormParts {
  readonly scheduler: Scheduler
  readonly strikes: readonly Strike[]
  readonly network: Network
  readonly faults: Faults
  readonly servers: readonly Server[]
  readonly services: Services
  readonly trace: (line: () => string) => void
}

/** The master ends a transaction whose process says nothing for this long. */
const sessionTimeoutMs = 5_000
/** No link is away, cut or clogged for longer. */
const longestMs = 12_000
const putBackIntervalMs = 1_000
/** Within this a server finds out that nothing is delivered to it. */
const deafMs = limits.quietMaxMs + limits.wakeUpMaxMs + 2 * limits.sweepIntervalMs
/** The broker closes the channels of a process that it has not heard of, this long afterwards at the earliest. */
const heartbeatMs = { least: 2_000, most: 9_000 }

type Blow = (storm: Storm, random: Random) => unknown

/** What the network and the services do. */
const blows: Record<Exclude<Kind, `${string} published`>, Blow> = {
  crash: (storm, random) => storm.anyServer(random).kill(),
  'graceful restart': (storm, random) => storm.anyServer(random).stopGracefully(),
  'stopped process': (storm, random) =>
    storm.stop(storm.anyServer(random), random, random.between(0.1, 1) ** 2 * 15_000),
  'cut off from the master': (storm, random) => storm.cutOne('master', random),
  'cut off from the broker': (storm, random) => storm.cutOne('broker', random),
  'cut off from the fast store': (storm, random) => storm.cutOne('fast store', random),
  'cut off from the replica': (storm, random) => storm.cutOne('replica', random),
  'cut off from clients': (storm, random) => storm.cutOne('clients', random),
  'half-open link': (storm, random) => storm.deafen(random),
  'clogged link': (storm, random) => storm.clog(random),
  'master away': (storm, random) => storm.takeAway('master', random),
  'broker away': (storm, random) => storm.takeAway('broker', random),
  'fast store away': (storm, random) => storm.takeAway('fast store', random),
  'replica away': (storm, random) => storm.takeAway('replica', random),
  'master restarted': (storm, random) => storm.restartMaster(random),
  'broker restarted': (storm, random) => storm.restartBroker(random),
  'master slow': (storm, random) => storm.slowDown('master', random),
  'broker slow': (storm, random) => storm.slowDown('broker', random),
  'replication stopped': (storm, random) => storm.stopReplication(random),
  'replica lags': ({ services }, random) => services.replica.lag(random.between(0.1, 1) ** 2 * 12_000),
  'fast store flushed': ({ services }) => services.fastStore.flush(),
  'older copy of the fast store': (storm, random) => storm.turnBack(random),
  'channel closed': (storm, random) => storm.anyServer(random).process.closeChannels(),
  'channel deaf': (storm, random) => storm.deafenChannels(random),
  'row locked by a stranger': (storm, random) => storm.lockRow(random),
  'row changed by hand': (storm, random) => storm.changeRow(random),
}

export class Storm {
  readonly #parts: StormParts
  readonly #byHand: ByHand
  #hasEnded = false

  constructor(parts: StormParts) {
    this.#parts = parts
    this.#byHand = new ByHand(parts.services.master.tables)
  }

  get services(): Services {
    return this.#parts.services
  }

  begin(): void {
    const { strikes, scheduler, faults } = this.#parts
    for (const strike of strikes)
      scheduler.after(strike.atMs, () => {
        if (!this.#hasEnded && faults.strikes(strike.name)) this.#strike(strike)
      })
  }

  /** Mends everything. */
  end(): void {
    const { servers, network, services } = this.#parts
    this.#hasEnded = true
    for (const port of ports) network.slowDown(port, 1)
    network.unclog()
    services.replica.mend()
    this.putRowsBack()
    for (const server of servers) {
      server.process.goOn()
      server.start()
    }
  }

  /** An auditor must not find what somebody is changing by hand. */
  putRowsBack(): void {
    this.#byHand.putAllBack()
  }

  anyServer(random: Random): Server {
    return random.pick(this.#parts.servers)
  }

  async stop(server: Server, random: Random, ms: number): Promise<void> {
    const { process } = server
    if (!process.isAlive || process.isStopped) return
    process.stop()
    this.#noticeSilence(server, random, () => process.isStopped)
    await this.#parts.scheduler.sleep(ms)
    process.goOn()
  }

  cutOne(port: Port, random: Random): Promise<void> {
    const server = this.anyServer(random)
    return this.#cut([server], server.name, port, random, shortly(random))
  }

  takeAway(port: Port, random: Random): Promise<void> {
    return this.#cut(this.#parts.servers, 'all', port, random, shortly(random))
  }

  restartMaster(random: Random): Promise<void> {
    const { servers } = this.#parts
    for (const { process } of servers) process.closeBatches()
    return this.#cut(servers, 'all', 'master', random, random.between(50, 2_000))
  }

  restartBroker(random: Random): Promise<void> {
    const { servers } = this.#parts
    for (const { process } of servers) process.closeChannels()
    return this.#cut(servers, 'all', 'broker', random, random.between(50, 2_000))
  }

  deafenChannels(random: Random): void {
    const { scheduler, faults } = this.#parts
    this.anyServer(random).process.deafenChannels()
    faults.lasts(scheduler.now + deafMs)
  }

  async deafen(random: Random): Promise<void> {
    const { scheduler, network } = this.#parts
    const server = this.anyServer(random)
    const port = random.pick(ports)
    network.deafen(server.name, port)
    this.#noticeSilence(server, random, () => network.isUnheard(server.name, port), port)
    await scheduler.sleep(shortly(random))
    network.undeafen(server.name, port)
  }

  clog(random: Random): void {
    const { scheduler, network } = this.#parts
    network.clog(this.anyServer(random).name, random.pick(ports), scheduler.now + shortly(random))
  }

  async slowDown(port: Port, random: Random): Promise<void> {
    const { scheduler, network } = this.#parts
    network.slowDown(port, random.between(5, 100))
    await scheduler.sleep(random.between(1_000, 8_000))
    network.slowDown(port, 1)
  }

  async stopReplication(random: Random): Promise<void> {
    const { services, scheduler } = this.#parts
    services.replica.cutOff()
    await scheduler.sleep(shortly(random))
    services.replica.mend()
  }

  /** Another process of it takes over, with what it had some time ago. */
  async turnBack(random: Random): Promise<void> {
    const { scheduler, services } = this.#parts
    const turnBack = services.fastStore.copy()
    await scheduler.sleep(random.between(500, 6_000))
    turnBack()
  }

  async lockRow(random: Random): Promise<void> {
    const { scheduler, services } = this.#parts
    const { tables } = services.master
    const rows = [
      ...[...tables.balances.keys()].map((userId) => `account ${userId}`),
      ...[...tables.shows.keys()].map((showId) => `show ${showId}`),
      ...[...tables.partitions.keys()].map((partition) => `partition ${partition}`),
    ]
    const stranger = services.master.begin()
    const lost = await stranger.lock([random.pick(rows)]).then(
      () => false,
      () => true,
    )
    if (!lost) await scheduler.sleep(random.between(100, 4_000))
    stranger.rollBack()
  }

  /** Whoever meets it may give the partition up for a while. */
  async changeRow(random: Random): Promise<void> {
    const { scheduler, faults, services } = this.#parts
    const putBack = this.#byHand.change(random, (row) => publishCancel(row, services, scheduler.now))
    if (putBack === null) return
    const ms = random.between(300, 10_000)
    faults.lasts(scheduler.now + ms + limits.giveUpPauseMs)
    await scheduler.sleep(ms)
    putBack()
    // A transaction that had read it by then, on a clogged link perhaps, writes it down once more.
    for (let waitedMs = 0; waitedMs < longestMs + sessionTimeoutMs; waitedMs += putBackIntervalMs) {
      await scheduler.sleep(putBackIntervalMs)
      putBack()
    }
  }

  #strike({ kind, name, random }: Strike): void {
    const { faults, trace, services, scheduler } = this.#parts
    faults.count(kind)
    trace(() => `now: ${kind} (${name})`)
    if (isPublished(kind)) void publishStray(kind, services, random, scheduler.now)
    else void blows[kind](this, random)
  }

  async #cut(servers: readonly Server[], who: string, port: Port, random: Random, ms: number): Promise<void> {
    const { scheduler, network } = this.#parts
    network.cut(who, port)
    for (const server of servers)
      this.#noticeSilence(server, random, () => network.isCut(server.name, port), port)
    await scheduler.sleep(ms)
    network.mend(who, port)
  }

  /** The services' side of it: what belongs to a silent process is closed after a while. */
  #noticeSilence({ process }: Server, random: Random, isSilent: () => boolean, port?: Port): void {
    const { scheduler } = this.#parts
    if (port === undefined || port === 'master')
      scheduler.after(sessionTimeoutMs, () => isSilent() && process.closeBatches())
    if (port === undefined || port === 'broker')
      scheduler.after(random.between(heartbeatMs.least, heartbeatMs.most), () => {
        if (isSilent()) process.closeChannels()
      })
  }
}

const shortly = (random: Random): number => random.between(0.1, 1) ** 3 * longestMs

const isPublished = (kind: Kind): kind is Extract<Kind, `${string} published`> => kind.endsWith(' published')
