// Spreads the partitions over the live servers: each partition prefers one of them by rendezvous hash, and whoever
// owns it hands it over when the preferred one stands by. When a server comes or goes, only its own share moves.
import { hash } from 'node:crypto'
import type { Consumer } from './consumer.ts'
import { limits } from './limits.ts'
import type { Machines } from './machines.ts'
import type { Clock, Log, Servers } from './ports.ts'

/** The same on every server, in whatever order they are listed. */
export function preferredServer(partition: number, servers: readonly string[]): string | null {
  const ranked = servers.map((server) => ({ server, rank: rankOf(partition, server) }))
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.server ?? null
}

const rankOf = (partition: number, server: string): string => hash('sha256', `${partition}:${server}`, 'hex')

export interface RendezvousParts {
  readonly servers: Servers
  /** This one. */
  readonly server: string
  readonly machines: Pick<Machines, 'known'>
  readonly clock: Clock
  readonly log: Log
}

type Spread = Pick<Consumer, 'partition' | 'isSubscribed' | 'tenure' | 'handOver'>

export class Rendezvous {
  readonly #parts: RendezvousParts

  constructor(parts: RendezvousParts) {
    this.#parts = parts
  }

  async run(consumers: readonly Spread[], signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await this.#look(consumers)
      } catch (error) {
        log.warn({ error }, 'the partitions stay where they are; again in a moment')
      }
      await clock.sleep(limits.sweepIntervalMs, signal)
    }
    await this.#parts.servers.leave(this.#parts.server).catch(() => {}) // then its silence says so
  }

  async #look(consumers: readonly Spread[]): Promise<void> {
    const { servers, server, clock, log } = this.#parts
    await this.#report(consumers.filter((each) => each.isSubscribed))
    const live = await servers.live(clock.now() - limits.serverSilenceMaxMs)
    for (const consumer of consumers) {
      if (consumer.tenure === null) continue
      const { partition } = consumer
      const subscribed = live.filter(({ partitions }) => partitions.includes(partition))
      const preferred = preferredServer(
        partition,
        subscribed.map((each) => each.server),
      )
      if (preferred === null || preferred === server) continue
      log.info({ partition, preferred }, 'handing the partition over')
      consumer.handOver()
    }
  }

  #report(subscribed: readonly Spread[]): Promise<void> {
    const { servers, server, machines, clock } = this.#parts
    const partitions = subscribed.map(({ partition }) => partition)
    return servers.report({ server, partitions, machines: machines.known }, clock.now())
  }
}
