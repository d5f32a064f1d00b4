// One look a moment at each room that somebody here streams from, told to all of them: a million connections cost the
// store what one costs.
import { limits } from './limits.ts'
import type { OpenRooms } from './open-rooms.ts'
import type { Clock, Log, Show } from './ports.ts'
import type { RoomView, WaitingRooms } from './waiting-room-ports.ts'

export interface ServingBroadcastParts {
  readonly openRooms: OpenRooms
  readonly rooms: Pick<WaitingRooms, 'look'>
  readonly clock: Clock
  readonly log: Log
}

type Listener = (room: RoomView) => void

export class ServingBroadcast {
  readonly #parts: ServingBroadcastParts
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(parts: ServingBroadcastParts) {
    this.#parts = parts
  }

  /** Returns how to stop. */
  listen(show: Show, listener: Listener): () => void {
    const listeners = this.#listeners.get(show.id) ?? new Set()
    listeners.add(listener)
    if (listeners.size === 1) {
      this.#listeners.set(show.id, listeners)
      void this.#broadcast(show, listeners)
    }
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(show.id) === listeners) this.#listeners.delete(show.id)
    }
  }

  async #broadcast(show: Show, listeners: ReadonlySet<Listener>): Promise<void> {
    const { clock } = this.#parts
    for (;;) {
      await clock.sleep(limits.servingBroadcastMs)
      if (this.#listeners.get(show.id) !== listeners) return
      await this.#tell(show, listeners)
    }
  }

  async #tell(show: Show, listeners: ReadonlySet<Listener>): Promise<void> {
    const { openRooms, rooms, log } = this.#parts
    try {
      const room = await openRooms.ask(show, () => rooms.look(show.id))
      for (const listener of listeners) listener(room)
    } catch (error) {
      log.warn({ showId: show.id, error }, 'serving was not broadcast; again in a moment')
    }
  }
}
