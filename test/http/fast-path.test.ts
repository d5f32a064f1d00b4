// What is answered past Fastify is answered as Fastify answers it. Requests that are injected go the ordinary way.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import test from 'ava'
import fastify from 'fastify'
import { pino } from 'pino'
import { Authenticator } from '../../http/auth.ts'
import { FastPath } from '../../http/fast-path.ts'
import type { App } from '../../http/parts.ts'
import { type EmbeddedServer, type Headers, startEmbedded } from '../support/embedded-server.ts'
import { join, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'

let server: EmbeddedServer
let address: string
let showId: string
test.before(async () => {
  server = await startEmbedded({ RATE_LIMIT_MAX: '50' })
  address = await server.app.listen({ port: 0 })
  const shows = new RoomShows(server, await server.as('root', 'admin'))
  showId = await shows.make('fast')
  await shows.configure(showId, { ratePerSecond: 0.01 })
})
test.after.always(() => server.stop())

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Headers
}
interface Answered {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: unknown
}

const ofTheConnection = ['connection', 'content-length', 'date', 'keep-alive']
const ofTheMoment = ['request-id', 'x-ratelimit-remaining', 'x-ratelimit-reset']
const membersOfTheMoment = ['requestId', 'queueToken', 'pollAfterMs', 'etaSeconds', 'etaRange']

const comparable = ({ status, headers, body }: Answered) => ({
  status,
  headers: Object.entries(headers)
    .filter(([name]) => !ofTheConnection.includes(name))
    .map(([name, value]) => [name, ofTheMoment.includes(name) ? 'some' : String(value)])
    .toSorted(),
  body: Object.entries(body as object).map(([name, value]) => [
    name,
    membersOfTheMoment.includes(name) ? typeof value : value,
  ]),
})

async function overTheSocket({ method, url, headers }: Asked): Promise<Answered> {
  const reply = await fetch(`${address}${url}`, { method, headers })
  return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.json() }
}

async function timesAnswered(): Promise<number> {
  const { body } = await server.send({ method: 'GET', url: '/metrics' })
  const counts = String(body).matchAll(
    /^http_request_duration_seconds_count\{.*route="(?:\/v1\/waiting-room|\/v1\/shows\/:id\/waiting-room)".*\} (\d+)/gm,
  )
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

test.serial(
  'a join and a look are answered over a socket as they are without one, and counted',
  async (t) => {
    const [ann, ben] = [await server.as('ann'), await server.as('ben')]
    const joinUrl = `/v1/shows/${showId}/waiting-room`
    const asAnn = { authorization: ann.authorization }
    const first = await overTheSocket({ method: 'POST', url: joinUrl, headers: asAnn })
    t.is(first.status, 201)
    const { queueToken } = first.body as { queueToken: string }
    const benJoined = await join(ben, showId)
    t.is(benJoined.status, 201)
    t.deepEqual(
      comparable({ ...first, body: { ...(first.body as object), number: 2, lot: 2, position: 2 } }),
      comparable(benJoined),
    )

    const asked: Asked[] = [
      { method: 'POST', url: joinUrl, headers: asAnn },
      { method: 'POST', url: joinUrl, headers: { ...asAnn, 'queue-token': queueToken } },
      { method: 'POST', url: joinUrl, headers: { ...asAnn, 'queue-token': `${queueToken}x` } },
      { method: 'POST', url: joinUrl, headers: { ...asAnn, 'queue-token': benJoined.body.queueToken } },
      { method: 'POST', url: joinUrl, headers: { ...asAnn, 'content-type': 'text/plain' } },
      { method: 'POST', url: joinUrl, headers: {} },
      { method: 'POST', url: joinUrl, headers: { authorization: 'Bearer a.b.c' } },
      {
        method: 'POST',
        url: joinUrl,
        headers: { authorization: (await server.as('root', 'admin')).authorization },
      },
      { method: 'POST', url: '/v1/shows/nowhere/waiting-room', headers: asAnn },
      { method: 'POST', url: '/v1/shows/no%20where/waiting-room', headers: asAnn },
      { method: 'POST', url: `${joinUrl}?hurry=yes`, headers: asAnn },
      { method: 'GET', url: '/v1/waiting-room', headers: { ...asAnn, 'queue-token': queueToken } },
      { method: 'GET', url: '/v1/waiting-room', headers: asAnn },
      {
        method: 'GET',
        url: '/v1/waiting-room',
        headers: { ...asAnn, 'queue-token': benJoined.body.queueToken },
      },
      { method: 'GET', url: '/v1/waiting-room?', headers: { ...asAnn, 'queue-token': queueToken } },
      {
        ...{ method: 'GET', url: '/v1/waiting-room' },
        headers: {
          ...asAnn,
          ...{ 'queue-token': queueToken, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
        },
      },
    ]
    for (const each of asked) {
      const ordinary = await server.send({ ...each, method: each.method as 'GET' })
      t.deepEqual(comparable(await overTheSocket(each)), comparable(ordinary), JSON.stringify(each))
    }
    await until(async () => (await timesAnswered()) === 2 + 2 * asked.length)
    t.pass()
  },
)

test('what it does not know, and whoever is no buyer far from the limit, Fastify answers', async (t) => {
  const authenticator = Authenticator.withSecret('a-secret-of-this-test-that-is-long-enough', {
    now: Date.now,
  })
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>() as unknown as App
  const leaving = new AbortController()
  const noted: unknown[] = []
  let mayCount = true
  const fastPath = new FastPath(app, {
    ...{ authenticator, leaving: leaving.signal, log: pino({ enabled: false }) },
    stages: { now: () => 0 },
    countAlone: ({ userId }) => (mayCount ? ['x-counted', userId] : null),
    metrics: { answered: (...what) => noted.push(what), refused: (code) => noted.push(code) },
  })
  fastPath.add({
    ...{ method: 'POST', url: '/v1/rooms/:id', path: /^\/v1\/rooms\/([a-z]+)$/ },
    answer: async ({ caller, param, queueToken }) => {
      if (param === 'broken') throw new Error('a secret of the server')
      return { status: 201, body: { userId: caller.userId, param, queueToken } }
    },
  })
  app.all('/*', async () => ({ by: 'Fastify' }))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const bearer = (role: 'buyer' | 'admin') => `Bearer ${authenticator.issue({ userId: 'ann', role }).token}`
  const buyer = { authorization: bearer('buyer') }
  const post = (headers: Headers, path = 'hall', body?: string) =>
    fetch(`${address}/v1/rooms/${path}`, { method: 'POST', headers, ...(body !== undefined && { body }) })
  const isFast = async (...asked: Parameters<typeof post>) => (await post(...asked)).status === 201

  const reply = await post({ ...buyer, 'queue-token': 'mine' })
  t.is(reply.headers.get('x-counted'), 'ann')
  t.deepEqual(await reply.json(), { userId: 'ann', param: 'hall', queueToken: 'mine' })
  t.deepEqual(noted.splice(0), [['POST', '/v1/rooms/:id', 201, 0]])

  t.false(await isFast({}))
  t.false(await isFast({ authorization: 'Bearer a.b.c' }))
  t.false(await isFast({ authorization: bearer('admin') }))
  t.false(await isFast(buyer, 'hall/'))
  t.false(await isFast(buyer, 'hall?of=fame'))
  t.false(await isFast({ ...buyer, prefer: 'consistency-token' }))
  t.false(await isFast({ ...buyer, 'content-type': 'application/json' }, 'hall', '{}'))
  t.is((await fetch(`${address}/v1/rooms/hall`, { headers: buyer })).status, 200)
  mayCount = false
  t.false(await isFast(buyer))
  mayCount = true

  const failed = await post(buyer, 'broken')
  t.is(failed.status, 500)
  t.like(await failed.json(), { code: 'internal', requestId: failed.headers.get('request-id') })
  t.deepEqual(noted.splice(0), ['internal', ['POST', '/v1/rooms/:id', 500, 0]])
  t.true(await isFast(buyer))
  leaving.abort()
  t.false(await isFast(buyer))
})

test.serial('who has asked too often is told so over a socket too', async (t) => {
  const { authorization } = await server.as('cleo')
  const look = () => overTheSocket({ method: 'GET', url: '/v1/waiting-room', headers: { authorization } })
  const remaining = []
  for (let count = 0; count < 50; count++) remaining.push((await look()).headers['x-ratelimit-remaining'])
  t.deepEqual(
    remaining,
    Array.from({ length: 50 }, (_, index) => String(49 - index)),
  )
  t.is((await look()).status, 429)
  t.is(
    (await server.send({ method: 'GET', url: '/v1/waiting-room', headers: { authorization } })).status,
    429,
  )
})
