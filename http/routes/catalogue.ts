// What there is to see, for anybody: concerts, their shows, and one show with its sale. Look-ups, from the replica.
import { type Static, Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import type { LookUps, ShowView } from '../../engine/ports.ts'
import { saleAt } from '../../engine/sale.ts'
import { ConsistencyHeaders, lookUpsFor } from '../consistency.ts'
import { decodeCursor, limitOf, pageOf } from '../pages.ts'
import type { App, HttpParts } from '../parts.ts'
import {
  answers,
  Count,
  Currency,
  described,
  MinorUnits,
  Named,
  Nullable,
  PageQuery,
  pageAsOf,
  rfc3339,
  ShowId,
  Strict,
  slugLike,
  Time,
} from '../schemas.ts'

const asOf = { asOf: Time }
export const Concert = Named('Concert', {
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
})

const Show = Named('Show', {
  id: Type.String(),
  concertId: Type.String(),
  venueId: Type.String(),
  startsAt: Time,
  opensAt: Time,
  closesAt: Time,
  /** At the time of asking. */
  sale: Type.Enum(['not_open', 'open', 'paused', 'over']),
  hasWaitingRoom: Type.Boolean(),
  currency: Currency,
  prices: Type.Record(Type.String(), MinorUnits),
  /** How long unpaid seats are held. */
  holdTtlMs: Count,
  /** Of a buyer, held and paid ones together. */
  seatLimit: Count,
  /** How much longer an extension holds them, and how often there can be one. */
  extensionMs: Count,
  extensionsMax: Count,
  /** Until when a buyer may give back what is paid; null for never. */
  refundableUntil: Nullable(Time),
})

const ConcertId = Strict({ id: slugLike('demo') })
const ConcertPlace = Type.String()
const ShowPlace = Strict({ startsAt: Type.Integer(), id: Type.String() })

export function catalogueRoutes(app: App, parts: HttpParts): void {
  const { clock } = parts
  const lookUpsOf = lookUpsFor(parts)
  const config = { access: 'public' } as const
  const tags = ['catalogue']

  app.get(
    '/v1/concerts',
    {
      config,
      schema: {
        tags,
        summary: 'Concerts, by id',
        headers: ConsistencyHeaders,
        querystring: PageQuery,
        response: answers({ 200: described(pageAsOf(Concert), 'A page of concerts') }),
      },
    },
    async (request) => {
      const { query } = request
      const limit = limitOf(query)
      const lookUps = await lookUpsOf(request)
      const found = await lookUps.concerts(limit + 1, decodeCursor(ConcertPlace, query.cursor))
      return {
        ...pageOf(
          found,
          limit,
          ({ id }) => id,
          (concert) => concert,
        ),
        asOf: rfc3339(lookUps.asOf),
      }
    },
  )

  app.get(
    '/v1/concerts/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One concert',
        headers: ConsistencyHeaders,
        params: ConcertId,
        response: answers({
          200: described(Named('ConcertAsOf', { ...Concert.properties, ...asOf }), 'The concert'),
        }),
      },
    },
    async (request) => {
      const lookUps = await lookUpsOf(request)
      return { ...(await concert(lookUps, request.params.id)), asOf: rfc3339(lookUps.asOf) }
    },
  )

  app.get(
    '/v1/concerts/:id/shows',
    {
      config,
      schema: {
        tags,
        summary: 'The shows of a concert, the earliest first',
        headers: ConsistencyHeaders,
        params: ConcertId,
        querystring: PageQuery,
        response: answers({ 200: described(pageAsOf(Show), 'A page of shows') }),
      },
    },
    async (request) => {
      const { params, query } = request
      const lookUps = await lookUpsOf(request)
      await concert(lookUps, params.id)
      const limit = limitOf(query)
      const found = await lookUps.showsOf(params.id, limit + 1, decodeCursor(ShowPlace, query.cursor))
      const shown = pageOf(found, limit, ({ startsAt, id }) => ({ startsAt, id }), showShow)
      return { ...shown, asOf: rfc3339(lookUps.asOf) }
    },
  )

  app.get(
    '/v1/shows/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One show, with its prices and its sale',
        headers: ConsistencyHeaders,
        params: Strict({ id: ShowId }),
        response: answers({
          200: described(
            Named('ShowAsOf', { ...Show.properties, ...asOf }),
            'The show, and how its sale stands now',
          ),
        }),
      },
    },
    async (request) => {
      const { id } = request.params
      const lookUps = await lookUpsOf(request)
      const show = await lookUps.show(id)
      if (show === null) throw new HoldfastError('not_found', 'There is no such show.')
      return { ...showShow(show), asOf: rfc3339(lookUps.asOf) }
    },
  )

  async function concert(lookUps: LookUps, id: string) {
    const found = await lookUps.concert(id)
    if (found === null) throw new HoldfastError('not_found', 'There is no such concert.')
    return found
  }

  function showShow(show: ShowView): Static<typeof Show> {
    const { state, revision, startsAt, opensAt, closesAt, refundableUntil, ...others } = show
    return {
      ...others,
      prices: { ...show.prices },
      refundableUntil: refundableUntil === 0 ? null : rfc3339(refundableUntil),
      startsAt: rfc3339(startsAt),
      opensAt: rfc3339(opensAt),
      closesAt: rfc3339(closesAt),
      sale: saleAt(clock.now(), show, show.state),
    }
  }
}
