// What somebody is told about a place: position, state, estimate, and when to ask again. Pure: a stream computes it for
// each of its connections from the one room that all share.
import { limits } from './limits.ts'
import type { Show } from './ports.ts'
import type { Place, PlaceState, RoomView } from './waiting-room-ports.ts'

export interface PlaceView {
  readonly number: number
  /** How many numbers until one's turn; 0 when admitted, null once it is over. */
  readonly position: number | null
  readonly state: PlaceState | 'not_open' | 'paused'
  /** Null while nobody can tell. */
  readonly etaSeconds: number | null
  readonly pollAfterMs: number
  readonly sessionEndsAt: number | null
}

export interface Seen {
  readonly place: Place
  readonly room: RoomView
  readonly show: Pick<Show, 'opensAt'>
  readonly now: number
}

const etaSecondsMax = 24 * 3_600
/** Who asks ten times on the way sees the position move, whatever the distance. */
const pollsOnTheWay = 10

/** @param random from 0 to 1, so that those who came together don't ask together */
export function viewOf({ place, room, show, now }: Seen, random: number): PlaceView {
  const { number, state, sessionEndsAt } = place
  if (state !== 'waiting') {
    const remainingMs = state === 'admitted' && sessionEndsAt !== null ? sessionEndsAt - now : Infinity
    const [position, etaSeconds] = state === 'admitted' ? [0, 0] : [null, null]
    return {
      number,
      position,
      state,
      etaSeconds,
      pollAfterMs: pollAfterMs(remainingMs, random),
      sessionEndsAt,
    }
  }
  const position = Math.max(1, number - room.serving)
  const opensInMs = Math.max(0, show.opensAt - now)
  const waitMs = opensInMs + (1_000 * position) / Math.max(room.admittedPerSecond, 1 / etaSecondsMax)
  const isStanding = room.isPaused && opensInMs === 0
  return {
    ...{ number, position, sessionEndsAt },
    state: opensInMs > 0 ? 'not_open' : room.isPaused ? 'paused' : 'waiting',
    etaSeconds: isStanding
      ? null
      : Math.min(Math.ceil(waitMs / 1_000), Math.ceil(opensInMs / 1_000) + etaSecondsMax),
    pollAfterMs: pollAfterMs(waitMs, random),
  }
}

function pollAfterMs(waitMs: number, random: number): number {
  const { pollAfterMinMs, pollAfterMaxMs } = limits
  const evenly = Math.min(Math.max(waitMs / pollsOnTheWay, pollAfterMinMs), pollAfterMaxMs)
  return Math.round(evenly * (0.75 + random / 4))
}
