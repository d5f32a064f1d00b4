// What is answered past Fastify is answered as Fastify answers it. Requests that are injected go the ordinary way.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import test from 'ava'
import fastify from 'fastify'
import { pino } from 'pino'
import { identifyCallers } from '../../http/access.ts'
import { Authenticator } from '../../http/auth.ts'
import { FastPath } from '../../http/fast-path.ts'
import type { App } from '../../http/parts.ts'
import { type EmbeddedServer, type Headers, startEmbedded } from '../support/embedded-server.ts'
import { join, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'

let server: EmbeddedServer
let address: string
let showId: string
/** Of what came over a socket. */
const seenByFastify: string[] = []
test.before(async () => {
  server = await startEmbedded({ RATE_LIMIT_MAX: '50' })
  server.app.addHook('onRequest', async ({ method, url, headers }) => {
    if (headers['user-agent'] === 'socket') seenByFastify.push(`${method} ${url}`)
  })
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
  const reply = await fetch(`${address}${url}`, { method, headers: { ...headers, 'user-agent': 'socket' } })
  return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.json() }
}

/** What no client library sends: a body of no type. */
async function statusOf(base: string, authorization: string, length: string, body: string): Promise<number> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  const head = ['POST /v1/rooms/hall HTTP/1.1', 'Host: hall', `Authorization: ${authorization}`, length]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return Number(/^HTTP\/1.1 (\d+)/.exec(String(answer))?.[1])
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

    const asAdmin = { authorization: (await server.as('root', 'admin')).authorization }
    const withToken = { ...asAnn, 'queue-token': queueToken }
    const withBens = { ...asAnn, 'queue-token': benJoined.body.queueToken }
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
    const fast: Asked[] = [
      { method: 'POST', url: joinUrl, headers: asAnn },
      { method: 'POST', url: joinUrl, headers: withToken },
      { method: 'POST', url: joinUrl, headers: { ...asAnn, 'queue-token': `${queueToken}x` } },
      { method: 'POST', url: joinUrl, headers: withBens },
      { method: 'POST', url: '/v1/shows/nowhere/waiting-room', headers: asAnn },
      { method: 'GET', url: '/v1/waiting-room', headers: withToken },
      { method: 'GET', url: '/v1/waiting-room', headers: asAnn },
      { method: 'GET', url: '/v1/waiting-room', headers: withBens },
    ]
    const others: Asked[] = [
      { method: 'POST', url: joinUrl, headers: { ...asAnn, 'content-type': 'text/plain' } },
      { method: 'POST', url: joinUrl, headers: {} },
      { method: 'POST', url: joinUrl, headers: { authorization: 'Bearer a.b.c' } },
      { method: 'POST', url: joinUrl, headers: asAdmin },
      { method: 'POST', url: '/v1/shows/no%20where/waiting-room', headers: asAnn },
      { method: 'POST', url: `${joinUrl}?hurry=yes`, headers: asAnn },
      { method: 'GET', url: '/v1/waiting-room?', headers: withToken },
      { method: 'GET', url: '/v1/waiting-room', headers: { ...withToken, traceparent } },
    ]
    for (const each of [...fast, ...others]) {
      const ordinary = await server.send({ ...each, method: each.method as 'GET' })
      t.deepEqual(comparable(await overTheSocket(each)), comparable(ordinary), JSON.stringify(each))
    }
    t.deepEqual(
      seenByFastify,
      others.map(({ method, url }) => `${method} ${url}`),
    )
    const inAll = 2 + 2 * (fast.length + others.length)
    await until(async () => (await timesAnswered()) === inAll)
  },
)

test('what it does not know, and whoever is no buyer far from the limit, Fastify answers', async (t) => {
  const authenticator = Authenticator.withSecret('a-secret-of-this-test-that-is-long-enough', {
    now: Date.now,
  })
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>() as unknown as App
  const leaving = new AbortController()
  const noted: unknown[] = []
  const [arrived, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let mayCount = true
  const fastPath = new FastPath(app, {
    identify: identifyCallers(app, authenticator),
    ...{ leaving: leaving.signal, log: pino({ enabled: false }) },
    stages: { now: () => 0 },
    countAlone: ({ userId }) => (mayCount ? ['x-counted', userId] : null),
    metrics: { answered: (...what) => noted.push(what), refused: (code) => noted.push(code) },
  })
  fastPath.add({
    access: ['buyer'],
    ...{ method: 'POST', url: '/v1/rooms/:id', path: /^\/v1\/rooms\/([a-z]+)$/ },
    read: ({ headers, body }) =>
      headers.prefer === undefined && body === undefined ? { queueToken: headers['queue-token'] } : null,
    answer: async ({ caller, param, input: { queueToken } }) => {
      if (param === 'broken') throw new Error('a secret of the server')
      if (param === 'slow') {
        arrived.resolve()
        await slow.promise
      }
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
  t.not(await statusOf(address, buyer.authorization, 'Content-Length: 2', '{}'), 201)
  t.not(
    await statusOf(address, buyer.authorization, 'Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n'),
    201,
  )
  t.deepEqual(noted, [])
  t.is((await fetch(`${address}/v1/rooms/hall`, { headers: buyer })).status, 200)
  mayCount = false
  t.false(await isFast(buyer))
  mayCount = true

  const failed = await post(buyer, 'broken')
  t.is(failed.status, 500)
  t.like(await failed.json(), { code: 'internal', requestId: failed.headers.get('request-id') })
  t.deepEqual(noted.splice(0), ['internal', ['POST', '/v1/rooms/:id', 500, 0]])
  t.true(await isFast(buyer))

  const inHand = post(buyer, 'slow')
  await arrived.promise
  leaving.abort()
  t.false(await isFast(buyer))
  slow.resolve()
  const last = await inHand
  t.is(last.status, 201)
  t.is(last.headers.get('connection'), 'close', 'or the server would wait for it')
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
