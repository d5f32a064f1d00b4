import test from 'ava'
import { reservationId } from '../../engine/command.ts'
import type { Claims } from '../../engine/ports.ts'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

let server: EmbeddedServer
test.before(async () => {
  server = await startEmbedded()
})
test.after.always(() => server.stop())

const best = (count: number) => ({ showId: 'demo-1', bestAvailable: { count } })
const named = (...seatIds: string[]) => ({ showId: 'demo-1', seatIds })

test('named seats are held, with their places, prices and deadline', async (t) => {
  const ann = await server.as('ann')
  const { status, headers, body } = await ann.post('/v1/reservations', named('A-1-1', 'A-1-2'))
  t.is(status, 201)
  t.like(body, { state: 'held', amount: 176_000, currency: 'KRW' })
  t.deepEqual(body.seats[0], { id: 'A-1-1', section: 'A', row: '1', number: '1', price: 88_000 })
  t.is(headers.location, `/v1/reservations/${body.id}`)
  t.is(headers['preference-applied'], 'wait=10')
  const leftMs = Date.parse(body.holdExpiresAt) - Date.now()
  t.true(470_000 < leftMs && leftMs <= 480_000)

  const { body: read } = await ann.get(`/v1/reservations/${body.id}`)
  t.like(read, { id: body.id, state: 'held', amount: 176_000, holdExpiresAt: body.holdExpiresAt })
  t.deepEqual(read.lastCommand, { id: body.commandId, type: 'reserve', state: 'accepted', code: null })
})

test('who does not wait gets a receipt, and finds the reservation from then on', async (t) => {
  const ben = await server.as('ben')
  const { status, headers, body } = await ben.post('/v1/reservations', best(1), { prefer: 'return=minimal' })
  t.is(status, 202)
  t.deepEqual(Object.keys(body).sort(), ['commandId', 'id', 'state'])
  t.is(body.state, 'queued')
  t.is(headers['preference-applied'], undefined)
  const { status: found, body: read } = await ben.get(`/v1/reservations/${body.id}`)
  t.is(found, 200)
  t.true(['queued', 'held'].includes(read.state))
})

test('a repeat under the same key is the same command and gets the same answer', async (t) => {
  const cat = await server.as('cat')
  const key = { 'idempotency-key': 'my order' }
  const replies = await Promise.all([1, 2, 3].map(() => cat.post('/v1/reservations', named('A-2-1'), key)))
  for (const { status, body } of replies) {
    t.is(status, 201)
    t.deepEqual(body, replies[0]?.body)
  }
  const id = replies[0]?.body.id
  await cat.post('/v1/balance/charges', { amount: 1_000_000 })
  t.is((await cat.post(`/v1/reservations/${id}/payment`)).status, 200)
  t.deepEqual((await cat.post('/v1/reservations', named('A-2-1'), key)).body, replies[0]?.body)

  const { status, body } = await cat.post('/v1/reservations', named('A-2-2'), key)
  t.is(status, 422)
  t.is(body.code, 'idempotency_mismatch')
  const { body: history } = await cat.get(`/v1/reservations/${id}/history`)
  t.deepEqual(
    history.items.map((item: { type: string }) => item.type),
    ['reserve', 'pay'],
  )
})

test('of a hundred buyers of one seat one gets it; the others learn what is free near by', async (t) => {
  const buyers = await Promise.all(Array.from({ length: 100 }, (_, index) => server.as(`crowd-${index}`)))
  const replies = await Promise.all(buyers.map((buyer) => buyer.post('/v1/reservations', named('A-3-5'))))
  t.is(replies.filter(({ status }) => status === 201).length, 1)
  const refusals = replies.filter(({ status }) => status === 409)
  t.is(refusals.length, 99)
  for (const { body } of refusals) {
    t.is(body.code, 'seats_taken')
    t.deepEqual(body.seatsTaken, ['A-3-5'])
    t.is(body.seatsNearby.length, 8)
  }
  const { body } = await (await server.as('late')).post('/v1/reservations', named('A-3-5'))
  t.is(body.claimedUntil, null)
  t.true(
    body.seatsNearby.every(
      (seat: { section: string; price: number }) => seat.section === 'A' && seat.price > 0,
    ),
  )
  t.false(body.seatsNearby.some((seat: { id: string }) => seat.id === 'A-3-5'))
})

test('seats that somebody is about to get are not offered as free near by', async (t) => {
  const claims = server.parts.claims as Claims
  await (await server.as('sam')).post('/v1/reservations', named('F-14-5'))
  await claims.claim({
    showId: 'demo-1',
    reservationId: 'of-somebody',
    commandId: 'c-6',
    fingerprint: 'f',
    userId: 'tom',
    seatIds: ['F-14-6'],
    admissionRequired: false,
    now: server.parts.clock.now(),
  })
  const { body } = await (await server.as('una')).post('/v1/reservations', named('F-14-5'))
  const offered = body.seatsNearby.map(({ id }: { id: string }) => id)
  t.true(offered.includes('F-14-4'))
  t.false(offered.includes('F-14-6'))
})

test('paying takes the money once, and the balance shows how', async (t) => {
  const dan = await server.as('dan')
  const { body: held } = await dan.post('/v1/reservations', named('A-4-1'))
  const pay = (key: string) => dan.post(`/v1/reservations/${held.id}/payment`, {}, { 'idempotency-key': key })

  const { status: refused, body: problem } = await pay('first')
  t.is(refused, 402)
  t.like(problem, { code: 'insufficient_balance', state: 'held', id: held.id })
  await dan.post('/v1/balance/charges', { amount: 100_000 })
  t.is((await pay('first')).status, 402, 'an answer is final for its key')

  const [one, two] = await Promise.all([pay('second'), pay('third')])
  t.deepEqual([one.status, two.status].sort(), [200, 409])
  t.is([one, two].find(({ status }) => status === 409)?.body.code, 'invalid_state')
  t.deepEqual((await dan.get('/v1/balance')).body, { balance: 12_000, currency: 'KRW' })
  const { body: entries } = await dan.get('/v1/balance/entries')
  t.deepEqual(
    entries.items.map(({ kind, amount }: { kind: string; amount: number }) => [kind, amount]),
    [
      ['payment', -88_000],
      ['charge', 100_000],
    ],
  )
  t.is(entries.items[0].reference, held.id)
})

test('holds are extended as often as the show allows, and given back', async (t) => {
  const eve = await server.as('eve')
  const { body: held } = await eve.post('/v1/reservations', named('A-5-1'))
  const extend = () => eve.post(`/v1/reservations/${held.id}/extension`)
  const first = await extend()
  t.is(first.status, 200)
  t.is(Date.parse(first.body.holdExpiresAt) - Date.parse(held.holdExpiresAt), 120_000)
  t.is((await extend()).status, 200)
  t.like((await extend()).body, { code: 'extension_limit', status: 409 })

  const { status, body } = await eve.post(`/v1/reservations/${held.id}/cancellation`)
  t.is(status, 200)
  t.like(body, { state: 'cancelled', amount: 0 })
  t.is((await (await server.as('eves-friend')).post('/v1/reservations', named('A-5-1'))).status, 201)
  t.like((await eve.post(`/v1/reservations/${held.id}/payment`)).body, { code: 'invalid_state', status: 409 })
})

test('a paid reservation goes back by the show’s refund rule, and the money with it', async (t) => {
  const fay = await server.as('fay')
  await fay.post('/v1/balance/charges', { amount: 88_000 })
  const { body: held } = await fay.post('/v1/reservations', named('A-6-1'))
  t.is((await fay.post(`/v1/reservations/${held.id}/payment`)).status, 200)
  const { body } = await fay.post(`/v1/reservations/${held.id}/cancellation`)
  t.like(body, { state: 'refunded', amount: 88_000 })
  t.is((await fay.get('/v1/balance')).body.balance, 88_000)
})

test('nobody holds more seats than the show allows, also with two requests at once', async (t) => {
  const gus = await server.as('gus')
  const replies = await Promise.all([
    gus.post('/v1/reservations', named('A-7-1', 'A-7-2', 'A-7-3')),
    gus.post('/v1/reservations', named('A-7-4', 'A-7-5')),
  ])
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 409])
  t.is(replies.find(({ status }) => status === 409)?.body.code, 'seat_limit')
})

test('a payment sent right after the receipt is decided after its reservation', async (t) => {
  const mia = await server.as('mia')
  await mia.post('/v1/balance/charges', { amount: 200_000 })
  const receipt = await mia.post('/v1/reservations', best(1), { prefer: '' })
  t.is(receipt.status, 202)
  const paid = await mia.post(`/v1/reservations/${receipt.body.id}/payment`)
  t.is(paid.status, 200)
  t.is((await mia.get(`/v1/reservations/${receipt.body.id}`)).body.state, 'paid')
})

test('a key of one’s own for a reservation and its payment: two commands', async (t) => {
  const noa = await server.as('noa')
  await noa.post('/v1/balance/charges', { amount: 200_000 }, { 'idempotency-key': 'same' })
  const { body: held } = await noa.post('/v1/reservations', best(1), { 'idempotency-key': 'same' })
  const paid = await noa.post(`/v1/reservations/${held.id}/payment`, {}, { 'idempotency-key': 'same' })
  t.like(paid.body, { state: 'paid' })
  t.not(paid.body.commandId, held.commandId)
})

test('a key counts per user, kind of command and target, as the contract says', async (t) => {
  await makeShow('keyed', 1)
  const [pia, quin] = await Promise.all([server.as('pia'), server.as('quin')])
  const key = { 'idempotency-key': 'everywhere' }
  const replies = await Promise.all([
    pia.post('/v1/reservations', best(1), key),
    quin.post('/v1/reservations', best(2), key),
    pia.post('/v1/reservations', { ...best(3), showId: 'keyed' }, key),
  ])
  for (const { status } of replies) t.is(status, 201)
  t.is(new Set(replies.map(({ body }) => body.id)).size, 3)
  const { paths } = (await server.send({ method: 'GET', url: '/openapi.json' })).body
  const { description } = paths['/v1/reservations'].post.parameters.find(
    ({ name }: { name: string }) => name === 'idempotency-key',
  )
  t.regex(description, /counts per user, kind of command and target/)
})

/** In which each seat has this price. */
async function makeShow(id: string, price: number): Promise<void> {
  const admin = await server.as('root', 'admin')
  await admin.post('/v1/admin/shows', {
    id,
    concertId: 'demo',
    venueId: 'riethsporthalle',
    opensAt: '2020-01-01T00:00:00Z',
    startsAt: '2090-01-01T00:00:00Z',
    closesAt: '2090-01-01T00:00:00Z',
    prices: { VIP: price, 'Kategorie I': price, 'Kategorie II': price },
  })
}

test('two payments of one user, together above the balance, on different shows: one succeeds', async (t) => {
  await makeShow('other', 88_000)
  const oli = await server.as('oli')
  await oli.post('/v1/balance/charges', { amount: 100_000 })
  const holds = await Promise.all([
    oli.post('/v1/reservations', named('A-10-1')),
    oli.post('/v1/reservations', { showId: 'other', seatIds: ['A-10-1'] }),
  ])
  const paid = await Promise.all(holds.map(({ body }) => oli.post(`/v1/reservations/${body.id}/payment`)))
  t.deepEqual(paid.map(({ status }) => status).sort(), [200, 402])
  t.is((await oli.get('/v1/balance')).body.balance, 12_000)
})

test('a free seat is paid by whoever never had a balance', async (t) => {
  await makeShow('free', 0)
  const sue = await server.as('sue')
  const { body } = await sue.post('/v1/reservations', { showId: 'free', seatIds: ['A-12-1'] })
  const paid = await sue.post(`/v1/reservations/${body.id}/payment`)
  t.is(paid.status, 200, JSON.stringify(paid.body))
  t.like(paid.body, { state: 'paid' })
  t.is((await sue.get('/v1/balance')).body.balance, 0)
})

test('overlapping wishes in opposite orders: one gets all of its seats, the other none', async (t) => {
  const buyers = await Promise.all(['pia', 'quy'].map((name) => server.as(name)))
  const wishes = [named('A-11-1', 'A-11-2'), named('A-11-2', 'A-11-1')]
  const replies = await Promise.all(
    buyers.map((buyer, index) => buyer.post('/v1/reservations', wishes[index])),
  )
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 409])
})

test('a show with a waiting room sells to nobody who was not let in', async (t) => {
  const rex = await server.as('rex')
  const wish = { showId: 'demo-2', bestAvailable: { count: 1 } }
  for (const headers of [{}, { 'queue-token': 'forged' }, { 'queue-token': 'x'.repeat(4_000) }] as Record<
    string,
    string
  >[])
    t.like((await rex.post('/v1/reservations', wish, headers)).body, {
      code: 'queue_token_invalid',
      status: 403,
    })
})

test('paying for a reservation that never was makes none', async (t) => {
  const { id } = (await (await server.as('hal')).post('/v1/reservations', best(1))).body
  const other = await server.as('hals-double')
  t.is((await other.post(`/v1/reservations/${id}/payment`)).status, 404)
  t.is((await other.get(`/v1/reservations/${id}`)).status, 404)
})

test('what was asked for and is not decided yet shows as queued; what was never asked for is not found', async (t) => {
  const { clock, reservationIdKey } = server.parts
  const claims = server.parts.claims as Claims
  const lou = await server.as('lou')
  const asked = reservationId(reservationIdKey, 'lou', 'demo-1', 'asked')
  const never = reservationId(reservationIdKey, 'lou', 'demo-1', 'never')
  await claims.claim({
    showId: 'demo-1',
    reservationId: asked,
    commandId: 'c',
    fingerprint: 'f',
    userId: 'lou',
    seatIds: [],
    admissionRequired: false,
    now: clock.now(),
  })
  const { status, body } = await lou.get(`/v1/reservations/${asked}`)
  t.is(status, 200)
  t.like(body, { id: asked, state: 'queued', seats: [], holdExpiresAt: null, lastCommand: null })
  t.deepEqual((await lou.get(`/v1/reservations/${asked}/history`)).body, { items: [] })
  t.is((await lou.get(`/v1/reservations/${never}`)).status, 404)
  t.like((await lou.post(`/v1/reservations/${never}/payment`)).body, { code: 'invalid_state', status: 409 })
  t.is((await lou.get(`/v1/reservations/${never}`)).status, 404, 'paying for it has not made it')
})

test('my reservations come in pages, the newest first', async (t) => {
  const ida = await server.as('ida')
  const ids: string[] = []
  for (const seat of ['A-8-1', 'A-8-2', 'A-8-3']) {
    const { body } = await ida.post('/v1/reservations', named(seat))
    ids.unshift(body.id)
  }
  const first = await ida.get('/v1/reservations?limit=2')
  const second = await ida.get(`/v1/reservations?limit=2&cursor=${first.body.nextCursor}`)
  const found = [...first.body.items, ...second.body.items].map((item: { id: string }) => item.id)
  t.deepEqual(found, ids)
  t.is(second.body.nextCursor, null)
  t.is(first.body.items[0].lastCommand.type, 'reserve')

  for (const cursor of [
    'x',
    'bnVsbA',
    `${first.body.nextCursor}A`,
    Buffer.from('{"createdAt":"1","id":"x"}').toString('base64url'),
  ])
    t.like((await ida.get(`/v1/reservations?cursor=${cursor}`)).body, {
      code: 'invalid_request',
      status: 400,
    })
})

test('a history says in words what was decided and why, in English and Korean', async (t) => {
  const jan = await server.as('jan')
  const { body: held } = await jan.post('/v1/reservations', named('A-9-1'))
  await jan.post(`/v1/reservations/${held.id}/payment`)
  const rival = await server.as('jans-rival')
  const { body: lost } = await rival.post('/v1/reservations', named('A-9-1'))
  t.is(lost.code, 'seats_taken')

  const { body, headers } = await jan.get(`/v1/reservations/${held.id}/history`)
  t.is(headers['content-language'], 'en')
  const [reserve, pay] = body.items
  t.like(reserve, { seq: 1, type: 'reserve', outcome: 'accepted', from: 'queued', to: 'held', reason: null })
  t.regex(
    reserve.text,
    /^The buyer asked for 1 seat, had 0 of at most 4, and got Block A row 9 seat 1\. Held until .*Z for ₩88,000\.$/,
  )
  t.like(pay, {
    seq: 2,
    outcome: 'refused',
    code: 'insufficient_balance',
    reason: 'the balance was too small',
  })
  t.is(pay.facts.balance, 0)
  t.regex(pay.facts.acceptedAt, /^\d{4}-\d\d-\d\dT.*Z$/)
  t.false(JSON.stringify(body).includes('jans-rival'))

  const korean = await jan.get(`/v1/reservations/${held.id}/history`, {
    'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8',
  })
  t.is(korean.headers['content-language'], 'ko')
  t.regex(korean.body.items[0].text, /Block A 9열 1번/)
  t.is(korean.body.items[1].reason, '잔액이 부족했습니다')
})

test('preferences that are not understood are ignored, and nobody waits for longer than ten seconds', async (t) => {
  const kim = await server.as('kim')
  for (const [prefer, applied] of [
    ['wait=abc', undefined],
    ['respond-async, wait=3', 'wait=3'],
    ['wait=99999', 'wait=10'],
    ['wait=0', undefined],
  ] as const) {
    const { headers } = await kim.post('/v1/reservations', named('Z-unknown'), { prefer })
    t.is(headers['preference-applied'], undefined, 'a refusal at the door waits for nothing')
    const { body: held, headers: told } = await kim.post('/v1/reservations', best(1), { prefer })
    t.is(told['preference-applied'], applied)
    await kim.post(`/v1/reservations/${held.id}/cancellation`)
  }
})
