import test from 'ava'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

let server: EmbeddedServer
test.before(async () => {
  server = await startEmbedded()
})
test.after.always(() => server.stop())

const reserve = async (payload: string, headers: Record<string, string> = {}, userId = 'ann') => {
  const { authorization } = await server.as(userId)
  return server.send({
    method: 'POST',
    url: '/v1/reservations',
    headers: { authorization, 'content-type': 'application/json', 'idempotency-key': 'k', ...headers },
    payload,
  })
}
const wish = (seatIds: unknown, others: object = {}) =>
  JSON.stringify({ showId: 'demo-1', seatIds, ...others })

const manySeats = Array.from({ length: 10_000 }, (_, index) => `s${index}`)
for (const [what, payload] of Object.entries({
  'no body': '',
  'half a body': '{"showId":"demo-1","seat',
  'a list': '[]',
  null: 'null',
  'no seats': wish([]),
  'the same seat twice': wish(['A-1-1', 'A-1-1']),
  'fifty-one seats': wish(manySeats.slice(0, 51)),
  'a number for a seat': wish([7]),
  'a seat of a list': wish([['A-1-1']]),
  'an empty seat': wish(['']),
  'a seat with a blank': wish(['50 or 1=1']),
  'a null byte': wish(['A-1-1\u0000']),
  'a lone surrogate': '{"showId":"demo-1","seatIds":["\\ud800"]}',
  'an object for the seats': wish({ 0: 'A-1-1' }),
  'seats and best available': wish(['A-1-1'], { bestAvailable: { count: 1 } }),
  'neither seats nor best available': '{"showId":"demo-1"}',
  'minus one seat': '{"showId":"demo-1","bestAvailable":{"count":-1}}',
  'half a seat': '{"showId":"demo-1","bestAvailable":{"count":1.5}}',
  'more seats than numbers': '{"showId":"demo-1","bestAvailable":{"count":1e309}}',
  'a count as text': '{"showId":"demo-1","bestAvailable":{"count":"1"}}',
  'a lone surrogate for a section': '{"showId":"demo-1","bestAvailable":{"count":1,"sectionId":"\\udc00"}}',
  'a show id that coerces': '{"showId":50,"seatIds":["A-1-1"]}',
  'a show id with SQL': '{"showId":"demo-1 or 1=1","seatIds":["A-1-1"]}',
  'a poisoned prototype': '{"showId":"demo-1","seatIds":["A-1-1"],"__proto__":{"x":1}}',
  'a poisoned constructor': '{"showId":"demo-1","seatIds":["A-1-1"],"constructor":{"prototype":{"x":1}}}',
}))
  test(`asking for ${what} is refused as invalid`, async (t) => {
    const { status, body, headers } = await reserve(payload)
    t.is(status, 400)
    t.is(headers['content-type'], 'application/problem+json; charset=utf-8')
    t.like(body, { code: 'invalid_request', status: 400, title: 'The request does not follow the contract.' })
    t.truthy(body.whatNext && body.requestId && body.detail)
  })

for (const member of ['price', 'balance', 'status', 'userId', 'holdTtlMs'])
  test(`a ${member} in the body is refused, not ignored`, async (t) => {
    const { status, body } = await reserve(wish(['A-1-1'], { [member]: 1 }))
    t.is(status, 400)
    t.is(body.detail, `body must not have '${member}'.`)
    const ann = await server.as('ann')
    for (const route of ['payment', 'extension', 'cancellation'])
      t.is((await ann.post(`/v1/reservations/demo-1.x.y/${route}`, { [member]: 1 })).status, 400, route)
    t.is((await ann.post('/v1/balance/charges', { amount: 1, [member]: 1 })).status, 400)
  })

for (const [what, payload] of Object.entries({
  'a seat that is in no plan': wish(['nowhere']),
  'a seat and one that is in no plan': wish(['A-1-1', 'nowhere']),
  'a seat named __proto__': wish(['__proto__']),
  'a show that is none': '{"showId":"other","seatIds":["A-1-1"]}',
  'a show named __proto__': '{"showId":"__proto__","seatIds":["A-1-1"]}',
}))
  test(`asking for ${what} finds nothing, and holds nothing`, async (t) => {
    const { status, body } = await reserve(payload, {}, 'bob')
    t.is(status, 404)
    t.is(body.code, 'not_found')
    t.deepEqual((await (await server.as('bob')).get('/v1/reservations')).body.items, [])
  })

test('a section that is in no plan is decided, and holds nothing', async (t) => {
  const ann = await server.as('ann')
  const { status, body } = await ann.post('/v1/reservations', {
    showId: 'demo-1',
    bestAvailable: { count: 1, sectionId: '구역 없음' },
  })
  t.is(status, 404)
  t.like(body, { code: 'not_found', state: 'rejected' })
})

test('a body above the limit is refused as too large', async (t) => {
  const { status, body } = await reserve(wish(manySeats))
  t.is(status, 413)
  t.is(body.code, 'payload_too_large')
})

test('a body that is not JSON is refused by its type', async (t) => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])
    t.like((await reserve(wish(['A-1-1']), { 'content-type': type })).body, {
      code: 'unsupported_media_type',
      status: 415,
    })
})

test('commands without a key are refused, and so are keys that are none', async (t) => {
  const cat = await server.as('cat')
  for (const key of ['', 'a\u0000b', 'a\nb', '\u007f', 'x'.repeat(256), 'x'.repeat(1024 * 1024), '키'])
    for (const url of ['/v1/reservations/demo-1.x.y/payment', '/v1/balance/charges']) {
      const body = url.endsWith('charges') ? { amount: 1 } : undefined
      t.like((await cat.post(url, body, { 'idempotency-key': key })).body, {
        code: 'idempotency_key_required',
        status: 400,
      })
    }
  const { authorization } = cat
  const bare = await server.send({
    method: 'POST',
    url: '/v1/balance/charges',
    headers: { authorization },
    payload: { amount: 1 },
  })
  t.is(bare.body.code, 'idempotency_key_required')
})

test('keys are compared byte for byte: case, blanks and accents make another key', async (t) => {
  const dan = await server.as('dan')
  const keys = ['Abc', 'abc', 'Abc ', '\u00c4bc', '\u00c3\u0084bc', '"Abc"', 'x'.repeat(255)]
  const ids = new Set<string>()
  for (const key of keys) {
    const { status, body } = await dan.post('/v1/balance/charges', { amount: 5 }, { 'idempotency-key': key })
    t.is(status, 201)
    ids.add(body.id)
  }
  t.is(ids.size, keys.length)
  t.is((await dan.get('/v1/balance')).body.balance, 5 * keys.length)
})

test('a key binds its charge: again the same, never another amount', async (t) => {
  const eve = await server.as('eve')
  const charge = (amount: number) =>
    eve.post('/v1/balance/charges', { amount }, { 'idempotency-key': 'once' })
  const first = await charge(100)
  t.deepEqual((await charge(100)).body, first.body)
  t.like((await charge(101)).body, { code: 'idempotency_mismatch', status: 422 })
  t.is((await eve.get('/v1/balance')).body.balance, 100)
})

for (const amount of [0, -1, 1.5, '5', null, 1e13, [5]])
  test(`a charge of ${JSON.stringify(amount)} is refused`, async (t) => {
    t.is((await (await server.as('fay')).post('/v1/balance/charges', { amount })).status, 400)
  })

test('unknown routes, methods and queries are problems too, and so are addresses that are none', async (t) => {
  const gus = await server.as('gus')
  for (const url of [
    '/nothing',
    '/v1/nothing',
    '/v1/reservations/a/b/c',
    '/v1/shows/other',
    '/v1/concerts/other',
  ])
    t.like((await gus.get(url)).body, { code: 'not_found', status: 404 }, url)
  for (const method of ['PUT', 'DELETE', 'PATCH'] as const)
    t.is((await server.send({ method, url: '/v1/reservations' })).body.code, 'not_found', method)
  for (const url of [
    '/v1/shows/demo-1?x=1',
    '/v1/shows/demo-1/seats?section=A&section=B',
    '/v1/concerts?limit=0',
    '/v1/concerts?limit=101',
    '/v1/concerts?limit=1e1',
    '/v1/concerts?cursor=%00',
    '/v1/shows/%00',
    '/v1/shows/%ff',
    '/v1/shows/demo%201',
    `/v1/shows/${'x'.repeat(100)}`,
  ])
    t.like((await gus.get(url)).body, { code: 'invalid_request', status: 400 }, url)
  t.is((await gus.get(`/v1/shows/${'x'.repeat(1_000)}`)).body.code, 'not_found')
  t.is((await gus.get('/v1/shows/demo-1/seats?section=Z')).body.code, 'not_found')
})

test('a refusal says what was wrong with the request: limits, sections, roles, values and routes', async (t) => {
  const [hal, staff] = await Promise.all([server.as('hal'), server.as('hal', 'developer')])
  const best = (bestAvailable: object) => hal.post('/v1/reservations', { showId: 'demo-1', bestAvailable })
  const [first, section, role, value, route] = await Promise.all([
    best({ count: 5 }),
    best({ count: 1, sectionId: 'nowhere' }),
    staff.post('/v1/reservations', { showId: 'demo-1', bestAvailable: { count: 1 } }),
    server.send({ method: 'POST', url: '/v1/dev/login', payload: { userId: 'a', role: 'root' } }),
    hal.get('/v1/nothing'),
  ])
  t.like(first.body, { code: 'seat_limit', seatLimit: 4, seatsOfBuyer: 0, seatsRequested: 5 })
  t.is(first.body.detail, 'The show allows a buyer 4 seats; you have 0 and asked for 5 more.')
  t.like(section.body, { code: 'not_found', sectionUnknown: 'nowhere' })
  t.is(section.body.detail, 'The plan of this show has no such section.')
  t.like(role.body, { code: 'forbidden', detail: 'This is for buyer, not for developer.' })
  t.is(value.body.detail, 'body.role must be one of buyer, developer, admin, payments.')
  t.is(route.body.detail, 'There is no such route; /docs has all that there are.')
  t.regex(route.body.whatNext, /the contract is at \/docs/)
})

test('no answer repeats what was sent: a secret in a wrong place stays where it was', async (t) => {
  const secret = 'hunter2 <script>alert(1)</script>'
  const replies = await Promise.all([
    reserve(wish([secret])),
    reserve(`{"showId":"${secret}"}`),
    reserve(`{${secret}`),
    server.send({ method: 'POST', url: '/v1/dev/login', payload: { userId: 'a b', role: secret } }),
    server.send({ method: 'GET', url: '/v1/reservations', headers: { authorization: `Bearer ${secret}` } }),
  ])
  for (const { status, body } of replies) {
    t.true(status === 400 || status === 401)
    t.false(JSON.stringify(body).includes('hunter2'))
  }
  t.false(server.log.join('').includes('hunter2'))
})

test('whatever is asked of a file is no fault of the server', async (t) => {
  const file = '/docs/static/swagger-ui.css'
  for (const [url, headers, status] of [
    ['/docs/static/../../package.json', {}, 404],
    ['/docs/static/..%2f..%2fpackage.json', {}, 404],
    ['/docs/static/a%00b', {}, 404],
    ['/docs/static/a%5cb', {}, 404],
    [`/docs/static/${'a'.repeat(5_000)}`, {}, 404],
    [file, { range: 'bytes=99999999-' }, 400],
    [file, { 'if-match': '"x"' }, 400],
    [file, { 'if-unmodified-since': 'Mon, 01 Jan 1990 00:00:00 GMT' }, 400],
  ] as const) {
    const { status: answered, body } = await server.send({ method: 'GET', url, headers })
    const code = status === 404 ? 'not_found' : 'invalid_request'
    t.deepEqual([answered, body.code], [status, code], `${url} ${Object.keys(headers)}`)
  }
})
