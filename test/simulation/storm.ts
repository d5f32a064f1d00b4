// What goes wrong in the course of an evening: servers die, sleep and are cut off, services go away, the fast store is
// emptied, rows are locked by strangers, and rubbish is published. Each run draws its own mixture.
import { type Command, encodeCommands } from '../../engine/command.ts'
import type { Faults } from './faults.ts'
import { type Network, type Port, ports } from './network.ts'
import { beginning } from './process-clock.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Server, Services } from './server.ts'

export interface StormParts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly network: Network
  readonly faults: Faults
  readonly servers: readonly Server[]
  readonly services: Services
  readonly partitions: number
  readonly trace: (line: () => string) => void
}

/** How often each kind strikes in a minute, at most. */
const perMinuteMax = {
  crash: 20,
  'graceful restart': 8,
  'stopped process': 16,
  'cut off from the master': 12,
  'cut off from the broker': 12,
  'cut off from the fast store': 12,
  'master away': 6,
  'broker away': 6,
  'fast store away': 6,
  'master restarted': 6,
  'broker restarted': 6,
  'master slow': 8,
  'broker slow': 8,
  'fast store flushed': 10,
  'older copy of the fast store': 6,
  'channel closed': 20,
  'row locked by a stranger': 20,
  'rubbish published': 10,
  'poison published': 10,
} as const
type Kind = keyof typeof perMinuteMax

/** The master ends a transaction whose process says nothing for this long. */
const sessionTimeoutMs = 5_000
/** The broker closes the channels of a process that it has not heard of, this long afterwards at the earliest. */
const heartbeatMs = { least: 2_000, most: 9_000 }

export class Storm {
  readonly #parts: StormParts
  #hasEnded = false

  constructor(parts: StormParts) {
    this.#parts = parts
  }

  begin(): void {
    const { random } = this.#parts
    for (const [kind, most] of Object.entries(perMinuteMax) as [Kind, number][])
      if (random.chance(0.4)) void this.#repeat(kind, 60_000 / (most * random.next()))
  }

  /** Mends everything. */
  end(): void {
    const { servers, network } = this.#parts
    this.#hasEnded = true
    for (const port of ports) network.slowDown(port, 1)
    for (const server of servers) {
      server.process.goOn()
      server.start()
    }
  }

  async #repeat(kind: Kind, meanMs: number): Promise<void> {
    const { scheduler, random, faults, trace } = this.#parts
    for (;;) {
      await scheduler.sleep(-Math.log(1 - random.next()) * meanMs)
      if (this.#hasEnded) return
      faults.count(kind)
      trace(() => `now: ${kind}`)
      void this.#strike(kind)
    }
  }

  #strike(kind: Kind): unknown {
    const { random, servers, services } = this.#parts
    const server = random.pick(servers)
    switch (kind) {
      case 'crash':
        return server.kill()
      case 'graceful restart':
        return server.stopGracefully()
      case 'stopped process':
        return this.#stop(server, random.between(0.1, 1) ** 2 * 15_000)
      case 'cut off from the master':
        return this.#cut([server], server.name, 'master')
      case 'cut off from the broker':
        return this.#cut([server], server.name, 'broker')
      case 'cut off from the fast store':
        return this.#cut([server], server.name, 'fast store')
      case 'master away':
        return this.#cut(servers, 'all', 'master')
      case 'broker away':
        return this.#cut(servers, 'all', 'broker')
      case 'fast store away':
        return this.#cut(servers, 'all', 'fast store')
      case 'master restarted':
        for (const { process } of servers) process.closeBatches()
        return this.#cut(servers, 'all', 'master', random.between(50, 2_000))
      case 'broker restarted':
        for (const { process } of servers) process.closeChannels()
        return this.#cut(servers, 'all', 'broker', random.between(50, 2_000))
      case 'master slow':
        return this.#slowDown('master')
      case 'broker slow':
        return this.#slowDown('broker')
      case 'fast store flushed':
        return services.fastStore.flush()
      case 'older copy of the fast store':
        return this.#turnBack()
      case 'channel closed':
        return server.process.closeChannels()
      case 'row locked by a stranger':
        return this.#lockRow()
      case 'rubbish published':
        return services.broker.publish(this.#partition(), Buffer.from(`{"v":1,"rubbish":${random.next()}}`))
      case 'poison published':
        return this.#poison()
    }
  }

  async #stop(server: Server, ms: number): Promise<void> {
    const { process } = server
    if (!process.isAlive || process.isStopped) return
    process.stop()
    this.#noticeSilence(server, () => process.isStopped)
    await this.#parts.scheduler.sleep(ms)
    process.goOn()
  }

  async #cut(
    servers: readonly Server[],
    who: string,
    port: Port,
    ms = this.#parts.random.between(0.1, 1) ** 3 * 12_000,
  ): Promise<void> {
    const { scheduler, network } = this.#parts
    network.cut(who, port)
    for (const server of servers) this.#noticeSilence(server, () => network.isCut(server.name, port), port)
    await scheduler.sleep(ms)
    network.mend(who, port)
  }

  /** The services' side of it: what belongs to a silent process is closed after a while. */
  #noticeSilence({ process }: Server, isSilent: () => boolean, port?: Port): void {
    const { scheduler, random } = this.#parts
    if (port !== 'broker' && port !== 'fast store')
      scheduler.after(sessionTimeoutMs, () => isSilent() && process.closeBatches())
    if (port !== 'master' && port !== 'fast store')
      scheduler.after(random.between(heartbeatMs.least, heartbeatMs.most), () => {
        if (isSilent()) process.closeChannels()
      })
  }

  async #slowDown(port: Port): Promise<void> {
    const { scheduler, random, network } = this.#parts
    network.slowDown(port, random.between(5, 100))
    await scheduler.sleep(random.between(1_000, 8_000))
    network.slowDown(port, 1)
  }

  /** Another process of it takes over, with what it had some time ago. */
  async #turnBack(): Promise<void> {
    const { scheduler, random, services } = this.#parts
    const turnBack = services.fastStore.copy()
    await scheduler.sleep(random.between(500, 6_000))
    turnBack()
  }

  async #lockRow(): Promise<void> {
    const { scheduler, random, services } = this.#parts
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

  /** A command that no rule foresees: somebody pays for a stranger's hold. */
  async #poison(): Promise<void> {
    const { random, services, scheduler } = this.#parts
    const held = [...services.master.tables.reservations.values()].filter(({ state }) => state === 'held')
    if (held.length === 0) return
    const { id: subjectId, showId } = random.pick(held)
    const partition = services.master.tables.shows.get(showId)?.partition ?? 0
    const command: Command = {
      ...{
        id: `poison-${scheduler.now}`,
        type: 'pay',
        showId,
        subjectId,
        userId: 'stranger',
        fingerprint: 'none',
      },
      acceptedAt: Math.floor(beginning + scheduler.now),
    }
    await services.broker.publish(partition, encodeCommands([command]))
  }

  #partition(): number {
    return this.#parts.random.whole(0, this.#parts.partitions - 1)
  }
}
