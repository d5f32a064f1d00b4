// Which requests the fast path takes and which it leaves to Fastify, with routes of the test's own.

import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import test, { type ExecutionContext } from 'ava'
import fastify from 'fastify'
import { pino } from 'pino'
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import { identifyCallers } from '../../http/access.ts'
import { Authenticator } from '../../http/auth.ts'
import { FastPath } from '../../http/fast-path.ts'
import { CommandsInHand } from '../../http/overload.ts'
import type { App } from '../../http/parts.ts'
import type { Headers } from '../support/embedded-server.ts'
import { firstData } from '../support/first-data.ts'
import { until } from '../support/until.ts'

/** What no client library sends: a body of no type, an odd length. */
async function statusOf(
  base: string,
  path: string,
  headers: readonly string[],
  body: string,
): Promise<number> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  socket.write(`${[`POST ${path} HTTP/1.1`, 'Host: hall', ...headers].join('\r\n')}\r\n\r\n${body}`)
  const answer = await firstData(socket)
  socket.destroy()
  return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1])
}

/** With no more around it than Fastify, which tells what it was given. */
async function startBare(t: ExecutionContext) {
  const authenticator = Authenticator.withSecret('a-secret-of-this-test-that-is-long-enough', {
    now: Date.now,
  })
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>() as unknown as App
  const leaving = new AbortController()
  const noted: unknown[] = []
  const allowance = { mayCount: true, counted: 0 }
  const fastPath = new FastPath(app, {
    identify: identifyCallers(app, authenticator),
    leaving: leaving.signal,
    log: pino({ enabled: false }),
    stages: { now: () => 0 },
    countAlone: ({ userId }) => {
      if (!allowance.mayCount) return null
      allowance.counted++
      return ['x-counted', userId]
    },
    inHand: new CommandsInHand({ now: () => 0, inHandMax: 2, inHandMin: 2, inHandMs: 500 }),
    metrics: { answered: (...what) => noted.push(what), refused: (code) => noted.push(code) },
  })
  app.all('/*', async ({ body = null }) => ({ by: 'Fastify', body }))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const bearer = (role: 'buyer' | 'admin') => `Bearer ${authenticator.issue({ userId: 'ann', role }).token}`
  return {
    app,
    fastPath,
    address,
    leaving,
    noted,
    allowance,
    bearer,
    buyer: { authorization: bearer('buyer') },
  }
}

test('what it does not know, and whoever is no buyer far from the limit, Fastify answers', async (t) => {
  const { fastPath, address, leaving, noted, allowance, bearer, buyer } = await startBare(t)
  const [arrived, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  fastPath.add({
    access: ['buyer'],
    method: 'POST',
    url: '/v1/rooms/:id',
    path: /^\/v1\/rooms\/([a-z]+)$/,
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
  const post = (headers: Headers, path = 'hall', body: string | null = null) =>
    fetch(`${address}/v1/rooms/${path}`, { method: 'POST', headers, body })
  const isFast = async (...asked: Parameters<typeof post>) => (await post(...asked)).status === 201
  const raw = (framing: string, body: string) =>
    statusOf(address, '/v1/rooms/hall', [`Authorization: ${buyer.authorization}`, framing], body)

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
  t.false(await isFast({ ...buyer, 'content-type': 'application/json' }))
  t.is(await raw('Content-Length: 0', ''), 201)
  t.not(await raw('Content-Length: 00', ''), 201)
  t.not(await raw('Content-Length: 2', '{}'), 201)
  t.not(await raw('Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n'), 201)
  t.is(allowance.counted, 2, 'what Fastify answers is counted there')
  t.is(noted.splice(0).length, 1)
  t.is((await fetch(`${address}/v1/rooms/hall`, { headers: buyer })).status, 200)
  allowance.mayCount = false
  t.false(await isFast(buyer))
  allowance.mayCount = true

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

test('a route may read a JSON body; one that it does not take Fastify gets whole', async (t) => {
  const { app, fastPath, address, leaving, noted, allowance, buyer } = await startBare(t)
  fastPath.add({
    access: ['buyer'],
    method: 'POST',
    url: '/v1/lists',
    path: /^\/v1\/lists$/,
    read: ({ body }) => (Array.isArray(body) ? body : null),
    answer: async ({ input, header }) => {
      header('X-Told', `${input.length} of them`)
      if (input.includes('none')) throw new HoldfastError('not_found')
      return { status: 201, body: { input } }
    },
  })
  const json = 'application/json'
  const post = async (body: string, type = json) => {
    const headers = { ...buyer, 'content-type': type }
    const reply = await fetch(`${address}/v1/lists`, { method: 'POST', headers, body })
    return { status: reply.status, told: reply.headers.get('x-told'), body: await reply.json() }
  }
  const byFastify = (body: unknown) => ({ status: 200, told: null, body: { by: 'Fastify', body } })
  const raw = (length: string, body: string, ...more: string[]) =>
    statusOf(address, '/v1/lists', [`Authorization: ${buyer.authorization}`, length, ...more], body)
  const longest = '[]'.padStart(limits.bodyBytesMax)

  const arrived = once(app.server, 'request')
  t.deepEqual(await post('["자리"]'), { status: 201, told: '1 of them', body: { input: ['자리'] } })
  const [request] = await arrived
  t.true(request.readableEnded, 'nothing of it waits for a reader')
  t.like(await post('["none"]'), { status: 404, told: '1 of them', body: { code: 'not_found' } })
  t.is((await post(longest)).status, 201)
  t.is(await raw('Content-Length: 2', '[]', `Content-Type: ${json}`), 201)
  t.is(allowance.counted, 4)
  t.is(noted.splice(0).length, 5)

  t.deepEqual(await post('{"seat":"자리"}'), byFastify({ seat: '자리' }))
  t.deepEqual(await post('null'), byFastify(null))
  t.deepEqual(await post(`${longest} `), byFastify([]))
  t.deepEqual(await post('[1]', `${json}; charset=utf-8`), byFastify([1]))
  t.deepEqual(await post('[1]', 'Application/JSON'), byFastify([1]))
  t.is((await post('[1', json)).status, 400)
  t.is((await post('')).status, 400)
  t.is(await raw('Content-Length: 2', '[]'), 415)
  t.is(await raw('Content-Length: 02', '[]', `Content-Type: ${json}`), 200)
  t.is(await raw('Transfer-Encoding: chunked', '2\r\n[]\r\n0\r\n\r\n', `Content-Type: ${json}`), 200)
  t.is(allowance.counted, 4, 'what Fastify answers is counted there')
  allowance.mayCount = false
  t.deepEqual(await post('[1]'), byFastify([1]))
  allowance.mayCount = true
  t.is((await post('[1]')).status, 201)
  leaving.abort()
  t.deepEqual(await post('[1]'), byFastify([1]))
})

test('commands that come all at once are no more in hand than any others; what is no command is not counted', async (t) => {
  const { fastPath, address, noted, allowance, buyer } = await startBare(t)
  const slow = Promise.withResolvers<void>()
  for (const url of ['/v1/reservations', '/v1/lists'])
    fastPath.add({
      access: ['buyer'],
      method: 'POST',
      url,
      path: new RegExp(`^${url}$`),
      read: ({ body }) => body,
      answer: async () => {
        await slow.promise
        return { status: 201, body: {} }
      },
    })
  const ask = (url: string, body: string) => {
    const lines = [`POST ${url} HTTP/1.1`, 'Host: hall', `Authorization: ${buyer.authorization}`]
    lines.push('Content-Type: application/json', `Content-Length: ${body.length}`)
    return `${lines.join('\r\n')}\r\n\r\n${body}`
  }
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  const last = `GET / HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n`
  socket.write(ask('/v1/reservations', '[]').repeat(3) + ask('/v1/lists', '[]').repeat(3) + last)
  await until(() => noted.length > 0)
  t.deepEqual(noted.splice(0), ['overloaded', ['POST', '/v1/reservations', 503, 0]])
  slow.resolve()
  const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  t.deepEqual(statuses, ['201', '201', '503', '201', '201', '201', '200'])
  t.is(allowance.counted, 6)
})
