// What somebody is told about a place: position, state, estimate, and when to ask again. Pure: a stream computes it for
// each of its connections from the one room that all share.
import { rangeFactor, waitMsOf, waitSecondsMax } from './forecast.ts'
import { limits } from './limits.ts'
import type { Show } from './ports.ts'
import type { Place, PlaceState, RoomView } from './waiting-room-ports.ts'

export interface PlaceView {
  readonly number: number
  /** The place in the order of coming in; null until it has been drawn. */
  readonly lot: number | null
  /** How many lots until one's turn; 0 when admitted, null before the draw and once it is over. */
  readonly position: number | null
  readonly state: PlaceState | 'not_open' | 'paused'
  /** Null while nobody can tell. */
  readonly etaSeconds: number | null
  /** Between which the wait will be, nine times out of ten, as far as earlier estimates were right. */
  readonly etaRange: EtaRange | null
  readonly pollAfterMs: number
  readonly sessionEndsAt: number | null
}

export interface EtaRange {
  readonly fromSeconds: number
  readonly toSeconds: number
}

export interface Seen {
  readonly place: Place
  readonly room: RoomView
  readonly show: Pick<Show, 'opensAt' | 'closesAt'>
  readonly now: number
}

/** Who asks ten times on the way sees the position move, whatever the distance. */
const pollsOnTheWay = 10

/** Nobody is asked for patience for more than a day after the opening. */
const secondsOf = (opensInMs: number, waitMs: number): number =>
  Math.min(Math.ceil((opensInMs + waitMs) / 1_000), Math.ceil(opensInMs / 1_000) + waitSecondsMax)

/**
 * Nobody has a lot before the draw stands on the master, not even who came after the crowd was closed: where that was is lost with
 * the store, and then they are drawn too.
 */
export const isUndrawn = ({ lottery }: RoomView): boolean => lottery === 'due'

/** @param random from 0 to 1, so that those who came together don't ask together */
export function viewOf(seen: Seen, random: number): PlaceView {
  const { place, room, show, now } = seen
  if (place.state !== 'waiting') return afterWaiting(place, now, random)
  if (show.closesAt <= now) return afterWaiting({ ...place, state: 'expired' }, now, random)
  const opensInMs = Math.max(0, show.opensAt - now)
  if (isUndrawn(room)) return beforeTheDraw(seen, opensInMs, random)
  const { number, lot, sessionEndsAt } = place
  const position = Math.max(1, lot - room.serving)
  const waitMs = waitMsOf(position, room)
  const factor = rangeFactor(room)
  const isOpen = opensInMs === 0 && room.hasOpened
  const isStanding = room.isPaused && isOpen
  return {
    number,
    lot,
    position,
    sessionEndsAt,
    state: !isOpen ? 'not_open' : room.isPaused ? 'paused' : 'waiting',
    etaSeconds: isStanding ? null : secondsOf(opensInMs, waitMs),
    etaRange: isStanding
      ? null
      : {
          fromSeconds: secondsOf(opensInMs, waitMs / factor),
          toSeconds: secondsOf(opensInMs, waitMs * factor),
        },
    pollAfterMs: pollAfterMs(opensInMs + waitMs, random),
  }
}

/** Any lot of the crowd is as likely as any other: half of them is the middle, all of them the end. Others stand behind. */
function beforeTheDraw({ place, room }: Seen, opensInMs: number, random: number): PlaceView {
  const { number, sessionEndsAt } = place
  const crowd = room.crowdThrough ?? room.issued
  const [first, middle, last] = number <= crowd ? [0, crowd / 2, crowd] : [crowd, number, number]
  const seconds = (distance: number, factor = 1) => secondsOf(opensInMs, waitMsOf(distance, room) * factor)
  return {
    number,
    lot: null,
    position: null,
    state: 'not_open',
    sessionEndsAt,
    etaSeconds: seconds(middle),
    etaRange: {
      fromSeconds: seconds(first, 1 / rangeFactor(room)),
      toSeconds: seconds(last, rangeFactor(room)),
    },
    pollAfterMs: pollAfterMs(opensInMs, random),
  }
}

function afterWaiting(place: Place, now: number, random: number): PlaceView {
  const { number, state, sessionEndsAt } = place
  const isInside = state === 'admitted'
  const remainingMs = isInside && sessionEndsAt !== null ? sessionEndsAt - now : Infinity
  return {
    number,
    lot: null,
    state,
    sessionEndsAt,
    position: isInside ? 0 : null,
    etaSeconds: isInside ? 0 : null,
    etaRange: isInside ? { fromSeconds: 0, toSeconds: 0 } : null,
    pollAfterMs: pollAfterMs(remainingMs, random),
  }
}

function pollAfterMs(waitMs: number, random: number): number {
  const { pollAfterMinMs, pollAfterMaxMs } = limits
  const evenly = Math.min(Math.max(waitMs / pollsOnTheWay, pollAfterMinMs), pollAfterMaxMs)
  return Math.round(evenly * (0.75 + random / 4))
}
