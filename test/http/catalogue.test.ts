import test from 'ava'
import { type Client, type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

let server: EmbeddedServer
test.before(async () => {
  server = await startEmbedded()
})
test.after.always(() => server.stop())

const anybody = (url: string, headers: Record<string, string> = {}) =>
  server.send({ method: 'GET', url, headers })

test('anybody sees concerts and shows, page by page, with the time that they speak of', async (t) => {
  const { body: concerts } = await anybody('/v1/concerts')
  t.like(concerts.items[0], { id: 'demo', name: 'Holdfast live' })
  t.true(Date.parse(concerts.asOf) <= Date.now())

  const first = await anybody('/v1/concerts/demo/shows?limit=1')
  t.is(first.body.items[0].id, 'demo-1')
  const second = await anybody(`/v1/concerts/demo/shows?limit=1&cursor=${first.body.nextCursor}`)
  t.is(second.body.items[0].id, 'demo-2')
  t.is(second.body.nextCursor, null)
  t.true(second.body.items[0].hasWaitingRoom)
  t.like((await anybody('/v1/concerts/demo')).body, { id: 'demo' })
  t.like((await anybody('/v1/shows/demo-1')).body, {
    id: 'demo-1',
    sale: 'open',
    currency: 'KRW',
    seatLimit: 4,
    holdTtlMs: 480_000,
    extensionMs: 120_000,
    extensionsMax: 2,
    refundableUntil: '2099-12-29T10:00:00.000Z',
  })
})

test('cursors of another list are refused', async (t) => {
  const { body } = await anybody('/v1/concerts/demo/shows?limit=1')
  t.is((await anybody(`/v1/concerts?cursor=${body.nextCursor}`)).status, 400)
})

const seatsLeft = async (sectionId: string) => {
  const { body } = await anybody('/v1/shows/demo-1/sections')
  return body.items.find(({ id }: { id: string }) => id === sectionId)
}

const hold = (buyer: Client, ...seatIds: string[]) =>
  buyer.post('/v1/reservations', { showId: 'demo-1', seatIds })

test('sections count what is free, held and sold, per price', async (t) => {
  const before = await seatsLeft('A')
  t.like(before, { name: 'Block A', total: 235, free: 235, held: 0, sold: 0, blocked: 0 })
  const ann = await server.as('ann')
  await ann.post('/v1/balance/charges', { amount: 88_000 })
  const { body: paid } = await hold(ann, 'A-1-1')
  await ann.post(`/v1/reservations/${paid.id}/payment`)
  await hold(ann, 'A-1-2', 'A-1-3')
  const after = await seatsLeft('A')
  t.like(after, { total: 235, free: 232, held: 2, sold: 1 })
  t.deepEqual(after.prices, [{ category: 'Kategorie II', price: 88_000, free: 232 }])
})

test('seats come with place, price and state, and only again once they have changed', async (t) => {
  const url = '/v1/shows/demo-1/seats?section=C'
  const first = await anybody(url)
  t.is(first.body.items.length, 233)
  const [seat] = first.body.items
  t.like(seat, { section: 'C', category: 'Kategorie II', price: 88_000, status: 'free' })
  t.deepEqual(
    Object.keys(seat).sort(),
    ['category', 'id', 'number', 'price', 'row', 'section', 'status', 'x', 'y'].sort(),
  )
  const tag = String(first.headers.etag)
  const ben = await server.as('ben')
  const unchanged = await anybody(url, { 'if-none-match': `"other", ${tag}` })
  if (unchanged.status !== 304) t.not(unchanged.headers.etag, tag, 'another test has bought meanwhile')
  t.is((await hold(ben, seat.id)).status, 201)
  const changed = await anybody(url, { 'if-none-match': tag })
  t.is(changed.status, 200)
  t.is(changed.body.items[0].status, 'held')
  t.true(changed.body.revision > first.body.revision)
  t.is((await anybody(url, { 'if-none-match': String(changed.headers.etag) })).status, 304)
  t.false(JSON.stringify(changed.body).includes('ben'), 'nobody learns who holds what')
  t.false(JSON.stringify(changed.body).includes('demo-1.'))
})

test('whoever has what would be sent is told so, however the tag is written', async (t) => {
  for (const url of ['/v1/shows/demo-2/seats', '/v1/shows/demo-2/sections', '/visualizer']) {
    const { headers } = await anybody(url)
    const tag = String(headers.etag)
    const strong = tag.replace('W/', '')
    for (const match of [tag, strong, `W/${strong}`, `"other" , ${strong}`, '*']) {
      const unchanged = await anybody(url, { 'if-none-match': match })
      t.is(unchanged.status, 304, `${url} ${match}`)
      t.is(unchanged.headers.vary, headers.vary)
      t.is(unchanged.headers.etag, tag)
    }
    for (const match of ['', '"*"', '"other"', strong.slice(0, -1)])
      t.is((await anybody(url, { 'if-none-match': match })).status, 200, `${url} ${match}`)
  }
})

test('a projection that was lost is rebuilt from the master', async (t) => {
  const cat = await server.as('cat')
  const { body } = await hold(cat, 'F-14-1', 'F-14-2')
  t.is(body.state, 'held')
  const { projection } = server.parts
  await projection.apply('demo-1', 999_999, 1_000_000, [])
  t.is(await projection.read('demo-1'), null)
  const replies = await Promise.all([1, 2, 3].map(() => anybody('/v1/shows/demo-1/seats?section=F')))
  for (const { body: seats } of replies)
    t.is(seats.items.filter(({ status }: { status: string }) => status === 'held').length, 2)
  t.truthy(await projection.read('demo-1'))
})

test('the contract is OpenAPI 3.1, and can be tried out under a policy without inline scripts', async (t) => {
  const { body: contract } = await anybody('/openapi.json')
  t.is(contract.openapi, '3.1.0')
  const reserve = contract.paths['/v1/reservations'].post
  t.deepEqual(Object.keys(reserve.responses).sort(), ['201', '202', 'default'])
  t.true(
    reserve.parameters.some(
      ({ name, required }: Record<string, unknown>) => name === 'idempotency-key' && required,
    ),
  )
  t.truthy(reserve.responses.default.content['application/problem+json'])

  const page = await anybody('/docs')
  t.is(page.status, 200)
  t.notRegex(page.body, /<script(?![^>]*\ssrc=)|\son\w+=|javascript:/i)
  const policy = String(page.headers['content-security-policy'])
  t.regex(policy, /default-src 'self'; script-src 'self'; script-src-attr 'none'/)
  for (const [, source] of page.body.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)) {
    const path = source.startsWith('docs/') ? `/${source}` : `/docs/${source}`
    t.is((await anybody(path)).status, 200, path)
  }
  const api = String((await anybody('/v1/concerts')).headers['content-security-policy'])
  t.false(api.includes('unsafe'))
  t.is((await anybody('/v1/concerts')).headers['x-content-type-options'], 'nosniff')
})

test('every answer names its request, and trace context goes through', async (t) => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const replies = await Promise.all(
    ['/healthz', '/v1/concerts', '/nothing', '/v1/balance'].map((url) => anybody(url, { traceparent })),
  )
  t.is(new Set(replies.map(({ headers }) => headers['request-id'])).size, 4)
  for (const { headers, body } of replies) {
    t.is(headers.traceparent, traceparent)
    if (body.requestId) t.is(body.requestId, headers['request-id'])
  }
  t.is((await anybody('/healthz', { traceparent: 'nonsense' })).headers.traceparent, undefined)
})

test('readiness names every dependency, and metrics count what was asked', async (t) => {
  const ready = await anybody('/readyz')
  t.is(ready.status, 200)
  t.deepEqual(
    ready.body.dependencies.map(({ name, state }: Record<string, string>) => `${name} ${state}`),
    ['master up', 'replica up', 'broker up'],
  )
  await anybody('/v1/balance')
  const { body: metrics } = await anybody('/metrics')
  t.regex(metrics, /http_request_duration_seconds_count\{method="GET",route="\/readyz",status="200"\} \d/)
  t.regex(metrics, /http_problems_total\{code="unauthorized"\} \d/)
})
