// How a place in the waiting room looks to a client.
import { type Static, Type } from 'typebox'
import type { PlaceView } from '../engine/place-view.ts'
import { Count, Named, Nullable, rfc3339OrNull, Time } from './schemas.ts'

export const PlaceBody = Named('Place', {
  showId: Type.String(),
  number: Type.Integer({ description: 'As issued; it stays' }),
  lot: Nullable(
    Type.Integer({
      description:
        'The place in the order of coming in: the number or, where the first are drawn by lot, what was drawn for it; null ' +
        'before the draw, and once one is in',
    }),
  ),
  position: Nullable(
    Type.Integer({
      description:
        'How many lots until it is one’s turn: 0 when admitted, null before a draw and once it is over',
    }),
  ),
  state: Type.Enum(['not_open', 'waiting', 'admitted', 'paused', 'expired', 'left'], {
    description:
      '`not_open`: no place counts yet, until the sale has opened and a moment longer, in a lottery until the draw; `expired`: ' +
      'the session is over, or the sale is and one still waited',
  }),
  etaSeconds: Nullable(Type.Integer({ description: 'From the measured rate; null while nobody can tell' })),
  etaRange: Nullable(
    Type.Object(
      { fromSeconds: Count, toSeconds: Count },
      {
        description:
          'How sure that is: between these, nine times out of ten, as far as earlier estimates of this waiting room were off',
      },
    ),
  ),
  pollAfterMs: Count,
  sessionExpiresAt: Nullable(Time),
})

export function showPlace(showId: string, view: PlaceView): Static<typeof PlaceBody> {
  const { number, lot, position, state, etaSeconds, etaRange, pollAfterMs, sessionEndsAt } = view
  return {
    showId,
    number,
    lot,
    position,
    state,
    etaSeconds,
    etaRange,
    pollAfterMs,
    sessionExpiresAt: rfc3339OrNull(sessionEndsAt),
  }
}
