// Between the waiting room and its fast store: a room that the store does not have (the first time, or after a loss) is
// opened from what the master kept, and runs on. Whoever notices first opens it; several at once do no harm.
import { HoldfastError } from './errors.ts'
import type { Clock, Show } from './ports.ts'
import type { InletSettings, RoomRecord, WaitingRoomLedger, WaitingRooms } from './waiting-room-ports.ts'

export interface OpenRoomsParts {
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
  readonly shows: { find(showId: string): Promise<{ readonly show: Show } | null> }
  readonly clock: Pick<Clock, 'now'>
}

const lossesMax = 5
/** Places outlive the sale by this much, for whoever looks once more. */
const keptAfterCloseMs = 24 * 3_600_000

const presetRatePerSecond = 50
const presetAdmittedMax = 1_000
const presetSessionTtlMs = 600_000

/** How people are let in until an administrator says otherwise. */
const presetFor = (show: Show): InletSettings => ({
  ratePerSecond: presetRatePerSecond,
  admittedMax: presetAdmittedMax,
  sessionTtlMs: Math.max(presetSessionTtlMs, show.holdTtlMs),
  isLottery: false,
  followsStock: false,
})

export class OpenRooms {
  readonly #parts: OpenRoomsParts
  readonly #opening = new Map<string, Promise<void>>()
  readonly #extending = new Map<string, Promise<void>>()

  constructor(parts: OpenRoomsParts) {
    this.#parts = parts
  }

  /** @throws {HoldfastError} `not_found` without the show, `no_waiting_room` where it has none */
  async show(showId: string): Promise<Show> {
    const found = await this.#parts.shows.find(showId)
    if (!found) throw new HoldfastError('not_found', 'There is no such show.')
    if (!found.show.hasWaitingRoom) throw new HoldfastError('no_waiting_room')
    return found.show
  }

  /**
   * Asks the store, and again once the room is open and has numbers.
   * @throws {HoldfastError} `unavailable` where the store loses the room again and again
   */
  async ask<Answer>(show: Show, question: () => Promise<Answer | 'missing' | 'exhausted'>): Promise<Answer> {
    for (let losses = 0; losses < lossesMax; ) {
      const answer = await question()
      if (answer === 'missing') {
        losses++
        await onceAtATime(this.#opening, show.id, () => this.#open(show))
      } else if (answer === 'exhausted') await onceAtATime(this.#extending, show.id, () => this.#extend(show))
      else return answer
    }
    throw new HoldfastError('unavailable', 'The waiting room cannot keep places at the moment.')
  }

  /** The room's record on the master, made where there is none. */
  record(show: Show): Promise<RoomRecord> {
    return this.#parts.ledger.ensure(show.id, presetFor(show), show.closesAt)
  }

  /** Opens every room of a sale that is not over, for a store that has begun anew. */
  async openAll(): Promise<void> {
    const { rooms, ledger, clock } = this.#parts
    for (const { showId } of await ledger.list(clock.now()))
      await this.ask(await this.show(showId), () => rooms.look(showId))
  }

  async #open(show: Show): Promise<void> {
    const { rooms, ledger, clock } = this.#parts
    const life = await rooms.life()
    const now = clock.now()
    await this.record(show)
    const times = { opensAt: show.opensAt, keepUntil: show.closesAt + keptAfterCloseMs }
    await rooms.open(show.id, await ledger.open(show.id, now, show.opensAt), times, now, life)
  }

  async #extend(show: Show): Promise<void> {
    const { rooms, ledger } = this.#parts
    await rooms.extend(show.id, await ledger.grant(show.id))
  }
}

async function onceAtATime(
  running: Map<string, Promise<void>>,
  key: string,
  work: () => Promise<void>,
): Promise<void> {
  const started = running.get(key) ?? work().finally(() => running.delete(key))
  running.set(key, started)
  await started
}
