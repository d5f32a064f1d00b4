// A show's seat changes to everybody who looks at its seats: watched once, written down once, sent to all. What was sent
// lately is kept, so that a client that was cut off goes on where it was.
import { limits } from '../engine/limits.ts'
import type { SeatProjection } from '../engine/ports.ts'
import { type EventStream, formatEvent } from './event-streams.ts'

type SeatsSeen = Parameters<Parameters<SeatProjection['watch']>[1]>[0]

interface Change {
  readonly from: number
  readonly to: number
  readonly text: string
}

interface Audience {
  readonly streams: Set<EventStream>
  /** Without gaps, the oldest first. */
  recent: Change[]
  readonly stop: () => void
}

export class SeatStreams {
  readonly #projection: Pick<SeatProjection, 'watch'>
  readonly #audiences = new Map<string, Audience>()

  constructor(projection: Pick<SeatProjection, 'watch'>) {
    this.#projection = projection
  }

  /**
   * From here on the stream is sent every change.
   * @returns what to begin with, once the show's revision is known
   */
  join(showId: string, stream: EventStream, lastRevision: number | null): (revision: number) => void {
    const audience = this.#audiences.get(showId) ?? this.#open(showId)
    const missed = lastRevision === null ? null : after(audience.recent, lastRevision)
    for (const { text } of missed ?? []) stream.write(text)
    audience.streams.add(stream)
    stream.onEnd(() => this.#leave(showId, audience, stream))
    return (revision) => {
      if (lastRevision !== null && (missed?.length || revision === lastRevision)) return
      stream.write(revisionEvent(lastRevision === null ? 'ready' : 'reset', revision))
    }
  }

  #open(showId: string): Audience {
    const streams = new Set<EventStream>()
    const stop = this.#projection.watch(showId, (seen) => broadcast(audience, seen))
    const audience: Audience = { streams, recent: [], stop }
    this.#audiences.set(showId, audience)
    return audience
  }

  #leave(showId: string, audience: Audience, stream: EventStream): void {
    audience.streams.delete(stream)
    if (audience.streams.size > 0) return
    audience.stop()
    this.#audiences.delete(showId)
  }
}

function broadcast(audience: Audience, { from, to, changes }: SeatsSeen): void {
  const last = audience.recent.at(-1)
  const isGap = changes.length === 0 || (last !== undefined && last.to !== from)
  const seats = changes.map(({ seatId: id, taken }) => ({ id, status: taken?.status ?? 'free' }))
  const text =
    changes.length === 0
      ? revisionEvent('reset', to)
      : formatEvent({ event: 'seats', id: to, data: { from, revision: to, seats } })
  audience.recent = isGap ? [] : audience.recent
  if (changes.length > 0) audience.recent.push({ from, to, text })
  if (audience.recent.length > limits.streamChangesKept) audience.recent.shift()
  for (const stream of audience.streams) stream.write(text)
}

/** Null where what came after the revision is not known whole. */
function after(recent: readonly Change[], revision: number): readonly Change[] | null {
  const place = recent.findIndex(({ from }) => from === revision)
  return place < 0 ? null : recent.slice(place)
}

const revisionEvent = (event: 'ready' | 'reset', revision: number): string =>
  formatEvent({ event, id: revision, data: { revision } })
