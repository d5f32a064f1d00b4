// The line before the shop opens its door: take a place, ask where it is, give it up; and, for administrators, how people
// are let in.
import { type Static, Type } from 'typebox'
import { limits } from '../../engine/limits.ts'
import { callerOf } from '../access.ts'
import { type EventStreams, startStream } from '../event-streams.ts'
import type { App, HttpParts } from '../parts.ts'
import { followPlace } from '../place-streams.ts'
import { PlaceBody, showPlace } from '../place-view.ts'
import { answers, Count, NoBody, Slug, Strict } from '../schemas.ts'

const Joined = Type.Object({
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
const InletBody = Strict(inletSettings)
const Inlet = Type.Object({
  showId: Type.String(),
  ...inletSettings,
  isPaused: Type.Boolean(),
  waiting: Count,
  admitted: Count,
  issued: Count,
  serving: Count,
  admittedPerSecond: Type.Number({ description: 'The rate as measured' }),
})

export function waitingRoomRoutes(app: App, parts: HttpParts, streams: EventStreams): void {
  const { waitingRoom } = parts
  const config = { access: ['buyer'] } as const
  const tags = ['waiting room']

  app.post(
    '/v1/shows/:id/waiting-room',
    {
      config,
      schema: {
        tags,
        summary: 'Take a place in the line',
        description:
          'Once per person: the same place comes back with 200, however often one asks. A token that is sent along brings its ' +
          'place back. Who left, or whose session is over, gets a new place at the end.',
        params: Strict({ id: Slug }),
        headers: TokenHeader,
        body: NoBody,
        response: answers({ 200: Joined, 201: Joined }),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { isNew, queueToken, ...view } = await waitingRoom.join(
        id,
        callerOf(request).userId,
        request.headers['queue-token'],
      )
      return reply.code(isNew ? 201 : 200).send({ queueToken, ...showPlace(id, view) })
    },
  )

  app.get(
    '/v1/waiting-room',
    {
      config,
      schema: {
        tags,
        summary: 'Where am I?',
        description: 'Ask again after `pollAfterMs`: the nearer one’s turn, the sooner.',
        headers: TokenHeader,
        response: answers({ 200: PlaceBody }),
      },
    },
    async (request) => {
      const found = await waitingRoom.find(callerOf(request).userId, request.headers['queue-token'])
      return showPlace(found.show.id, waitingRoom.view(found))
    },
  )

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
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const find = () => waitingRoom.find(caller.userId, request.headers['queue-token'])
      const found = await find()
      const stream = streams.open(caller)
      followPlace(parts, stream, found, find)
      return startStream(reply, stream)
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
}

export function inletRoutes(app: App, { waitingRoom }: Pick<HttpParts, 'waitingRoom'>): void {
  const config = { access: ['admin'] } as const
  const tags = ['operations']
  const params = Strict({ id: Slug })
  const response = answers({ 200: Inlet })
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
    async ({ params: { id }, body }) => {
      await waitingRoom.configure(id, body)
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
    const { policy, figures } = await waitingRoom.policy(showId)
    const { ratePerSecond, admittedMax, sessionTtlMs, isPaused } = policy
    const { waiting, admitted, issued, serving, admittedPerSecond } = figures
    return {
      ...{ showId, ratePerSecond, admittedMax, sessionTtlMs, isPaused },
      ...{ waiting, admitted, issued, serving, admittedPerSecond },
    }
  }
}
