// A place as it moves: one broadcast of what is being served reaches every stream of this server, and each computes its
// own position from it. Only whose turn it is, or who was lost with the store, is looked up.
import { isUndrawn, type PlaceView } from '../engine/place-view.ts'
import type { Clock, Log } from '../engine/ports.ts'
import type { FoundPlace, WaitingRoom } from '../engine/waiting-room.ts'
import type { RoomView } from '../engine/waiting-room-ports.ts'
import type { EventStream } from './event-streams.ts'
import { showPlace } from './place-view.ts'

export interface PlaceStreamParts {
  readonly waitingRoom: WaitingRoom
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * Sends the place, again when its state changes, and when its position does, as often as a client would ask. Ends with the
 * place, or when it can't be found any more.
 */
export function followPlace(
  { waitingRoom, clock, log }: PlaceStreamParts,
  stream: EventStream,
  first: FoundPlace,
  find: () => Promise<FoundPlace>,
): void {
  const { show } = first
  let found = first
  let sent: PlaceView | null = null
  let nextMoveAt = 0
  let isFinding = false

  const send = (view: PlaceView): void => {
    sent = view
    nextMoveAt = clock.now() + view.pollAfterMs
    stream.send({ event: 'place', data: showPlace(show.id, view) })
    if (view.state === 'expired' || view.state === 'left') stream.end()
  }
  const sendChange = (): void => {
    const view = waitingRoom.view(found)
    const hasTurned = view.state !== sent?.state || view.sessionEndsAt !== sent.sessionEndsAt
    const hasMoved = view.position !== sent?.position && nextMoveAt <= clock.now()
    if (hasTurned || hasMoved) send(view)
  }
  const findAgain = async (): Promise<void> => {
    if (isFinding) return
    isFinding = true
    try {
      found = await find()
      sendChange()
    } catch (error) {
      log.warn({ err: error }, 'a place could not be found again for its stream')
      stream.end()
    } finally {
      isFinding = false
    }
  }

  const stop = waitingRoom.watch(show, (room) => {
    if (wantsLook(found, room, clock.now())) return void findAgain()
    found = { ...found, room }
    sendChange()
  })
  stream.onEnd(stop)
  stream.onBeat(() => send(waitingRoom.view(found)))
  send(waitingRoom.view(found))
}

function wantsLook({ place, room: before }: FoundPlace, room: RoomView, now: number): boolean {
  if (room.incarnation !== before.incarnation || room.lottery !== before.lottery) return true
  if (place.state === 'waiting') return !isUndrawn(place, room) && place.lot <= room.serving
  return place.sessionEndsAt === null || place.sessionEndsAt <= now
}
