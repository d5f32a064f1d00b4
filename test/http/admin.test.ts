import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { encodeCommands } from '../../engine/command.ts'
import { limits } from '../../engine/limits.ts'
import { type Client, type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

let server: EmbeddedServer
let admin: Client
test.before(async () => {
  server = await startEmbedded()
  admin = await server.as('root', 'admin')
})
test.after.always(() => server.stop())

const hall = (seats = ['P-1', 'P-2', 'P-3', 'P-4']) => ({
  name: 'Parlour',
  size: { width: 100, height: 100 },
  categories: [{ name: 'Sofa' }, { name: 'Chair' }],
  zones: [
    {
      name: 'Parlour',
      zone_id: 'P',
      position: { x: 0, y: 0 },
      rows: [
        {
          row_number: '1',
          seats: seats.map((id, index) => ({
            seat_guid: id,
            seat_number: String(index + 1),
            position: { x: index, y: 0 },
            category: index === 0 ? 'Sofa' : 'Chair',
          })),
        },
      ],
    },
  ],
})

const showBody = (id: string, others: object = {}) => ({
  id,
  concertId: 'recital',
  venueId: 'parlour',
  startsAt: '2030-05-01T20:00:00+02:00',
  opensAt: '2020-01-01T00:00:00Z',
  closesAt: '2030-05-01T18:00:00Z',
  prices: { Sofa: 900, Chair: 500 },
  ...others,
})

test.serial('a venue, a concert and a show come into being, and can be bought from at once', async (t) => {
  const venue = await admin.post('/v1/admin/venues', { id: 'parlour', name: '응접실', plan: hall() })
  t.is(venue.status, 201)
  t.deepEqual(venue.body, { id: 'parlour', name: '응접실', seatCount: 4 })
  const concert = { id: 'recital', name: 'Recital <b>', description: '' }
  t.deepEqual((await admin.post('/v1/admin/concerts', concert)).body, concert)
  const show = await admin.post('/v1/admin/shows', showBody('recital-1', { holdTtlMs: 5_000, seatLimit: 2 }))
  t.is(show.status, 201)
  t.is(show.headers.location, '/v1/shows/recital-1')

  const { body } = await admin.get('/v1/shows/recital-1')
  t.like(body, { sale: 'open', currency: 'KRW', startsAt: '2030-05-01T18:00:00.000Z', hasWaitingRoom: false })
  t.deepEqual(body.prices, { Sofa: 900, Chair: 500 })
  const ann = await server.as('ann')
  const held = await ann.post('/v1/reservations', { showId: 'recital-1', seatIds: ['P-1', 'P-2'] })
  t.like(held.body, { amount: 1_400 })
})

test.serial('the same content again changes nothing, other content is refused', async (t) => {
  t.is((await admin.post('/v1/admin/venues', { id: 'parlour', name: '응접실', plan: hall() })).status, 201)
  const other = await admin.post('/v1/admin/venues', { id: 'parlour', name: 'Other', plan: hall() })
  t.like(other.body, { code: 'already_exists', status: 409 })
  t.is((await admin.post('/v1/admin/shows', showBody('recital-1'))).status, 409)
})

for (const [what, plan, path] of [
  ['no plan', undefined, /plan/],
  ['a text', 'plan', /^body\.plan: the document /],
  ['a plan without zones', { name: 'x', size: { width: 1, height: 1 }, categories: [] }, /zones/],
  ['the same seat twice', hall(['P-1', 'P-1']), /zones\[0\]\.rows\[0\]\.seats\[1\]/],
  ['a seat id with a blank', hall(['P 1']), /seat_guid/],
  ['an unknown category', { ...hall(), categories: [{ name: 'Sofa' }] }, /category 'Chair'/],
  ['a lone surrogate', { ...hall(), name: '\ud800' }, /^body\.plan\.name /],
  ['a null byte', { ...hall(), name: 'a\u0000' }, /^body\.plan\.name /],
] as const)
  test(`a venue of ${what} is refused with the path of what is wrong`, async (t) => {
    const { body } = await admin.post('/v1/admin/venues', { id: 'other', name: 'Other', plan })
    t.like(body, { code: 'invalid_request', status: 400 })
    t.regex(body.detail, path)
  })

const nested = (depth: number, open: string, inmost: string, close: string) =>
  `${open.repeat(depth)}${inmost}${close.repeat(depth)}`
const withPlan = (id: string, plan: string) =>
  admin.post('/v1/admin/venues', `{"id":"${id}","name":"Deep","plan":${plan}}`, {
    'content-type': 'application/json',
  })
const withMember = (member: string) =>
  JSON.stringify({ ...hall(), more: 0 }).replace(/"more":0/, `"more":${member}`)

for (const [what, plan] of [
  ['100,000 lists in one another', nested(100_000, '[', '', ']')],
  ['20,000 objects in one another', nested(20_000, '{"a":', '1', '}')],
  ['a member with 3,000 levels', withMember(nested(3_000, '[', '', ']'))],
  ['a member with a level too many', withMember(nested(limits.planDepthMax, '[', '', ']'))],
] as const)
  test(`a venue of ${what} is refused`, async (t) => {
    const { status, body } = await withPlan('deep', plan)
    t.is(status, 400)
    t.like(body, { code: 'invalid_request', detail: 'body.plan must not be nested deeper than 64 levels.' })
  })

test('what a plan has beyond the format may be nested', async (t) => {
  const plan = withMember(nested(limits.planDepthMax - 1, '[', '', ']'))
  t.is((await withPlan('nested', plan)).status, 201)
})

test('of a body that may be left out it is told what is wrong with the one that came', async (t) => {
  for (const [sent, detail] of [
    [{ reason: 'a\u0000' }, /^body\.reason must match pattern /],
    [{ raison: 'a' }, /^body must not have 'raison'\.$/],
  ] as const) {
    const { status, body } = await admin.post('/v1/admin/parked/none/retry', sent)
    t.is(status, 400)
    t.regex(body.detail, detail)
  }
})

const prices = { VIP: 1, 'Kategorie I': 1, 'Kategorie II': 1 }

for (const [what, others] of Object.entries({
  'a missing price': { prices: { VIP: 1, 'Kategorie I': 1 } },
  'a price for no category': { prices: { ...prices, Bench: 1 } },
  'a negative price': { prices: { ...prices, VIP: -1 } },
  'half a price': { prices: { ...prices, VIP: 0.5 } },
  'a price as text': { prices: { ...prices, VIP: '900' } },
  'an unpayable price': { prices: { ...prices, VIP: 1e13 } },
  'a sale that closes first': { closesAt: '2020-01-01T00:00:00Z' },
  'a sale that opens when the show has begun': { startsAt: '2020-01-01T00:00:00Z' },
  'a day for a time': { opensAt: '2020-01-01' },
  'a time that is none': { opensAt: '2020-13-01T00:00:00Z' },
  'a hold of no time': { holdTtlMs: 0 },
  'a hold of 2^31 ms': { holdTtlMs: 2 ** 31 },
  'no seats per buyer': { seatLimit: 0 },
  'extensions of no time': { extensionsMax: 1 },
  'another currency': { currency: 'EUR' },
  'a dot in its id': { id: 'a.b' },
  'markup in its id': { id: '<b>' },
}))
  test(`a show with ${what} is refused`, async (t) => {
    const { status, body } = await admin.post('/v1/admin/shows', {
      ...showBody('recital-2'),
      concertId: 'demo',
      venueId: 'riethsporthalle',
      prices,
      ...others,
    })
    t.is(status, 400, body.detail)
    t.is(body.code, 'invalid_request')
  })

test('a category with an end of a line in its name is refused, and has no price where an older release took it', async (t) => {
  for (const [index, end] of ['\u2028', '\u2029'].entries()) {
    const category = `Front${end}row`
    const plan = JSON.parse(JSON.stringify(hall()).replaceAll('Chair', category))
    const refused = await admin.post('/v1/admin/venues', { id: 'odd', name: 'Odd', plan })
    t.like(refused, { status: 400, body: { code: 'invalid_request' } })

    const venueId = `older-${index}`
    await server.parts.administration.createVenue({ id: venueId, name: 'Older', seatCount: 4, plan })
    const show = showBody('recital-4', {
      concertId: 'demo',
      venueId,
      prices: { Sofa: 900, [category]: -500 },
    })
    t.like(await admin.post('/v1/admin/shows', show), { status: 400, body: { code: 'invalid_request' } })
  }
})

for (const [sale, times] of Object.entries({
  not_open: { opensAt: '2029-01-01T00:00:00Z' },
  over: { closesAt: '2020-01-02T00:00:00Z' },
}))
  test(`who asks for seats of a show whose sale is ${sale} is told so`, async (t) => {
    const showId = `recital-${sale.replace('_', '-')}`
    const show = showBody(showId, { concertId: 'demo', venueId: 'riethsporthalle', prices, ...times })
    t.is((await admin.post('/v1/admin/shows', show)).status, 201)
    const dan = await server.as('dan')
    const { body } = await dan.post('/v1/reservations', { showId, seatIds: ['A-1-1'] })
    t.like(body, { code: 'show_not_on_sale', sale })
    t.is((await admin.get(`/v1/shows/${showId}`)).body.sale, sale)
  })

test('a show of no concert or in no venue is not found', async (t) => {
  for (const others of [{ concertId: 'none' }, { venueId: 'none' }])
    t.is((await admin.post('/v1/admin/shows', showBody('recital-3', others))).status, 404)
})

test('names are kept as they are, without control characters', async (t) => {
  for (const name of ['a\u0000', 'a\nb', '\udfff', ''])
    t.is((await admin.post('/v1/admin/concerts', { id: 'x', name, description: '' })).status, 400)
})

test('a plan may be larger than other bodies', async (t) => {
  const seats = Array.from({ length: 5_000 }, (_, index) => `seat-${index}`)
  const { status, body } = await admin.post('/v1/admin/venues', {
    id: 'large',
    name: 'Large',
    plan: hall(seats),
  })
  t.is(status, 201)
  t.is(body.seatCount, 5_000)
})

test.serial('the sale of a show stops and goes on, in the order of its commands', async (t) => {
  const ann = await server.as('pat')
  const wish = { showId: 'demo-1', bestAvailable: { count: 1 } }
  t.like((await admin.post('/v1/admin/shows/demo-1/pause')).body, { id: 'demo-1', state: 'paused' })
  t.is((await admin.get('/v1/shows/demo-1')).body.sale, 'paused')
  t.like((await ann.post('/v1/reservations', wish)).body, {
    code: 'show_not_on_sale',
    status: 403,
    sale: 'paused',
    detail: 'The sale of this show is paused.',
  })
  t.like((await admin.post('/v1/admin/shows/demo-1/pause')).body, { code: 'invalid_state' })
  t.like((await admin.post('/v1/admin/shows/demo-1/resume')).body, { state: 'open' })
  t.is((await ann.post('/v1/reservations', wish)).status, 201)
  t.is((await admin.post('/v1/admin/shows/none/pause')).status, 404)
})

test.serial(
  'an administrator refunds a paid reservation, and the dashboard and history say so',
  async (t) => {
    const ben = await server.as('ben')
    await ben.post('/v1/balance/charges', { amount: 88_000 })
    const { body: held } = await ben.post('/v1/reservations', { showId: 'demo-1', seatIds: ['A-1-1'] })
    const refund = `/v1/admin/reservations/${held.id}/refund`
    t.like((await admin.post(refund)).body, { code: 'invalid_state' })
    await ben.post(`/v1/reservations/${held.id}/payment`)
    const { body: before } = await admin.get('/v1/admin/dashboard')
    t.is(before.items.find((item: { showId: string }) => item.showId === 'demo-1').revenue, 88_000)

    t.like((await admin.post(refund)).body, { state: 'refunded' })
    t.is((await ben.get('/v1/balance')).body.balance, 88_000)
    const { body: after } = await admin.get('/v1/admin/dashboard?limit=1')
    t.is(after.lagMs, 0)
    t.truthy(after.asOf && after.nextCursor)
    t.is(after.items[0].revenue, 0)
    const { body: history } = await ben.get(`/v1/reservations/${held.id}/history`)
    t.regex(history.items.at(-1).text, /^An administrator refunded the reservation\. ₩88,000 were paid back/)
    t.false(JSON.stringify(history).includes('root'))
    t.is((await admin.post('/v1/admin/reservations/demo-1.x.y/refund')).status, 404)
  },
)

test.serial('a parked command is listed with its reason and sent again as a new one', async (t) => {
  const cat = await server.as('cat')
  const { body: held } = await cat.post('/v1/reservations', { showId: 'demo-1', seatIds: ['A-2-1'] })
  const command = {
    id: 'parked-1',
    type: 'cancel',
    showId: 'demo-1',
    subjectId: held.id,
    userId: 'cat',
    fingerprint: 'f',
    acceptedAt: 1,
  } as const
  const at = Date.now()
  const bodyOf = (parked: object) => Buffer.from(JSON.stringify(parked))
  await server.parts.master.park([
    { id: 'parked-1', showId: 'demo-1', reason: 'it failed', body: bodyOf(command), at },
    { id: 'parked-2', showId: null, reason: 'not a command', body: encodeCommands([]), at },
    { id: 'parked-3', showId: 'gone', reason: 'no show', body: bodyOf({ ...command, showId: 'gone' }), at },
  ])
  const { body: list } = await admin.get('/v1/admin/parked')
  const [first, second] = list.items
  t.like(first, { id: 'parked-1', reason: 'it failed', showId: 'demo-1' })
  t.deepEqual(first.command, { id: 'parked-1', type: 'cancel', subjectId: held.id, userId: 'cat' })
  t.is(second.command, null)

  const retried = await admin.post('/v1/admin/parked/parked-1/retry')
  t.like(retried.body, { id: held.id, state: 'cancelled' })
  t.not(retried.body.commandId, 'parked-1')
  t.is((await cat.get(`/v1/reservations/${held.id}`)).body.state, 'cancelled')
  t.like((await admin.post('/v1/admin/parked/parked-2/retry')).body, { code: 'invalid_state', status: 409 })
  t.like((await admin.post('/v1/admin/parked/parked-3/retry')).body, { code: 'invalid_state', status: 409 })
  t.is((await admin.post('/v1/admin/parked/none/retry')).status, 404)
})

test('the machines are told as charts with their rules in words', async (t) => {
  const { body: list } = await admin.get('/v1/machines')
  t.deepEqual(
    list.items.map(({ name, version, isActive }: Record<string, unknown>) => [name, version, isActive]),
    [
      ['reservation', 1, true],
      ['show', 1, true],
    ],
  )
  const { body: chart } = await admin.get('/v1/machines/reservation/1')
  t.is(chart.initial, 'queued')
  t.is(chart.states.filter(({ isEnd }: { isEnd: boolean }) => isEnd).length, 4)
  const payment = chart.branches.filter(
    ({ from, event }: Record<string, string>) => from === 'held' && event === 'pay',
  )
  t.deepEqual(payment[0], {
    from: 'held',
    event: 'pay',
    to: 'held',
    code: 'hold_expired',
    effects: ['refuse'],
    rule: { name: 'isBeforeDeadline', mustHold: false },
  })
  t.like(payment[2], { to: 'paid', rule: null, code: null })
  t.is(chart.rules.isBeforeDeadline.ko.broken, '선점 시간이 이미 끝났습니다')
  t.deepEqual((await admin.get('/v1/machines/show/1')).body.rules, {})
  t.is((await admin.get('/v1/machines/reservation/2')).status, 404)
})

test('the demo concert is what its plan says', async (t) => {
  const plan = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../data/riethsporthalle.seating-plan.json'), 'utf8'),
  )
  const { body } = await admin.get('/v1/shows/demo-2/sections')
  t.is(body.items.length, plan.zones.length)
})
