// A buyer's reservations as they stand, how each came to stand so, and their changes as they happen.
import { Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import { tellHistory } from '../../engine/history.ts'
import { openEntry } from '../../engine/journal.ts'
import { seatNameIn } from '../../engine/seat-name.ts'
import type { ShowPlan } from '../../engine/shows.ts'
import type { Language } from '../../machines/rules.ts'
import { callerOf } from '../access.ts'
import type { EventStreams } from '../event-streams.ts'
import { findReservation, lookUpReservation } from '../find-reservation.ts'
import { decodeCursor, limitOf, pageOf } from '../pages.ts'
import type { App, HttpParts } from '../parts.ts'
import { Reservation, showReservation } from '../representations.ts'
import { ReservationStreams } from '../reservation-streams.ts'
import {
  answers,
  described,
  Named,
  Nullable,
  OpaqueId,
  PageQuery,
  page,
  rfc3339,
  Strict,
  streamed,
  Time,
} from '../schemas.ts'

const Place = Strict({ createdAt: Type.Integer(), id: Type.String() })
const Id = Strict({ id: OpaqueId })

const Decision = Named('Decision', {
  seq: Nullable(Type.Integer()),
  at: Time,
  type: Type.String(),
  outcome: Type.Enum(['accepted', 'refused', 'parked']),
  code: Nullable(Type.String()),
  from: Nullable(Type.String()),
  to: Nullable(Type.String()),
  reason: Nullable(Type.String({ description: 'The rule that did not hold' })),
  facts: Type.Object({}, { additionalProperties: true, description: 'What the rules saw' }),
  text: Type.String(),
})

export function reservationRoutes(app: App, parts: HttpParts, streams: EventStreams): void {
  const { master, shows, log } = parts
  const tags = ['reservations']

  app.get(
    '/v1/reservations',
    {
      config: { access: ['buyer'] },
      schema: {
        tags,
        summary: 'My reservations, the newest first',
        querystring: PageQuery,
        response: answers({ 200: described(page(Reservation), 'A page of my reservations') }),
      },
    },
    async (request) => {
      const limit = limitOf(request.query)
      const before = decodeCursor(Place, request.query.cursor)
      const rows = await master.reservationsOf(callerOf(request).userId, limit + 1, before)
      const last = await master.lastEntries(rows)
      const plans = new Map<string, ShowPlan>()
      for (const { showId } of rows) plans.set(showId, plans.get(showId) ?? (await planOf(showId)))
      return pageOf(
        rows,
        limit,
        ({ createdAt, id }) => ({ createdAt, id }),
        (row) => showReservation(plans.get(row.showId) as ShowPlan, row, last.get(row.id)),
      )
    },
  )

  app.get(
    '/v1/reservations/:id',
    {
      config: { access: ['buyer', 'developer', 'admin'] },
      schema: {
        tags,
        summary: 'One reservation as it stands, with the last decision about it',
        params: Id,
        response: answers({ 200: described(Reservation, 'The reservation as it stands') }),
      },
    },
    async (request) => lookUpReservation(parts, callerOf(request), request.params.id),
  )

  app.get(
    '/v1/reservations/:id/history',
    {
      config: { access: ['buyer', 'developer', 'admin'] },
      schema: {
        tags,
        summary: 'Every decision about it: what was asked, what was seen, what was decided and why',
        description: 'In English, or in Korean with `Accept-Language: ko`.',
        params: Id,
        response: answers({
          200: described(
            Type.Object({ items: Type.Array(Decision) }),
            'The decisions in their order, each told in words',
          ),
        }),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { plan } = await findReservation(parts, callerOf(request), id)
      const language = languageOf(request.headers['accept-language'])
      reply.header('Content-Language', language).header('Vary', 'Accept-Language')
      const entries = (await master.history(id)).map(openEntry)
      const told = tellHistory(entries, {
        language,
        currency: plan.show.currency,
        seatName: (seatId) => seatNameIn(plan, seatId, language),
      })
      return { items: told.map((item) => ({ ...item, at: rfc3339(item.at), facts: timesShown(item.facts) })) }
    },
  )

  const changes = new ReservationStreams(parts.announcements, log)
  app.get(
    '/v1/reservations/:id/stream',
    {
      exposeHeadRoute: false,
      config: { access: ['buyer', 'developer', 'admin'] },
      schema: {
        tags,
        summary: 'The reservation whenever it changes, as server-sent events',
        description: 'Each event is named `reservation` and carries what GET /v1/reservations/{id} answers.',
        params: Id,
        response: streamed,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const caller = callerOf(request)
      await findReservation(parts, caller, id)
      return streams.answer(reply, (stream) =>
        changes.follow(id, stream, () => lookUpReservation(parts, caller, id)),
      )
    },
  )

  async function planOf(showId: string): Promise<ShowPlan> {
    const plan = await shows.find(showId)
    if (plan === null) throw new HoldfastError('internal', `the plan of ${showId} is gone`)
    return plan
  }
}

/** Times go by their names. */
const timesShown = (facts: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'number' && /(?:At|Until)$/.test(name) ? rfc3339(value) : value,
    ]),
  )

/** The first of the languages that the client names and that there are words for; English if there is none. */
function languageOf(accepted: string | undefined): Language {
  const named = (accepted ?? '').toLowerCase().split(',')
  const primary = named.map((range) => range.trim().slice(0, 2)).find((tag) => tag === 'ko' || tag === 'en')
  return primary === 'ko' ? 'ko' : 'en'
}
