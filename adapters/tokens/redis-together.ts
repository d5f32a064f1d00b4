// Those who join, come back with a token or look within one turn of the event loop ask Redis together, for each show.
import type { RoomView, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import { gatheredByShow } from '../gathered.ts'
import {
  inGroupsOf,
  type Missing,
  type PlaceReply,
  type PlacesReply,
  placeOf,
  type RoomReply,
  viewOf,
} from './redis-replies.ts'

type Script<Reply> = (showId: string, ...values: (string | number)[]) => Promise<Reply | Missing>

export interface SharedScripts {
  readonly join: Script<[RoomReply, PlacesReply]>
  readonly present: Script<[RoomReply, PlacesReply]>
  readonly look: Script<RoomReply>
}

type Joined = Awaited<ReturnType<WaitingRooms['join']>>
type Presented = Awaited<ReturnType<WaitingRooms['present']>>

/** In one run of a script, during which Redis serves nobody else. */
const peopleAtOnceMax = 64
/** By one look, which costs the same for however many. */
const lookersAtOnceMax = 10_000

export function askedTogether(scripts: SharedScripts) {
  const join = async (showId: string, who: readonly [userId: string, now: number][]): Promise<Joined[]> => {
    const reply = await scripts.join(showId, ...who.flat())
    if (reply === 'missing') return who.map(() => reply)
    const room = viewOf(reply[0])
    return inGroupsOf(5, reply[1]).map((found) =>
      isPlace(found) ? { place: placeOf(found), room, isNew: found[4] === 1 } : 'exhausted',
    )
  }
  const present = async (
    showId: string,
    who: readonly [userId: string, number: number, now: number, lot: number | ''][],
  ): Promise<Presented[]> => {
    const reply = await scripts.present(showId, ...who.flat())
    if (reply === 'missing') return who.map(() => reply)
    const room = viewOf(reply[0])
    return inGroupsOf(4, reply[1]).map((found) =>
      found[2] === 'undrawn' ? 'undrawn' : { place: isPlace(found) ? placeOf(found) : null, room },
    )
  }
  const look = async (showId: string, lookers: readonly null[]): Promise<(RoomView | Missing)[]> => {
    const reply = await scripts.look(showId)
    const room = reply === 'missing' ? reply : viewOf(reply)
    return lookers.map(() => room)
  }
  return {
    join: gatheredByShow(join, peopleAtOnceMax),
    present: gatheredByShow(present, peopleAtOnceMax),
    look: gatheredByShow(look, lookersAtOnceMax),
  }
}

const isPlace = (found: PlacesReply): found is PlaceReply => found[0] !== null
