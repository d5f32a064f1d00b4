// The line before the shop opens its door: take a place, ask where it is, give it up; and, for administrators, how people
// are let in.
import { type Static, Type } from 'typebox'
import { drawAlgorithm } from '../../engine/draw.ts'
import { limits } from '../../engine/limits.ts'
import { callerOf } from '../access.ts'
import type { Caller } from '../auth.ts'
import type { EventStreams } from '../event-streams.ts'
import type { FastPath, Said } from '../fast-path.ts'
import type { App, HttpParts } from '../parts.ts'
import { followPlace } from '../place-streams.ts'
import { PlaceBody, showPlace } from '../place-view.ts'
import {
  answers,
  Count,
  described,
  Named,
  NoBody,
  Nullable,
  rfc3339,
  rfc3339OrNull,
  Strict,
  slugForm,
  slugLike,
  streamed,
  strict,
  Time,
} from '../schemas.ts'

/** Of a show with a waiting room. */
const RoomId = slugLike('demo-2')

const Joined = Named('JoinedPlace', {
  queueToken: Type.String({ description: 'Keep it: it alone proves the place, whatever the servers lose' }),
  ...PlaceBody.properties,
})

const TokenHeader = Type.Object({
  'queue-token': Type.Optional(Type.String({ description: 'As given when joining' })),
})

const inletSettings = {
  ratePerSecond: Type.Number({
    minimum: limits.inletRatePerSecondMin,
    maximum: limits.inletRatePerSecondMax,
    description: 'People let in per second; to let nobody in, pause',
  }),
  admittedMax: Type.Integer({
    minimum: 1,
    maximum: limits.admittedMax,
    description: 'Sessions that may run at once',
  }),
  sessionTtlMs: Type.Integer({
    minimum: limits.holdTtlMinMs,
    maximum: limits.sessionTtlMaxMs,
    description: 'How long one may shop; no shorter than a hold of the show',
  }),
}
const lottery = Type.Boolean({
  description:
    'Whoever joins before the sale opens is drawn by lot when it does, those too who have joined by now and were told a ' +
    'position; settled once the sale has opened',
})
const followsStock = Type.Boolean({
  description: 'No more people inside than the free seats can serve, with the share of holds that end unpaid',
})
const InletBody = Named(
  'InletSettings',
  {
    ...inletSettings,
    lottery: Type.Optional(lottery),
    followsStock: Type.Optional(followsStock),
  },
  { ...strict, examples: [{ ratePerSecond: 10, admittedMax: 100, sessionTtlMs: 600_000 }] },
)
const Inlet = Named('Inlet', {
  showId: Type.String(),
  ...inletSettings,
  lottery,
  followsStock,
  isPaused: Type.Boolean(),
  waiting: Count,
  admitted: Type.Integer({ minimum: 0, description: 'Sessions that run' }),
  issued: Count,
  serving: Count,
  admittedPerSecond: Type.Number({ description: 'The rate as measured' }),
  admittedTotal: Type.Integer({ minimum: 0, description: 'Everybody who was ever let in' }),
  noShows: Type.Integer({
    minimum: 0,
    description: `Those of them who did not turn up within ${limits.admissionClaimMs / 1_000} s and lost the place`,
  }),
  stock: Nullable(
    Type.Object(
      {
        freeSeats: Count,
        heldSeats: Count,
        unpaidShare: Type.Number({ description: 'Of the holds that have ended, those without a payment' }),
        seatsPerHold: Type.Number(),
        insideMax: Type.Integer({ minimum: 0, description: 'No more people than this are let in at once' }),
      },
      { description: 'What the waiting room follows; null where it does not' },
    ),
  ),
  estimates: Type.Array(
    Type.Object({
      lot: Count,
      toldAt: Time,
      toldSeconds: Type.Number({ description: 'How long who stood there was told to wait' }),
      tookSeconds: Type.Number({ description: 'How long it took' }),
    }),
    {
      description: 'What was told to who stood half-way down the line, and what came of it; the latest first',
    },
  ),
})

const Proof = Named('LotteryProof', {
  showId: Type.String(),
  algorithm: Type.Literal(drawAlgorithm),
  seedHash: Type.String({
    description: 'SHA-256 of the seed, published before anybody could be in the crowd',
  }),
  committedAt: Time,
  seed: Nullable(Type.String({ description: 'Published with the draw' })),
  drawnAt: Nullable(Time),
  crowd: Nullable(
    Type.Object({
      through: Type.Integer({
        minimum: 0,
        description: 'The last number that was issued before the opening',
      }),
      members: Type.Integer({ minimum: 0, description: 'How many of its numbers somebody waited with' }),
      digest: Type.String({ description: 'SHA-256 of the list of numbers and users' }),
    }),
  ),
  drawn: Type.Optional(
    Type.Object(
      { number: Count, lot: Count },
      { description: 'What was drawn for the number that was asked for' },
    ),
  ),
})

/** What a join and a look say, where they say no more. */
const readToken = ({ headers, body }: Said) =>
  body === undefined && headers.prefer === undefined
    ? { queueToken: headers['queue-token'] as string | undefined }
    : null

export function waitingRoomRoutes(
  app: App,
  parts: HttpParts,
  { streams, fastPath }: { readonly streams: EventStreams; readonly fastPath: FastPath },
): void {
  const { waitingRoom } = parts
  const joinUrl = '/v1/shows/:id/waiting-room'
  const lookUrl = '/v1/waiting-room'
  const config = { access: ['buyer'] } as const
  const tags = ['waiting room']

  app.post(
    joinUrl,
    {
      config,
      schema: {
        tags,
        summary: 'Take a place in the line',
        description:
          'Once per person: the same place comes back with 200, however often one asks. A token that is sent along brings its ' +
          'place back. Who left, or whose session is over, gets a new place at the end.',
        params: Strict({ id: RoomId }),
        headers: TokenHeader,
        body: NoBody,
        response: answers({
          200: described(Joined, 'The place that one has already'),
          201: described(Joined, 'A new place in the line'),
        }),
      },
    },
    async (request, reply) => {
      const { status, body } = await join(
        request.params.id,
        callerOf(request),
        request.headers['queue-token'],
      )
      return reply.code(status).send(body)
    },
  )
  fastPath.add({
    ...config,
    method: 'POST',
    url: joinUrl,
    path: new RegExp(`^${joinUrl.replace(':id', `(${slugForm})`)}$`),
    read: readToken,
    answer: ({ param, caller, input }) => join(param, caller, input.queueToken),
  })

  app.get(
    lookUrl,
    {
      config,
      schema: {
        tags,
        summary: 'Where am I?',
        description: 'Ask again after `pollAfterMs`: the nearer one’s turn, the sooner.',
        headers: TokenHeader,
        response: answers({ 200: described(PlaceBody, 'The place as it is now') }),
      },
    },
    (request) => look(callerOf(request), request.headers['queue-token']),
  )
  fastPath.add({
    ...config,
    method: 'GET',
    url: lookUrl,
    path: new RegExp(`^${lookUrl}$`),
    read: readToken,
    answer: async ({ caller, input }) => ({ status: 200, body: await look(caller, input.queueToken) }),
  })

  app.get(
    '/v1/waiting-room/stream',
    {
      exposeHeadRoute: false,
      config,
      schema: {
        tags,
        summary: 'The place as it moves, as server-sent events',
        description: 'Each event is named `place` and carries what GET /v1/waiting-room answers.',
        headers: TokenHeader,
        response: streamed,
      },
    },
    async (request, reply) => {
      const holder = { userId: callerOf(request).userId, queueToken: request.headers['queue-token'] }
      const found = await waitingRoom.find(holder.userId, holder.queueToken)
      return streams.answer(reply, (stream) => followPlace(parts, stream, found, holder))
    },
  )

  app.delete(
    '/v1/waiting-room',
    {
      config,
      schema: {
        tags,
        summary: 'Leave the line, or end the session',
        headers: TokenHeader,
        response: answers({ 204: Type.Null({ description: 'Left' }) }),
      },
    },
    async (request, reply) => {
      await waitingRoom.leave(callerOf(request).userId, request.headers['queue-token'])
      return reply.code(204).send(null)
    },
  )

  async function join(showId: string, { userId }: Caller, heldToken: string | undefined) {
    const { isNew, queueToken, ...view } = await waitingRoom.join(showId, userId, heldToken)
    const body = { queueToken, ...showPlace(showId, view) }
    return isNew ? ({ status: 201, body } as const) : ({ status: 200, body } as const)
  }

  async function look({ userId }: Caller, queueToken: string | undefined) {
    const found = await waitingRoom.find(userId, queueToken)
    return showPlace(found.show.id, waitingRoom.view(found))
  }
}

export function proofRoute(app: App, { waitingRoom }: Pick<HttpParts, 'waitingRoom'>): void {
  app.get(
    '/v1/shows/:id/waiting-room/proof',
    {
      config: { access: 'public' },
      schema: {
        tags: ['waiting room'],
        summary: 'The draw, for anybody to check',
        description:
          'Before the opening the hash of the seed alone; after it all that `holdfast verify-draw` needs. What that proves ' +
          'and what it does not is in docs/WAITING-ROOM.md.',
        params: Strict({ id: RoomId }),
        querystring: Strict({
          number: Type.Optional(
            Type.String({ pattern: '^[1-9]\\d{0,8}$', description: 'Tells the lot of this number, too' }),
          ),
        }),
        response: answers({
          200: described(Proof, 'The hash of the seed and, once lots were drawn, the seed and the crowd'),
        }),
      },
    },
    async ({ params: { id }, query: { number } }) => {
      const { seedHash, committedAt, drawn } = await waitingRoom.draw(id)
      const asked = number === undefined ? null : Number(number)
      return {
        showId: id,
        algorithm: drawAlgorithm,
        seedHash,
        committedAt: rfc3339(committedAt),
        seed: drawn?.seed ?? null,
        crowd: drawn?.crowd ?? null,
        drawnAt: rfc3339OrNull(drawn?.at ?? null),
        ...(asked !== null && { drawn: { number: asked, lot: await waitingRoom.drawnLot(id, asked) } }),
      }
    },
  )
}

export function inletRoutes(app: App, { waitingRoom }: Pick<HttpParts, 'waitingRoom'>): void {
  const config = { access: ['admin'] } as const
  const tags = ['operations']
  const params = Strict({ id: RoomId })
  const response = answers({ 200: described(Inlet, 'The inlet as it is now, and how many wait') })
  const path = '/v1/admin/shows/:id/waiting-room'

  app.get(
    path,
    { config, schema: { tags, summary: 'How people are let in, and how many wait', params, response } },
    ({ params: { id } }) => show(id),
  )

  app.put(
    path,
    {
      config,
      schema: { tags, summary: 'Let people in otherwise, from now on', params, body: InletBody, response },
    },
    async ({ params: { id }, body: { lottery: isLottery, ...settings } }) => {
      await waitingRoom.configure(id, { ...settings, ...(isLottery !== undefined && { isLottery }) })
      return show(id)
    },
  )

  app.post(
    `${path}/pause`,
    {
      config,
      schema: { tags, summary: 'Let nobody in; sessions that run go on', params, body: NoBody, response },
    },
    async ({ params: { id } }) => {
      await waitingRoom.pause(id)
      return show(id)
    },
  )

  app.post(
    `${path}/resume`,
    { config, schema: { tags, summary: 'Let people in again', params, body: NoBody, response } },
    async ({ params: { id } }) => {
      await waitingRoom.resume(id)
      return show(id)
    },
  )

  async function show(showId: string): Promise<Static<typeof Inlet>> {
    const { record, figures, stock, forecasts } = await waitingRoom.overview(showId)
    const { policy, admittedTotal, noShows } = record
    const { ratePerSecond, admittedMax, sessionTtlMs, isLottery, followsStock, isPaused } = policy
    const { waiting, admitted, issued, serving, admittedPerSecond } = figures
    return {
      showId,
      ratePerSecond,
      admittedMax,
      sessionTtlMs,
      lottery: isLottery,
      followsStock,
      isPaused,
      waiting,
      admitted,
      issued,
      serving,
      admittedPerSecond,
      admittedTotal,
      noShows,
      stock,
      estimates: forecasts.map(({ lot, toldAt, dueAt, metAt }) => ({
        lot,
        toldAt: rfc3339(toldAt),
        toldSeconds: (dueAt - toldAt) / 1_000,
        tookSeconds: (metAt - toldAt) / 1_000,
      })),
    }
  }
}
