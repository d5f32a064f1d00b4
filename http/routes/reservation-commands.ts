// What buyers ask for: a hold, its payment, more time, its end. Read here, decided in the engine.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import { showOfReservation } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import type { Wish } from '../../engine/intake.ts'
import { limits } from '../../engine/limits.ts'
import type { Answer } from '../../engine/ports.ts'
import type { ShowPlan } from '../../engine/shows.ts'
import { answerCommand, askOf, Receipt } from '../commands.ts'
import type { App, HttpParts } from '../parts.ts'
import { Held, showHold } from '../representations.ts'
import {
  answers,
  CommandHeaders,
  Currency,
  MinorUnits,
  NoBody,
  OpaqueId,
  rfc3339,
  SeatId,
  SectionId,
  Slug,
  Strict,
  Time,
} from '../schemas.ts'
import { withSeatsNearby } from '../seats-nearby.ts'

const ReserveBody = Strict({
  showId: Slug,
  seatIds: Type.Optional(
    Type.Array(SeatId, { minItems: 1, maxItems: limits.requestSeatsMax, uniqueItems: true }),
  ),
  bestAvailable: Type.Optional(
    Strict({
      count: Type.Integer({ minimum: 1, maximum: limits.requestSeatsMax }),
      sectionId: Type.Optional(SectionId),
    }),
  ),
})

const ReserveHeaders = Type.Object({
  ...CommandHeaders.properties,
  'queue-token': Type.Optional(
    Type.String({ description: 'Of the buyer’s place, where the show has a waiting room' }),
  ),
})

const decided = { id: Type.String(), commandId: Type.String() }
const Paid = Type.Object({ ...decided, state: Type.Literal('paid'), amount: MinorUnits, currency: Currency })
const Extended = Type.Object({ ...decided, state: Type.Literal('held'), holdExpiresAt: Time })
const Ended = Type.Object({
  ...decided,
  state: Type.Enum(['cancelled', 'refunded']),
  /** What was paid back. */
  amount: MinorUnits,
  currency: Currency,
})

export function reservationCommandRoutes(app: App, parts: HttpParts): void {
  const { intake, shows, waitingRoom } = parts
  const { currency } = parts.settings

  app.post(
    '/v1/reservations',
    {
      config: { access: ['buyer'] },
      schema: {
        tags: ['reservations'],
        summary: 'Ask for seats: named ones, or the best that are available',
        description:
          'The body names either `seatIds` or `bestAvailable`. All of the seats are held, or none.',
        headers: ReserveHeaders,
        body: ReserveBody,
        response: answers({ 201: Held, 202: Receipt }),
      },
    },
    async (request, reply) => {
      const { showId } = request.body
      const ask = askOf(request)
      const wish = wishOf(request.body)
      const plan = await shows.find(showId)
      if (plan?.show.hasWaitingRoom)
        waitingRoom.checkToken(request.headers['queue-token'], ask.userId, showId)
      try {
        const accepted = await intake.reserve({ ...ask, showId, wish })
        reply.header('Location', `/v1/reservations/${accepted.subjectId}`)
        return await answerCommand(reply, ask, accepted, {
          status: 201,
          show: async (answer) => showHold(await planOf(showId), answer),
        })
      } catch (error) {
        throw await withSeatsNearby(parts, showId, wish, error)
      }
    },
  )

  app.post(
    '/v1/reservations/:id/payment',
    commandRoute('Pay from the balance; the seats are the buyer’s then', Paid),
    (request, reply) =>
      command(request, reply, 'pay', (answer) => ({
        ...decidedOf(answer),
        ...{ state: 'paid', amount: Number(answer.details.amount), currency },
      })),
  )
  app.post(
    '/v1/reservations/:id/extension',
    commandRoute('More time to pay, as often and as long as the show allows', Extended),
    (request, reply) =>
      command(request, reply, 'extend', (answer) => ({
        ...decidedOf(answer),
        ...{ state: 'held', holdExpiresAt: rfc3339(Number(answer.details.deadline)) },
      })),
  )
  app.post(
    '/v1/reservations/:id/cancellation',
    commandRoute('Give a hold back; a paid one where the show’s refund rule allows it', Ended),
    (request, reply) =>
      command(request, reply, 'cancel', (answer) => ({
        ...decidedOf(answer),
        ...{
          state: answer.state as 'cancelled' | 'refunded',
          amount: Number(answer.details.amount ?? 0),
          currency,
        },
      })),
  )

  async function command<Body>(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    type: 'pay' | 'extend' | 'cancel',
    show: (answer: Answer) => Body,
  ): Promise<Body | Receipt> {
    const reservationId = request.params.id
    const showId = showOfReservation(reservationId)
    if (showId === null) throw new HoldfastError('not_found')
    const ask = askOf(request)
    const accepted = await intake.command({ ...ask, type, reservationId, showId })
    reply.header('Location', `/v1/reservations/${reservationId}`)
    return answerCommand(reply, ask, accepted, { status: 200, show })
  }

  async function planOf(showId: string): Promise<ShowPlan> {
    const plan = await shows.find(showId)
    if (plan === null) throw new HoldfastError('internal', `the plan of ${showId} is gone`)
    return plan
  }
}

const commandRoute = <Decided extends TSchema>(summary: string, decided: Decided) => ({
  config: { access: ['buyer'] as const },
  schema: {
    tags: ['reservations'],
    summary,
    params: Strict({ id: OpaqueId }),
    headers: CommandHeaders,
    body: NoBody,
    response: answers({ 200: decided, 202: Receipt }),
  },
})

const decidedOf = ({ subjectId: id, commandId }: Answer) => ({ id, commandId })

function wishOf({ seatIds, bestAvailable }: Static<typeof ReserveBody>): Wish {
  if (seatIds !== undefined && bestAvailable === undefined) return { seatIds }
  if (bestAvailable === undefined || seatIds !== undefined)
    throw new HoldfastError('invalid_request', 'body must have either seatIds or bestAvailable.')
  return { bestAvailable }
}
