// What only shows on a socket: requests that are too large, too slow or too late.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'ava'
import { limits } from '../../engine/limits.ts'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

let server: EmbeddedServer
let port: number
test.before(async () => {
  server = await startEmbedded()
  port = Number(new URL(await server.app.listen({ port: 0 })).port)
})
test.after.always(() => server.stop())

const speak = async (text: string): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** All that the server says until it hangs up. */
const hear = async (socket: Socket): Promise<string> => {
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk
  return text
}

test('a megabyte of key is refused before it is read whole', async (t) => {
  const socket = await speak('POST /v1/balance/charges HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ')
  socket.write('x'.repeat(1024 * 1024))
  const answer = await hear(socket)
  t.regex(
    answer,
    /^HTTP\/1\.1 431 Request Header Fields Too Large\r\nContent-Type: application\/problem\+json; charset=utf-8\r\n/,
  )
  t.is(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').code, 'headers_too_large')
})

test('what is no HTTP is refused', async (t) => {
  const answer = await hear(await speak('HELLO\r\n\r\n'))
  t.regex(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.true(answer.includes('"code":"invalid_request"'))
})

test('whatever is refused before it is a request has an id, a problem and security headers too', async (t) => {
  const get = (path: string, ...headers: string[]) =>
    `${[`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`
  for (const [status, code, request] of [
    [404, 'not_found', get(`/v1/shows/${'a'.repeat(600)}`)],
    [400, 'invalid_request', get('/v1/shows/%E0%A4%A')],
    [400, 'invalid_request', 'HELLO\r\n\r\n'],
    [431, 'headers_too_large', get('/v1/shows/demo-1', `Long: ${'x'.repeat(20_000)}`)],
    [417, 'expectation_failed', get('/v1/shows/demo-1', 'Expect: magic')],
  ] as const) {
    const [head = '', body = ''] = (await hear(await speak(request))).split('\r\n\r\n')
    t.true(head.startsWith(`HTTP/1.1 ${status} `), head)
    const { code: told, requestId } = JSON.parse(body)
    t.is(told, code)
    t.regex(requestId, /^[\da-f-]{36}$/)
    t.regex(head, new RegExp(`^Request-Id: ${requestId}\r?$`, 'im'))
    t.regex(head, /^Content-Type: application\/problem\+json; charset=utf-8\r?$/im)
    t.regex(head, /^X-Content-Type-Options: nosniff/im)
    t.regex(head, /^Content-Security-Policy: /im)
  }
})

test('an expectation that is not met is answered with the trace that it belongs to', async (t) => {
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
  for (const [told, isPassed] of [
    [traceparent, true],
    ['nonsense', false],
  ] as const) {
    const lines = ['GET /v1/concerts HTTP/1.1', 'Host: x', 'Expect: magic', `traceparent: ${told}`]
    const answer = await hear(await speak(`${lines.join('\r\n')}\r\n\r\n`))
    t.true(answer.startsWith('HTTP/1.1 417 '))
    t.is(answer.includes(`\r\ntraceparent: ${told}\r\n`), isPassed)
  }
})

test('an unreadable address is refused as invalid', async (t) => {
  const answer = await hear(
    await speak('GET /v1/shows/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  )
  t.true(answer.includes('"code":"invalid_request"'))
})

test('a request that does not name its host is refused as invalid, on the fast path too', async (t) => {
  const { authorization } = await server.as('hostless')
  for (const route of ['GET /v1/concerts', 'GET /v1/waiting-room']) {
    const head = `${route} HTTP/1.1\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`
    const answer = await hear(await speak(head))
    t.regex(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
    t.true(answer.includes('"code":"invalid_request"'))
  }
})

test('slow headers are cut off', async (t) => {
  const began = Date.now()
  const answer = await hear(await speak('GET /v1/concerts HTTP/1.1\r\nHost: x\r\n'))
  t.true(answer.includes('"code":"request_timeout"'))
  const tookMs = Date.now() - began
  t.true(limits.headersTimeoutMs <= tookMs && tookMs < limits.headersTimeoutMs + 3_000, `${tookMs} ms`)
})

test('a slow body is cut off', async (t) => {
  const { authorization } = await server.as('slow')
  const began = Date.now()
  const head = `POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nIdempotency-Key: k\r\n`
  const answer = await hear(
    await speak(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"showId"`),
  )
  t.true(answer.includes('"code":"request_timeout"'))
  t.true(Date.now() - began < limits.requestTimeoutMs + 3_000)
})

test('a stopping server answers what it has begun, takes nothing new, and hangs up', async (t) => {
  const other = await startEmbedded()
  const address = await other.app.listen({ port: 0 })
  const { authorization } = await other.as('ann')
  const buy = (key: string) =>
    fetch(`${address}/v1/reservations`, {
      method: 'POST',
      headers: {
        authorization,
        'idempotency-key': key,
        prefer: 'wait=10',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ showId: 'demo-1', bestAvailable: { count: 1 } }),
    })
  t.is((await buy('before')).status, 201)
  const arrived = untilRequests(other, 3)
  const requests = ['a', 'b', 'c'].map(buy)
  await arrived
  const began = Date.now()
  const stopped = other.stop()
  for (const response of await Promise.all(requests)) t.is(response.status, 201)
  await stopped
  t.true(Date.now() - began < 3_000, `${Date.now() - began} ms`)
  await t.throwsAsync(fetch(`${address}/healthz`))
})

async function untilRequests({ app }: EmbeddedServer, count: number): Promise<void> {
  for (let seen = 0; seen < count; seen++) await once(app.server, 'request')
}
