// Who waits with which lot, as this server has heard from the store: as long as serving has not reached the lot and the number
// was not given up, the place is that lot still, and one look at the room is enough for all who ask. Four bytes a number, in pages.
import type { OpenRooms } from './open-rooms.ts'
import type { Show } from './ports.ts'
import type { Place, RoomView, WaitingRooms } from './waiting-room-ports.ts'

export interface PlacesAtHandParts {
  readonly openRooms: OpenRooms
  readonly rooms: Pick<WaitingRooms, 'look' | 'gone'>
}

interface Known {
  readonly incarnation: number
  readonly lottery: RoomView['lottery']
  /** Of the numbers that were given up, how many are struck out here. */
  gone: number
  /** Being done for all who ask meanwhile. */
  strikingOut: Promise<void> | null
  readonly lots: LotPages
}

/** Numbers above it are looked up each by itself. */
const numberMax = 2 ** 24
const showsMax = 64

export class PlacesAtHand {
  readonly #parts: PlacesAtHandParts
  readonly #shows = new Map<string, Known>()

  constructor(parts: PlacesAtHandParts) {
    this.#parts = parts
  }

  /** Keeps what the store has just answered. */
  remember(showId: string, { number, lot, state }: Place, room: RoomView): void {
    if (state !== 'waiting' || number > numberMax) return
    const known = this.#of(showId, room)
    // An answer from before the last look may be of somebody who has left since.
    if (known === null || room.gone < known.gone) return
    known.lots.set(number, lot)
  }

  /** The place, where this server knows for certain that its holder still waits; null where the store has to be asked for it. */
  async find(show: Show, number: number): Promise<{ place: Place; room: RoomView } | null> {
    if (!this.#shows.get(show.id)?.lots.get(number)) return null
    const { openRooms, rooms } = this.#parts
    const room = await openRooms.ask(show, () => rooms.look(show.id))
    const known = this.#of(show.id, room)
    if (known === null) return null
    if (known.gone < room.gone) {
      known.strikingOut ??= this.#strikeOut(show.id, known).finally(() => {
        known.strikingOut = null
      })
      await known.strikingOut
      if (known.gone < room.gone) return null
    }
    const lot = known.lots.get(number)
    if (lot <= room.serving) return null
    return { place: { number, lot, state: 'waiting', sessionEndsAt: null }, room }
  }

  /** Begins anew where the lots did, or the store. Null for what an earlier one has answered. */
  #of(showId: string, { incarnation, lottery, gone }: RoomView): Known | null {
    const known = this.#shows.get(showId)
    if (known?.incarnation === incarnation && known.lottery === lottery) return known
    if (known !== undefined && incarnation < known.incarnation) return null
    this.#shows.delete(showId)
    const anew = { incarnation, lottery, gone, strikingOut: null, lots: new LotPages() }
    this.#shows.set(showId, anew)
    const [oldest] = this.#shows.keys()
    if (this.#shows.size > showsMax && oldest !== undefined) this.#shows.delete(oldest)
    return anew
  }

  /** Nothing is done where the store has begun anew. */
  async #strikeOut(showId: string, known: Known): Promise<void> {
    const { incarnation, gone } = known
    const numbers = await this.#parts.rooms.gone(showId, incarnation, gone)
    if (numbers === 'missing') return
    for (const number of numbers) known.lots.delete(number)
    known.gone = gone + numbers.length
  }
}

const numbersPerPage = 1_024

/** By number; 0 for what is not known. A page is made with its first lot, so that a long line costs what is known of it. */
class LotPages {
  readonly #pages = new Map<number, Uint32Array>()

  get(number: number): number {
    return this.#pages.get(pageOf(number))?.[number % numbersPerPage] ?? 0
  }

  set(number: number, lot: number): void {
    const page = this.#pages.get(pageOf(number)) ?? new Uint32Array(numbersPerPage)
    page[number % numbersPerPage] = lot
    this.#pages.set(pageOf(number), page)
  }

  delete(number: number): void {
    if (this.get(number) !== 0) this.set(number, 0)
  }
}

const pageOf = (number: number): number => Math.floor(number / numbersPerPage)
