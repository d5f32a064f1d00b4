// The waiting rooms of the simulation's fast store: the adapter of the embedded mode on memory, which is one atomic step
// a method and passes the contract; and how a process reaches it.
import { type EmbeddedWaitingRooms, openEmbeddedWaitingRooms } from '../../adapters/tokens/embedded.ts'
import type { WaitingRooms } from '../../engine/ports.ts'
import type { KeptRooms } from './fast-store.ts'
import type { Link } from './link.ts'

export class SimulatedRooms implements KeptRooms {
  /** Opened when somebody asks, since many an evening has no waiting room. */
  #rooms: EmbeddedWaitingRooms | null = null

  get current(): EmbeddedWaitingRooms {
    this.#rooms ??= openEmbeddedWaitingRooms(':memory:')
    return this.#rooms
  }

  hasSession(showId: string, userId: string, now: number): boolean {
    return this.current.hasSession(showId, userId, now)
  }

  lose(): void {
    void this.#rooms?.close()
    this.#rooms = null
  }
}

const names = Object.keys({
  ...{ open: 0, extend: 0, join: 0, present: 0, restore: 0, leave: 0, next: 0, admit: 0, reflect: 0 },
  ...{ renew: 0, end: 0, hasSession: 0, look: 0, gone: 0, count: 0, check: 0 },
  ...{ crowd: 0, closeCrowd: 0, beginDealing: 0, deal: 0, endDealing: 0 },
} satisfies Record<Exclude<keyof WaitingRooms, 'close'>, 0>) as (keyof WaitingRooms)[]

/** As one process sees them. */
export function remoteRooms(link: Link, kept: SimulatedRooms): WaitingRooms {
  const methods: Partial<Record<keyof WaitingRooms, unknown>> = { close: async () => {} }
  for (const name of names)
    methods[name] = (...given: unknown[]) =>
      link.call('fast store', () => (kept.current[name] as (...given: unknown[]) => unknown)(...given))
  return methods as WaitingRooms
}
