// The seats of a show as they stand, fed from the one projection: sections with counts, seats, and their changes.
import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import type { SeatMap, SeatStatus } from '../../engine/ports.ts'
import type { ShowPlan } from '../../engine/shows.ts'
import { isCurrent } from '../entity-tags.ts'
import type { EventStreams } from '../event-streams.ts'
import type { App, HttpParts } from '../parts.ts'
import {
  answers,
  Count,
  Currency,
  described,
  MinorUnits,
  Named,
  SectionId,
  ShowId,
  Strict,
  streamed,
} from '../schemas.ts'
import { SeatMapBodies } from '../seat-map.ts'
import { SeatStreams } from '../seat-streams.ts'

const Revision = Type.Integer({ description: "The show's journal position that this shows" })

const Section = Named('Section', {
  id: Type.String(),
  name: Type.String(),
  prices: Type.Array(Type.Object({ category: Type.String(), price: MinorUnits, free: Count })),
  total: Count,
  free: Count,
  held: Count,
  sold: Count,
  blocked: Count,
})

const Seat = Named('Seat', {
  id: Type.String(),
  section: Type.String(),
  row: Type.String(),
  number: Type.String(),
  x: Type.Number(),
  y: Type.Number(),
  category: Type.String(),
  price: MinorUnits,
  status: Type.Enum(['free', 'held', 'sold', 'blocked']),
})

const Sections = Named('Sections', { items: Type.Array(Section), currency: Currency, revision: Revision })
const Seats = Named('Seats', { items: Type.Array(Seat), currency: Currency, revision: Revision })
const NotModified = Type.Null({ description: 'As the If-None-Match says' })

const streamText = `Events: \`ready\` and \`reset\` carry \`{revision}\` and mean: read the seats (again). \`seats\` carries \`{from,
revision, seats: [{id, status}]}\`; apply those that lead on from the revision that you have, pass over older ones, and on a gap read the
seats again. The id of an event is its revision: with \`Last-Event-ID\` the stream goes on from there where it can.`

export function seatRoutes(app: App, parts: HttpParts, streams: EventStreams): void {
  const { shows, seatView } = parts
  const bodies = new SeatMapBodies(parts.stages.now)
  const tags = ['seats']
  const params = Strict({ id: ShowId })
  const headers = Type.Object({ 'if-none-match': Type.Optional(Type.String()) })

  app.get(
    '/v1/shows/:id/sections',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'How many seats are left, per section and price',
        params,
        headers,
        response: answers({
          200: described(Sections, 'The sections with their counts, as of this revision'),
          304: NotModified,
        }),
      },
    },
    async (request, reply) => {
      const { plan, map } = await look(request.params.id)
      const tag = tagOf('sections', map.revision)
      if (isCurrent(request.headers['if-none-match'], tag)) return notModified(reply, tag)
      const body = { items: sectionsOf(plan, map), currency: plan.show.currency, revision: map.revision }
      return reply.headers(revalidated(tag)).send(body)
    },
  )

  app.get(
    '/v1/shows/:id/seats',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Seats with their places, prices and states',
        params,
        headers,
        querystring: Strict({ section: Type.Optional(SectionId) }),
        response: answers({
          200: described(Seats, 'The seats of the show or of the section, as of this revision'),
          304: NotModified,
        }),
      },
    },
    async (request, reply) => {
      const { section } = request.query
      const { plan, map } = await look(request.params.id)
      if (section !== undefined && !plan.plan.sections.some(({ id }) => id === section))
        throw new HoldfastError('not_found', 'The plan of this show has no such section.')
      const { revision, plain, gzip } = await bodies.of(plan, map, section)
      const tag = tagOf('seats', revision)
      reply.header('Vary', 'Accept-Encoding')
      if (isCurrent(request.headers['if-none-match'], tag)) return notModified(reply, tag)
      reply.headers({ ...revalidated(tag), 'Content-Type': json })
      const isCompressed = takesGzip(request.headers['accept-encoding'])
      if (isCompressed) reply.header('Content-Encoding', 'gzip')
      // Written already, by the schema above.
      return reply.send((isCompressed ? gzip : plain) as never)
    },
  )

  const changes = new SeatStreams(parts.projection)
  app.get(
    '/v1/shows/:id/seats/stream',
    {
      exposeHeadRoute: false,
      config: { access: ['buyer', 'developer', 'admin'] },
      schema: {
        tags,
        summary: 'Changes of seats as server-sent events',
        description: streamText,
        params,
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
        response: streamed,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      await look(id)
      return streams.answer(reply, async (stream) => {
        const begin = changes.join(id, stream, revisionOf(request.headers['last-event-id']))
        begin((await look(id)).map.revision)
      })
    },
  )

  async function look(showId: string): Promise<{ plan: ShowPlan; map: SeatMap }> {
    const [plan, map] = await Promise.all([shows.find(showId), seatView.read(showId)])
    if (plan === null || map === null) throw new HoldfastError('not_found', 'There is no such show.')
    return { plan, map }
  }
}

const statusOf = (map: SeatMap, seatId: string): SeatStatus => map.taken.get(seatId)?.status ?? 'free'

/** Of a revision, while its seats are kept: most who ask find the same. */
const sectionsShown = new WeakMap<SeatMap['taken'], Static<typeof Section>[]>()

function sectionsOf(plan: ShowPlan, map: SeatMap): Static<typeof Section>[] {
  const shown = sectionsShown.get(map.taken) ?? countSections(plan, map)
  sectionsShown.set(map.taken, shown)
  return shown
}

function countSections({ plan, show }: ShowPlan, map: SeatMap): Static<typeof Section>[] {
  const bySection = Map.groupBy(plan.seats, ({ section }) => section)
  return plan.sections.map(({ id, name }) => {
    const seats = bySection.get(id) ?? []
    const statuses = Map.groupBy(seats, (seat) => statusOf(map, seat.id))
    const count = (status: SeatStatus) => statuses.get(status)?.length ?? 0
    const free = Map.groupBy(statuses.get('free') ?? [], ({ category }) => category)
    const categories = [...new Set(seats.map(({ category }) => category))]
    const prices = categories.map((category) => ({
      category,
      price: show.prices[category] ?? 0,
      free: free.get(category)?.length ?? 0,
    }))
    const counts = {
      free: count('free'),
      held: count('held'),
      sold: count('sold'),
      blocked: count('blocked'),
    }
    return { id, name, prices, total: seats.length, ...counts }
  })
}

const json = 'application/json; charset=utf-8'

const tagOf = (what: 'sections' | 'seats', revision: number): string => `W/"${what}-${revision}"`

const takesGzip = (acceptEncoding: string | undefined): boolean =>
  /(?:^|,)\s*gzip\s*(?:;\s*q=(?:1|0?\.\d*[1-9]))?\s*(?:,|$)/i.test(acceptEncoding ?? '')

/** Kept by browsers, and asked about each time. */
const revalidated = (tag: string) => ({ ETag: tag, 'Cache-Control': 'no-cache' })

/** Without a body: its type says null, and would be written as four letters. */
const notModified = (reply: FastifyReply, tag: string): never =>
  reply.code(304).headers(revalidated(tag)).send() as never

/** Null for a text that is no revision: the client begins anew. */
const revisionOf = (lastEventId: string | undefined): number | null =>
  /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : null
