// For administrators while a sale runs: how it goes, what was set aside, and the commands that only they may give.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { readCommand, showOfReservation } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import type { Accepted, Ask } from '../../engine/intake.ts'
import { limits } from '../../engine/limits.ts'
import type { ParkedCommand, ShowFigures } from '../../engine/ports.ts'
import { callerOf } from '../access.ts'
import { answerCommand, askOf, headerOf, Receipt, sendDecision } from '../commands.ts'
import { ConsistencyHeaders, lookUpsFor } from '../consistency.ts'
import { DependencyView, examineAll } from '../dependencies.ts'
import { decodeCursor, limitOf, pageOf } from '../pages.ts'
import type { App, HttpParts } from '../parts.ts'
import {
  answers,
  CommandHeaders,
  Count,
  Currency,
  described,
  MinorUnits,
  Named,
  NoBody,
  Nullable,
  OpaqueId,
  PageQuery,
  page,
  rfc3339,
  ShowId,
  Strict,
  Time,
  text,
} from '../schemas.ts'

const Figures = Named('SaleFigures', {
  showId: Type.String(),
  concertId: Type.String(),
  startsAt: Time,
  state: Type.String({
    description: '`open` or `paused`; whether the show sells just now its times say as well',
  }),
  currency: Currency,
  revenue: MinorUnits,
  reservations: Type.Record(Type.String(), Count),
  seats: Type.Object({ free: Count, held: Count, sold: Count, blocked: Count }),
  parked: Count,
})
const Dashboard = Named('Dashboard', {
  ...page(Figures).properties,
  asOf: Time,
  /** Of the replica, at most; null when nobody knows. */
  lagMs: Nullable(Count),
  dependencies: Type.Array(DependencyView),
})

const Parked = Named('ParkedCommand', {
  id: Type.String(),
  at: Time,
  reason: Type.String(),
  showId: Nullable(Type.String()),
  /** Null where what was parked is no command, and can't be sent again. */
  command: Type.Union([
    Type.Object({ id: Type.String(), type: Type.String(), subjectId: Type.String(), userId: Type.String() }),
    Type.Null(),
  ]),
})

const RetryBody = Type.Union(
  [Type.Null(), Strict({ reason: Type.Optional(text(limits.redriveReasonLengthMax)) })],
  { examples: [{ reason: 'The cause is mended.' }] },
)

const Decided = Named('DecidedCommand', { id: Type.String(), commandId: Type.String(), state: Type.String() })

export function operationsRoutes(app: App, parts: HttpParts): void {
  const { replica, master, intake, dependencies, clock, log } = parts
  const lookUpsOf = lookUpsFor(parts)
  const config = { access: ['admin'] } as const
  const readers = { access: ['admin', 'developer'] } as const
  const tags = ['operations']

  app.get(
    '/v1/admin/dashboard',
    {
      config: readers,
      schema: {
        tags,
        summary: 'How the sales go, show by show, and the servers behind them',
        headers: ConsistencyHeaders,
        querystring: PageQuery,
        response: answers({
          200: described(Dashboard, 'A page of shows with their figures, and the state of every dependency'),
        }),
      },
    },
    async (request) => {
      const { query } = request
      const limit = limitOf(query)
      const lookUps = await lookUpsOf(request)
      const [found, states] = await Promise.all([
        lookUps.dashboard(limit + 1, decodeCursor(Type.String(), query.cursor)),
        examineAll(dependencies, clock, log),
      ])
      return {
        ...pageOf(found, limit, ({ showId }) => showId, showFigures),
        asOf: rfc3339(lookUps.asOf),
        lagMs: replica.status().lagMs,
        dependencies: states,
      }
    },
  )

  app.get(
    '/v1/admin/parked',
    {
      config: readers,
      schema: {
        tags,
        summary: 'Commands that were given up on, each with its reason',
        querystring: PageQuery,
        response: answers({ 200: described(page(Parked), 'A page of parked commands') }),
      },
    },
    async ({ query }) => {
      const limit = limitOf(query)
      const found = await master.list(limit + 1, decodeCursor(Type.String(), query.cursor))
      return pageOf(found, limit, ({ id }) => id, showParked)
    },
  )

  app.post(
    '/v1/admin/parked/:id/retry',
    {
      config,
      schema: {
        ...commandSchema('Send a parked command again, as a new one that is linked to it', OpaqueId),
        body: RetryBody,
      },
    },
    (request, reply) =>
      give(request, reply, async (ask) => {
        const parked = await master.find(request.params.id)
        if (parked === null) throw new HoldfastError('not_found')
        const reason = request.body?.reason
        return intake.redrive({ ...ask, parked, ...(reason === undefined ? {} : { reason }) })
      }),
  )

  app.post(
    '/v1/admin/reservations/:id/refund',
    { config, schema: commandSchema('Pay a paid reservation back and free its seats', OpaqueId) },
    (request, reply) =>
      give(request, reply, async (ask) => {
        const { id } = request.params
        const showId = showOfReservation(id)
        if (showId === null || (await master.reservation(id)) === null) throw new HoldfastError('not_found')
        return intake.administer({ ...ask, type: 'refund', subjectId: id, showId })
      }),
  )

  for (const type of ['pause', 'resume'] as const)
    app.post(
      `/v1/admin/shows/:id/${type}`,
      {
        config,
        schema: {
          ...commandSchema(
            type === 'pause' ? 'Stop the sale of a show' : 'Go on with the sale of a show',
            ShowId,
          ),
          description:
            'The decision shows as `sale` at `GET /v1/shows/{id}`; a refusal only to who waits for it with `Prefer: wait`. ' +
            'The waiting room of the show is paused by itself: as long as it is not, people are let in, and their sessions run.',
        },
      },
      (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
        const { id } = request.params
        return give(request, reply, (ask) => intake.administer({ ...ask, type, subjectId: id, showId: id }))
      },
    )
}

async function give(
  request: FastifyRequest,
  reply: FastifyReply,
  command: (ask: Ask) => Promise<Accepted>,
): Promise<Static<typeof Decided> | Receipt> {
  const ask = askOf(callerOf(request), request.headers)
  return sendDecision(
    reply,
    await answerCommand(headerOf(reply), ask, await command(ask), {
      status: 200,
      show: ({ subjectId: id, commandId, state }) => ({ id, commandId, state }),
    }),
  )
}

const commandSchema = <Id extends Type.TSchema>(summary: string, id: Id) => ({
  tags: ['operations'],
  summary,
  params: Strict({ id }),
  headers: CommandHeaders,
  body: NoBody,
  response: answers({
    200: described(Decided, 'Decided: how the reservation or show stands since'),
    202: Receipt,
  }),
})

const showFigures = (figures: ShowFigures): Static<typeof Figures> => ({
  ...figures,
  startsAt: rfc3339(figures.startsAt),
  reservations: { ...figures.reservations },
  seats: { ...figures.seats },
})

function showParked({ id, at, reason, showId, body }: ParkedCommand): Static<typeof Parked> {
  const command = readCommand(body)
  return {
    id,
    at: rfc3339(at),
    reason,
    showId,
    command: command && {
      id: command.id,
      type: command.type,
      subjectId: command.subjectId,
      userId: command.userId,
    },
  }
}
