// How a place in the waiting room looks to a client.
import { type Static, Type } from 'typebox'
import type { PlaceView } from '../engine/place-view.ts'
import { Count, Nullable, rfc3339OrNull, Time } from './schemas.ts'

export const PlaceBody = Type.Object({
  showId: Type.String(),
  number: Type.Integer({ description: 'As issued; it stays' }),
  position: Nullable(
    Type.Integer({
      description: 'How many numbers until it is one’s turn: 0 when admitted, null once it is over',
    }),
  ),
  state: Type.Enum(['not_open', 'waiting', 'admitted', 'paused', 'expired', 'left']),
  etaSeconds: Nullable(Type.Integer({ description: 'From the measured rate; null while nobody can tell' })),
  pollAfterMs: Count,
  sessionExpiresAt: Nullable(Time),
})

export function showPlace(showId: string, view: PlaceView): Static<typeof PlaceBody> {
  const { number, position, state, etaSeconds, pollAfterMs, sessionEndsAt } = view
  return {
    ...{ showId, number, position, state, etaSeconds, pollAfterMs },
    sessionExpiresAt: rfc3339OrNull(sessionEndsAt),
  }
}
