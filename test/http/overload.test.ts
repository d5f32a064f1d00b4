// Whoever comes while a server has its hands full is told so at once, and is welcome again as soon as somebody has gone.
import { EventEmitter, on, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import test from 'ava'
import fastify from 'fastify'
import { limits } from '../../engine/limits.ts'
import { sendProblem } from '../../http/errors.ts'
import { CommandsInHand, refuseOverload } from '../../http/overload.ts'
import type { App } from '../../http/parts.ts'
import { takeConnection } from '../../http/take-connection.ts'
import { startEmbedded } from '../support/embedded-server.ts'
import { firstData } from '../support/first-data.ts'
import { until } from '../support/until.ts'

const inHandMax = 3
const fewInHand = () => new CommandsInHand({ now: () => 0, inHandMax, inHandMin: inHandMax, inHandMs: 500 })

const bareApp = () =>
  fastify({ forceCloseConnections: true }).withTypeProvider<TypeBoxTypeProvider>() as unknown as App

test('commands beyond what a server serves well get 503 and when to come again; others are answered as ever', async (t) => {
  const app = bareApp()
  const refusals: string[] = []
  refuseOverload(app, fewInHand(), (code) => refusals.push(code))
  const arrived: (() => void)[] = []
  app.post('/v1/reservations', async () => {
    await new Promise<void>((resolve) => void arrived.push(resolve))
    return { state: 'held' }
  })
  app.get('/v1/reservations', async () => ({ items: [] }))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const post = (signal?: AbortSignal) =>
    fetch(`${address}/v1/reservations`, {
      method: 'POST',
      body: '{"showId":"s"}',
      headers: { 'Content-Type': 'application/json' },
      ...(signal && { signal }),
    })
  const untilArrived = (count: number) => until(() => arrived.length >= count)

  const leaving = new AbortController()
  const served = [post(), post()]
  const gone = post(leaving.signal)
  await untilArrived(inHandMax)
  for (let more = 0; more < 5; more++) {
    const refused = await post()
    t.is(refused.status, 503)
    t.is(refused.headers.get('retry-after'), '1')
    t.is(refused.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    const body = (await refused.json()) as Record<string, unknown>
    t.like(body, { code: 'overloaded', status: 503, mayHaveBeenAccepted: false })
    t.is(body.requestId, refused.headers.get('request-id'))
  }
  t.deepEqual(refusals, Array(5).fill('overloaded'))
  t.is((await fetch(`${address}/v1/reservations`)).status, 200)

  // Who hangs up makes room as who is answered does.
  leaving.abort()
  await t.throwsAsync(gone)
  while (arrived.length === inHandMax) await post(AbortSignal.timeout(50)).catch(() => null)
  for (const go of arrived) go()
  for (const reply of await Promise.all(served)) t.is(reply.status, 200)
})

test('a command whose body has not come takes up nothing, and is refused if there is no room once it has', async (t) => {
  const app = bareApp()
  refuseOverload(app, fewInHand(), () => {})
  app.setErrorHandler(sendProblem)
  const free = Promise.withResolvers<void>()
  let inHand = 0
  app.post('/v1/reservations', async () => {
    inHand++
    await free.promise
    return { state: 'held' }
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const requests = on(app.server, 'request')
  const begin = async (url: string) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    const lines = [`POST ${url} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', 'Content-Length: 2']
    socket.write([...lines, 'Connection: close', '', '{'].join('\r\n'))
    await requests.next()
    return socket
  }
  const nowhere = []
  const half = []
  for (let each = 0; each < 2 * inHandMax; each++) {
    nowhere.push(await begin(`/v1/reservations${each}`), await begin(`/v1/reservations/${each}/paymemt`))
    half.push(await begin('/v1/reservations'))
  }
  const [one, two, three, four] = half
  for (const socket of [one, two]) socket?.write('}')
  const whole = fetch(`${address}/v1/reservations`, {
    method: 'POST',
    body: '{}',
    headers: { 'Content-Type': 'application/json' },
  })
  await until(() => inHand >= inHandMax)
  for (const socket of [three, four]) {
    socket?.write('}')
    t.regex(
      await firstData(socket as Socket),
      /^HTTP\/1\.1 503 .*"code":"overloaded".*"mayHaveBeenAccepted":false/s,
    )
  }
  free.resolve()
  t.is((await whole).status, 200)
  for (const socket of [one, two]) {
    t.regex(await firstData(socket as Socket), /^HTTP\/1\.1 200 /)
  }
  t.is(inHand, inHandMax)
  for (const socket of [...nowhere, ...half]) socket.destroy()
})

test('who hung up before the command was looked at takes no place', async (t) => {
  const app = bareApp()
  const inHand = fewInHand()
  const looked = Promise.withResolvers<void>()
  app.addHook('onRequest', () => looked.promise)
  refuseOverload(app, inHand, () => {})
  let decided = 0
  app.post('/v1/reservations/:id/payment', async () => ++decided)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const requests = on(app.server, 'request')
  for (let each = 0; each < inHandMax; each++) {
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    socket.write('POST /v1/reservations/r/payment HTTP/1.1\r\nHost: x\r\n\r\n')
    const { value } = await requests.next()
    const [, response] = value as [unknown, ServerResponse]
    const closed = once(response, 'close')
    socket.destroy()
    await closed
  }
  looked.resolve()
  await until(() => decided >= inHandMax)
  t.true(inHand.hasRoom())
})

test('commands that came along with a request for a stream are in hand no longer once it has the connection', async (t) => {
  const app = bareApp()
  const inHand = fewInHand()
  refuseOverload(app, inHand, () => {})
  const free = Promise.withResolvers<void>()
  t.teardown(() => free.resolve())
  const full = Promise.withResolvers<void>()
  app.post('/v1/reservations', async () => {
    if (!inHand.hasRoom()) full.resolve()
    await free.promise
  })
  app.get('/stream', async (request, reply) => {
    await full.promise
    reply.hijack()
    takeConnection(request.raw, reply.raw)
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  const command = 'POST /v1/reservations HTTP/1.1\r\nHost: x\r\n\r\n'
  socket.write(`GET /stream HTTP/1.1\r\nHost: x\r\n\r\n${command.repeat(inHandMax)}`)
  await once(socket.resume(), 'close')
  t.true(inHand.hasRoom())
  for (let each = 0; each < inHandMax; each++) inHand.enter(new EventEmitter() as ServerResponse)
  t.false(inHand.hasRoom())
})

test.serial(
  'what is beyond that is refused before it is counted or looked at, on the fast path too',
  async (t) => {
    // On a machine that takes long to read them all, fewer would be let in.
    const server = await startEmbedded({ RATE_LIMIT_MAX: '2000' }, (parts) => ({
      ...parts,
      stages: Object.create(parts.stages, { now: { value: () => 0 } }),
    }))
    t.teardown(() => server.stop())
    const { intake } = server.parts
    const decide = intake.command.bind(intake)
    const free = Promise.withResolvers<void>()
    t.teardown(() => free.resolve())
    let inHand = 0
    intake.command = async (asked) => {
      inHand++
      await free.promise
      return decide(asked)
    }
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
    const [many, late] = [await server.as('many'), await server.as('late')]
    const { body: others } = await late.post('/v1/reservations', { showId: 'demo-1', seatIds: ['A-1-1'] })
    const url = `/v1/reservations/${others.id}/payment`
    const payment = (connection: string) =>
      [
        ...[`POST ${url} HTTP/1.1`, 'Host: x', `Connection: ${connection}`],
        ...[`Authorization: ${many.authorization}`, 'Idempotency-Key: k', '', ''],
      ].join('\r\n')
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    socket.write(payment('keep-alive').repeat(limits.commandsInHandMax - 1) + payment('close'))
    await until(() => inHand === limits.commandsInHandMax)

    const headers = { authorization: late.authorization, 'idempotency-key': 'k' }
    const pay = () => fetch(`${address}${url}`, { method: 'POST', headers })
    const hold = (more: Record<string, string> = {}) =>
      fetch(`${address}/v1/reservations`, {
        method: 'POST',
        headers: { ...headers, ...more, 'content-type': 'application/json' },
        body: '{"showId":"demo-1","seatIds":["A-1-2"]}',
      })
    for (const ask of [hold, pay, hold]) {
      const refused = await ask()
      t.is(refused.status, 503)
      t.like(await refused.json(), { code: 'overloaded', mayHaveBeenAccepted: false })
    }
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
    const ordinary = await late.get('/v1/nothing', { traceparent })
    for (const [told, passed] of [
      [traceparent, traceparent],
      ['nonsense', null],
    ] as const) {
      const refused = await hold({ traceparent: told })
      t.is(refused.headers.get('traceparent'), passed)
      for (const name of ['content-security-policy', 'x-content-type-options', 'x-frame-options'])
        t.is(refused.headers.get(name), String(ordinary.headers[name]), name)
      t.is((await refused.text()).length, Number(refused.headers.get('content-length')))
    }
    free.resolve()
    const answers = (await text(socket)).match(/HTTP\/1\.1 404 /g)
    t.is(answers?.length, limits.commandsInHandMax)
    const accepted = [await hold(), await pay()]
    t.deepEqual(
      accepted.map((reply) => [reply.status, reply.headers.get('x-ratelimit-remaining')]),
      ['1997', '1996'].map((left) => [202, left]),
    )
  },
)

test('a server that has become slow lets in as many as it answers in half a second, and all of them again once it is quiet', (t) => {
  let now = 0
  const inHand = new CommandsInHand({
    now: () => now,
    inHandMax: 1_000,
    inHandMin: 200,
    inHandMs: 500,
  })
  const unanswered: EventEmitter[] = []
  const enter = () => {
    const response = new EventEmitter()
    inHand.enter(response as ServerResponse)
    unanswered.push(response)
  }
  const fill = () => {
    let count = 0
    for (; inHand.hasRoom(); count++) enter()
    t.throws(enter, { message: /as many requests in hand/ })
    return count
  }
  const answer = (count: number) => {
    for (const response of unanswered.splice(0, count)) response.emit('close')
  }
  t.is(fill(), 1_000, 'a burst that comes to an idle server')
  now += 250
  t.is(fill(), 0)
  // Busy for a whole window, in which it answers 150: six hundred a second.
  now += 250
  answer(150)
  t.is(fill(), 0)
  answer(600)
  t.is(fill(), 50, '250 are left, and 300 are answered in half a second')
  // Nothing is answered any more: no fewer than the least.
  now += 250
  t.true(inHand.hasRoom(), 'in the window before six hundred were answered')
  enter()
  now += 250
  t.false(inHand.hasRoom())
  answer(250)
  t.is(fill(), 149, '51 are left of two hundred')
  answer(200)
  now += 250
  t.is(fill(), 1_000, 'quiet again')
})
