// The waiting rooms of the simulation's fast store: the adapter of the embedded mode over tables in memory, which is one
// atomic step a method and passes the contract; and how a process reaches it.
import { type EmbeddedWaitingRooms, waitingRoomsOn } from '../../adapters/tokens/embedded.ts'
import type { WaitingRooms } from '../../engine/ports.ts'
import type { KeptRooms } from './fast-store.ts'
import type { Link } from './link.ts'
import { type KeptPlaces, placeTableOf } from './place-table.ts'
import { type KeptRooms as RoomsKept, roomTableOf } from './room-table.ts'

export interface RoomsInMemory {
  readonly rooms: RoomsKept
  readonly places: KeptPlaces
}

/** @param kept what it goes on with; a room that was open in it has to be opened again */
export function roomsInMemory(
  kept: RoomsInMemory = { rooms: new Map(), places: new Map() },
): EmbeddedWaitingRooms {
  const tables = { rooms: roomTableOf(kept.rooms), places: placeTableOf(kept.places) }
  return {
    ...waitingRoomsOn({ ...tables, atOnce: (work) => work }),
    check: async () => {},
    close: async () => {},
  }
}

export class SimulatedRooms implements KeptRooms {
  #rooms = roomsInMemory()

  get current(): EmbeddedWaitingRooms {
    return this.#rooms
  }

  hasSession(showId: string, userId: string, now: number): boolean {
    return this.current.hasSession(showId, userId, now)
  }

  lose(): void {
    this.#rooms = roomsInMemory()
  }
}

const names = Object.keys({
  life: 0,
  open: 0,
  extend: 0,
  join: 0,
  present: 0,
  restore: 0,
  leave: 0,
  next: 0,
  admit: 0,
  reflect: 0,
  renew: 0,
  end: 0,
  hasSession: 0,
  look: 0,
  gone: 0,
  count: 0,
  check: 0,
  crowd: 0,
  closeCrowd: 0,
  beginDealing: 0,
  deal: 0,
  endDealing: 0,
} satisfies Record<Exclude<keyof WaitingRooms, 'close'>, 0>) as (keyof WaitingRooms)[]

/** As one process sees them. */
export function remoteRooms(link: Link, kept: SimulatedRooms): WaitingRooms {
  const methods: Partial<Record<keyof WaitingRooms, unknown>> = { close: async () => {} }
  for (const name of names)
    methods[name] = (...given: unknown[]) =>
      link.call('fast store', () => (kept.current[name] as (...given: unknown[]) => unknown)(...given))
  return methods as WaitingRooms
}
