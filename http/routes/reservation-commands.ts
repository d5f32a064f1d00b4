// What buyers ask for: a hold, its payment, more time, its end. Read here, decided in the engine.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { showOfReservation } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import type { Wish } from '../../engine/intake.ts'
import { limits } from '../../engine/limits.ts'
import type { Answer } from '../../engine/ports.ts'
import type { ShowPlan } from '../../engine/shows.ts'
import { callerOf } from '../access.ts'
import type { Caller } from '../auth.ts'
import { answerCommand, askOf, headerOf, Receipt, type SetHeader, sendDecision } from '../commands.ts'
import type { FastPath } from '../fast-path.ts'
import type { App, HttpParts } from '../parts.ts'
import { isPreferred } from '../preferences.ts'
import { Held, showHold } from '../representations.ts'
import {
  answers,
  CommandHeaders,
  Currency,
  described,
  MinorUnits,
  Named,
  NoBody,
  OpaqueId,
  rfc3339,
  SeatId,
  SectionId,
  ShowId,
  Strict,
  strict,
  Time,
} from '../schemas.ts'
import { withSeatsNearby } from '../seats-nearby.ts'

const ReserveBody = Named(
  'NewReservation',
  {
    showId: ShowId,
    seatIds: Type.Optional(
      Type.Array(SeatId, { minItems: 1, maxItems: limits.requestSeatsMax, uniqueItems: true }),
    ),
    bestAvailable: Type.Optional(
      Strict({
        count: Type.Integer({ minimum: 1, maximum: limits.requestSeatsMax }),
        sectionId: Type.Optional(SectionId),
      }),
    ),
  },
  {
    ...strict,
    examples: [
      { showId: 'demo-1', seatIds: ['A-1-1'] },
      { showId: 'demo-1', bestAvailable: { count: 2 } },
    ],
  },
)
/** For the contract alone: `wishOf` checks it, and says more of it than a validator does. */
const eitherWish = { oneOf: [{ required: ['seatIds'] }, { required: ['bestAvailable'] }] }

const ReserveHeaders = Type.Object({
  ...CommandHeaders.properties,
  'queue-token': Type.Optional(
    Type.String({ description: 'Of the buyer’s place, where the show has a waiting room' }),
  ),
})

const decided = { id: Type.String(), commandId: Type.String() }
const Paid = Named('PaidReservation', {
  ...decided,
  state: Type.Literal('paid'),
  amount: MinorUnits,
  currency: Currency,
})
const Extended = Named('ExtendedHold', { ...decided, state: Type.Literal('held'), holdExpiresAt: Time })
const Ended = Named('EndedReservation', {
  ...decided,
  state: Type.Enum(['cancelled', 'refunded']),
  /** What was paid back. */
  amount: MinorUnits,
  currency: Currency,
})

/** Of a reservation that there is. */
interface Order<Answered extends TSchema> {
  readonly type: 'pay' | 'extend' | 'cancel'
  /** As its address ends. */
  readonly name: string
  readonly summary: string
  readonly answered: Answered
  readonly show: (answer: Answer) => Static<Answered> & object
}

const isReserve = Compile(ReserveHeaders)
const isReserveBody = Compile(ReserveBody)
const isCommand = Compile(CommandHeaders)

const reserveUrl = '/v1/reservations'
const config = { access: ['buyer'] } as const
const tags = ['reservations']

export function reservationCommandRoutes(app: App, parts: HttpParts, fastPath: FastPath): void {
  const { intake, shows, waitingRoom } = parts
  const { currency } = parts.settings

  app.post(
    reserveUrl,
    {
      config: { ...config, bodyRule: eitherWish },
      schema: {
        tags,
        summary: 'Ask for seats: named ones, or the best that are available',
        description:
          'The body names exactly one of `seatIds` and `bestAvailable`. All of the seats are held, or none.',
        headers: ReserveHeaders,
        body: ReserveBody,
        response: answers({
          201: described(Held, 'Decided: the seats are held until `holdExpiresAt`'),
          202: Receipt,
        }),
      },
    },
    async (request, reply) => sendDecision(reply, await reserve(callerOf(request), request, headerOf(reply))),
  )
  fastPath.add({
    ...config,
    method: 'POST',
    url: reserveUrl,
    path: new RegExp(`^${reserveUrl}$`),
    read: ({ headers, body }) =>
      isReserve.Check(headers) && isReserveBody.Check(body) && isPlain(headers) ? { headers, body } : null,
    answer: ({ caller, input, header }) => reserve(caller, input, header),
  })

  command({
    type: 'pay',
    name: 'payment',
    summary: 'Pay from the balance; the seats are the buyer’s then',
    answered: described(Paid, 'Decided: the reservation is paid'),
    show: ({ subjectId: id, commandId, details }) => ({
      id,
      commandId,
      state: 'paid' as const,
      amount: Number(details.amount),
      currency,
    }),
  })
  command({
    type: 'extend',
    name: 'extension',
    summary: 'More time to pay, as often and as long as the show allows',
    answered: described(Extended, 'Decided: the seats are held until the new `holdExpiresAt`'),
    show: ({ subjectId: id, commandId, details }) => ({
      id,
      commandId,
      state: 'held' as const,
      holdExpiresAt: rfc3339(Number(details.deadline)),
    }),
  })
  command({
    type: 'cancel',
    name: 'cancellation',
    summary: 'Give a hold back; a paid one where the show’s refund rule allows it',
    answered: described(Ended, 'Decided: the hold is cancelled, or what was paid is refunded'),
    show: ({ subjectId: id, commandId, state, details }) => ({
      id,
      commandId,
      state: state as 'cancelled' | 'refunded',
      amount: Number(details.amount ?? 0),
      currency,
    }),
  })

  async function reserve(
    caller: Caller,
    { headers, body }: { readonly headers: IncomingHttpHeaders; readonly body: Static<typeof ReserveBody> },
    header: SetHeader,
  ) {
    const { showId } = body
    const ask = askOf(caller, headers)
    const wish = wishOf(body)
    const plan = await shows.find(showId)
    if (plan?.show.hasWaitingRoom)
      waitingRoom.checkToken(headers['queue-token'] as string | undefined, ask.userId, showId)
    try {
      const accepted = await intake.reserve({ ...ask, showId, wish })
      header('Location', `${reserveUrl}/${accepted.subjectId}`)
      return await answerCommand(header, ask, accepted, {
        status: 201,
        show: async (answer) => showHold(await planOf(showId), answer),
      })
    } catch (error) {
      throw await withSeatsNearby(parts, showId, wish, error)
    }
  }

  function command<Answered extends TSchema>({ type, name, summary, answered, show }: Order<Answered>): void {
    const url = `${reserveUrl}/:id/${name}`
    const order = async (caller: Caller, id: string, headers: IncomingHttpHeaders, header: SetHeader) => {
      const showId = showOfReservation(id)
      if (showId === null) throw new HoldfastError('not_found')
      const ask = askOf(caller, headers)
      const accepted = await intake.command({ ...ask, type, reservationId: id, showId })
      header('Location', `${reserveUrl}/${id}`)
      return answerCommand(header, ask, accepted, { status: 200, show })
    }
    app.post(
      url,
      {
        config,
        schema: {
          tags,
          summary,
          params: Strict({ id: OpaqueId }),
          headers: CommandHeaders,
          body: NoBody,
          response: answers({ 200: answered, 202: Receipt }),
        },
      },
      async (request: FastifyRequest<{ Params: { id: string } }>, reply) =>
        sendDecision(
          reply,
          await order(callerOf(request), request.params.id, request.headers, headerOf(reply)),
        ),
    )
    fastPath.add({
      ...config,
      method: 'POST',
      url,
      path: new RegExp(`^${reserveUrl}/([\\w.-]{1,128})/${name}$`),
      read: ({ headers, body }) =>
        isCommand.Check(headers) && body === undefined && isPlain(headers) ? headers : null,
      answer: ({ caller, param, input, header }) => order(caller, param, input, header),
    })
  }

  async function planOf(showId: string): Promise<ShowPlan> {
    const plan = await shows.find(showId)
    if (plan === null) throw new HoldfastError('internal', `the plan of ${showId} is gone`)
    return plan
  }
}

/** What is more than a wait takes a hook of the ordinary way. */
const isPlain = (headers: IncomingHttpHeaders): boolean => !isPreferred(headers, 'consistency-token')

function wishOf({ seatIds, bestAvailable }: Static<typeof ReserveBody>): Wish {
  if (seatIds !== undefined && bestAvailable === undefined) return { seatIds }
  if (bestAvailable === undefined || seatIds !== undefined)
    throw new HoldfastError('invalid_request', 'body must have either seatIds or bestAvailable.')
  return { bestAvailable }
}
