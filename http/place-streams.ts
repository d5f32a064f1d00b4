// A place as it moves: one broadcast of what is being served reaches every stream of this server, and each computes its
// own position from it. Only whose turn it is, or who was lost with the store, is looked up.
import { isUndrawn, type PlaceView } from '../engine/place-view.ts'
import type { Clock, Log, Show } from '../engine/ports.ts'
import type { FoundPlace, WaitingRoom } from '../engine/waiting-room.ts'
import type { Place, RoomView } from '../engine/waiting-room-ports.ts'
import type { EventStream } from './event-streams.ts'
import { showPlace } from './place-view.ts'

/** What finds the place again, without the request that brought it. */
export interface PlaceHolder {
  readonly userId: string
  readonly queueToken: string | undefined
}

export interface PlaceStreamParts {
  readonly waitingRoom: WaitingRoom
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * Sends the place, again when its state changes, and when its position does, as often as a client would ask, and at each heartbeat. Ends with the
 * place, or when it can't be found any more.
 */
export function followPlace(
  parts: PlaceStreamParts,
  stream: EventStream,
  found: FoundPlace,
  holder: PlaceHolder,
): void {
  const following = new Following(parts, stream, found, holder)
  const stop = parts.waitingRoom.watch(found.show, (room) => following.move(room))
  stream.onEnd(stop)
  stream.onBeat(() => void following.beat())
  following.send()
}

/** There are thousands at a time: one holds what it must. */
class Following {
  readonly #parts: PlaceStreamParts
  readonly #stream: EventStream
  readonly #holder: PlaceHolder
  readonly #show: Show
  #place: Place
  #room: RoomView
  #sent: Pick<PlaceView, 'state' | 'sessionEndsAt' | 'position'> | null = null
  #nextMoveAt = 0
  #isFinding = false
  /** What had been given up when the place was last looked up. */
  #goneWhenFound: number

  constructor(parts: PlaceStreamParts, stream: EventStream, found: FoundPlace, holder: PlaceHolder) {
    this.#parts = parts
    this.#stream = stream
    this.#show = found.show
    this.#place = found.place
    this.#room = found.room
    this.#goneWhenFound = found.room.gone
    this.#holder = holder
  }

  move(room: RoomView): void {
    const now = this.#parts.clock.now()
    const before = this.#room
    if (wantsLook(this.#place, before, room, now)) return void this.#findAgain()
    this.#room = room
    const mayHaveTurned = room.isPaused !== before.isPaused || this.#sent?.state === 'not_open'
    if (mayHaveTurned || this.#nextMoveAt <= now) this.#sendChange()
  }

  send(view = this.#view()): void {
    const { state, sessionEndsAt, position } = view
    this.#sent = { state, sessionEndsAt, position }
    this.#nextMoveAt = this.#parts.clock.now() + view.pollAfterMs
    this.#stream.send({ event: 'place', data: showPlace(this.#show.id, view) })
    if (state === 'expired' || state === 'left') this.#stream.end()
  }

  /** Tells the place, and what no broadcast says of it: that it was given up, or its session prolonged or ended. */
  async beat(): Promise<void> {
    const isKnown = this.#place.state === 'waiting' && this.#room.gone === this.#goneWhenFound
    if (!isKnown)
      await this.#find().catch((error) =>
        this.#parts.log.warn({ err: error }, 'a stream tells its place as it was last known'),
      )
    this.send()
  }

  #view(): PlaceView {
    return this.#parts.waitingRoom.view({ show: this.#show, place: this.#place, room: this.#room })
  }

  #sendChange(): void {
    const view = this.#view()
    const hasTurned = view.state !== this.#sent?.state || view.sessionEndsAt !== this.#sent.sessionEndsAt
    const hasMoved = view.position !== this.#sent?.position && this.#nextMoveAt <= this.#parts.clock.now()
    if (hasTurned || hasMoved) this.send(view)
  }

  async #findAgain(): Promise<void> {
    if (this.#isFinding) return
    this.#isFinding = true
    try {
      await this.#find()
      this.#sendChange()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'a place could not be found again for its stream')
      this.#stream.end()
    } finally {
      this.#isFinding = false
    }
  }

  async #find(): Promise<void> {
    const { userId, queueToken } = this.#holder
    const { place, room } = await this.#parts.waitingRoom.find(userId, queueToken)
    this.#place = place
    this.#room = room
    this.#goneWhenFound = room.gone
  }
}

function wantsLook(place: Place, before: RoomView, room: RoomView, now: number): boolean {
  if (room.incarnation !== before.incarnation || room.lottery !== before.lottery) return true
  if (place.state === 'waiting') return !isUndrawn(room) && place.lot <= room.serving
  return place.sessionEndsAt === null || place.sessionEndsAt <= now
}
