// The waiting room through the front door: from joining, by way of a session, to the seat.
import test from 'ava'
import { seedHashOf } from '../../engine/draw.ts'
import { limits } from '../../engine/limits.ts'
import { QueueTokens } from '../../engine/queue-token.ts'
import { type Client, type EmbeddedServer, type Reply, startEmbedded } from '../support/embedded-server.ts'
import { readEvents } from '../support/event-reader.ts'
import { inletOf, inletSettings, join, RoomShows } from '../support/room-shows.ts'
import { digestOf, shuffled } from '../support/shuffle.ts'
import { until } from '../support/until.ts'

const secret = 'a-queue-token-secret-that-is-long-enough'
let server: EmbeddedServer
let address: string
let admin: Client
let shows: RoomShows
test.before(async () => {
  server = await startEmbedded({ QUEUE_TOKEN_KEYS: secret })
  address = await server.app.listen({ port: 0 })
  admin = await server.as('root', 'admin')
  shows = new RoomShows(server, admin)
})
test.after.always(() => server.stop())

const look = (client: Client, token: string): Promise<Reply> =>
  client.get('/v1/waiting-room', { 'queue-token': token })

const leave = (client: Client, token: string): Promise<Reply> =>
  shows.send(client, 'DELETE', '/v1/waiting-room', undefined, { 'queue-token': token })

const reserve = (client: Client, showId: string, seatId: string, token?: string): Promise<Reply> =>
  client.post('/v1/reservations', { showId, seatIds: [seatId] }, token ? { 'queue-token': token } : {})

const untilState = (client: Client, token: string, state: string): Promise<void> =>
  until(async () => (await look(client, token)).body.state === state)

/** Joins and waits to be let in; the token. */
async function comeIn(client: Client, show: string): Promise<string> {
  const { queueToken } = (await join(client, show)).body
  await untilState(client, queueToken, 'admitted')
  return queueToken
}

test('one joins, is let in, reserves, pays, and has to join anew', async (t) => {
  const show = await shows.make('room-1')
  const ann = await server.as('ann')
  await ann.post('/v1/balance/charges', { amount: 1_000 })
  await shows.configure(show, { ratePerSecond: 0.01 })
  const joined = await join(ann, show)
  t.is(joined.status, 201)
  t.like(joined.body, { showId: show, number: 1, position: 1, state: 'waiting', sessionExpiresAt: null })
  t.true(joined.body.etaSeconds >= 1)
  const { queueToken } = joined.body
  t.like((await reserve(ann, show, 'A-1-1', queueToken)).body, { status: 403, code: 'not_admitted' })

  await shows.configure(show)
  await untilState(ann, queueToken, 'admitted')
  const inside = (await look(ann, queueToken)).body
  t.like(inside, { number: 1, position: 0, etaSeconds: 0 })
  t.true(Date.parse(inside.sessionExpiresAt) > Date.now())
  const held = await reserve(ann, show, 'A-1-1', queueToken)
  t.is(held.status, 201)
  t.is((await ann.post(`/v1/reservations/${held.body.id}/payment`)).status, 200)

  await untilState(ann, queueToken, 'expired')
  t.is((await reserve(ann, show, 'A-1-2', queueToken)).body.code, 'not_admitted')
  const anew = await join(ann, show)
  t.is(anew.status, 201)
  t.is(anew.body.number, 2)
})

test('joining again answers 200 with the same place and a token', async (t) => {
  const show = await shows.make('room-2')
  const [ann, ben] = [await server.as('ann'), await server.as('ben')]
  await shows.send(admin, 'PUT', inletOf(show), inletSettings)
  await admin.post(`${inletOf(show)}/pause`)
  await join(ann, show)
  const replies = await Promise.all(Array.from({ length: 10 }, () => join(ben, show)))
  t.is(replies.filter(({ status }) => status === 201).length, 1)
  t.is(replies.filter(({ status }) => status === 200).length, 9)
  for (const { body } of replies) {
    t.like(body, { number: 2, position: 2, state: 'paused', etaSeconds: null })
    t.is((await look(ben, body.queueToken)).body.number, 2)
  }
})

test('before the sale opens one gets a number, and no seat', async (t) => {
  const show = await shows.make('room-3', { opensAt: new Date(Date.now() + 3_600_000).toISOString() })
  const ann = await server.as('ann')
  const { status, body } = await join(ann, show)
  t.is(status, 201)
  t.like(body, { number: 1, state: 'not_open' })
  t.true(body.etaSeconds >= 3_590)
  t.is(body.pollAfterMs > 0.7 * limits.pollAfterMaxMs, true)
  t.is((await reserve(ann, show, 'A-1-1', body.queueToken)).body.code, 'show_not_on_sale')
})

test('a show without a waiting room has none to join, to look at or to set up', async (t) => {
  const show = await shows.make('room-4', { hasWaitingRoom: false })
  const ann = await server.as('ann')
  t.like(await join(ann, show), { status: 404, body: { code: 'no_waiting_room' } })
  t.like(await join(ann, 'no-such-show'), { status: 404, body: { code: 'not_found' } })
  t.like(await admin.get(inletOf(show)), { status: 404, body: { code: 'no_waiting_room' } })
  t.like(await shows.configure(show), { status: 404, body: { code: 'no_waiting_room' } })
  for (const stopOrGo of ['pause', 'resume'])
    t.is((await admin.post(`${inletOf(show)}/${stopOrGo}`)).body.code, 'no_waiting_room')
})

test('a token of another user, another show, expired, altered or signed by no key of ours is refused', async (t) => {
  const [show, other] = [await shows.make('room-5'), await shows.make('room-6')]
  const [ann, ben] = [await server.as('ann'), await server.as('ben')]
  const token = await comeIn(ann, show)
  const elsewhere = await comeIn(ann, other)
  const place = { showId: show, userId: 'ann', number: 1, expiresAt: Date.now() + 60_000 }
  const refused: Record<string, string> = {
    expired: new QueueTokens([secret]).sign({ ...place, expiresAt: Date.now() - 1_000 }),
    'of a retired key': new QueueTokens(['a-retired-secret-that-is-long-enough-too']).sign(place),
    altered: `B${token.slice(1)}`,
    shorter: token.slice(0, -1),
    longer: `${token}A`,
    'of two parts too many': `${token}.${token}`,
    'very long': 'A'.repeat(8_000),
    empty: '',
  }
  for (const [what, each] of Object.entries(refused)) {
    t.like((await look(ann, each)).body, { status: 403, code: 'queue_token_invalid' }, `look: ${what}`)
    t.like((await leave(ann, each)).body, { status: 403, code: 'queue_token_invalid' }, `leave: ${what}`)
    const reserved = await reserve(ann, show, 'A-1-1', each)
    t.like(reserved.body, { status: 403, code: 'queue_token_invalid' }, `reserve: ${what}`)
  }
  t.is((await look(ben, token)).body.code, 'queue_token_invalid')
  t.is((await reserve(ben, show, 'A-1-1', token)).body.code, 'queue_token_invalid')
  t.is((await reserve(ann, show, 'A-1-1', elsewhere)).body.code, 'queue_token_invalid')
  t.is((await reserve(ann, show, 'A-1-1')).body.code, 'queue_token_invalid')
  t.is((await join(ann, show, { 'queue-token': elsewhere })).body.code, 'queue_token_invalid')
  t.is((await ann.get('/v1/waiting-room')).body.code, 'queue_token_invalid')
  t.is((await look(ann, token)).body.state, 'admitted')
  t.is((await reserve(ann, show, 'A-1-1', token)).status, 201)
})

test('who leaves is gone, and joins anew at the end', async (t) => {
  const show = await shows.make('room-7')
  const [ann, ben] = [await server.as('ann'), await server.as('ben')]
  await shows.configure(show, { admittedMax: 1 })
  const token = await comeIn(ann, show)
  const waiting = (await join(ben, show)).body.queueToken
  t.is((await leave(ann, token)).status, 204)
  t.is((await leave(ann, token)).status, 204)
  t.is((await look(ann, token)).body.state, 'left')
  t.is((await reserve(ann, show, 'A-1-1', token)).body.code, 'not_admitted')
  await untilState(ben, waiting, 'admitted')
  t.like(await join(ann, show), { status: 201, body: { number: 3 } })
})

test('the waiting room of a sale that is over takes nobody', async (t) => {
  const closesAt = new Date(Date.now() - 1_000).toISOString()
  const show = await shows.make('room-16', { closesAt })
  const { status, body } = await join(await server.as('ann'), show)
  t.like({ status, code: body.code }, { status: 403, code: 'show_not_on_sale' })
})

test('a session ends, and nobody reserves with it any more', async (t) => {
  const show = await shows.make('room-8', { holdTtlMs: 1_000 })
  const ann = await server.as('ann')
  await shows.configure(show, { sessionTtlMs: 1_000 })
  const token = await comeIn(ann, show)
  await untilState(ann, token, 'expired')
  t.like((await look(ann, token)).body, { position: null, etaSeconds: null })
  t.is((await reserve(ann, show, 'A-1-1', token)).body.code, 'not_admitted')
})

test('while seats are held the session lasts', async (t) => {
  const show = await shows.make('room-9', { holdTtlMs: 5_000 })
  const ann = await server.as('ann')
  await shows.configure(show, { sessionTtlMs: 5_000 })
  const token = await comeIn(ann, show)
  const ends = Date.parse((await look(ann, token)).body.sessionExpiresAt)
  const { body } = await reserve(ann, show, 'A-1-1', token)
  t.true(Date.parse(body.holdExpiresAt) > ends)
  await until(async () => (await look(ann, token)).body.sessionExpiresAt === body.holdExpiresAt)
  t.pass()
})

// ── streams ───────────────────────────────────────────────────────────────────────────────────────────────

const open = (client: Client, token: string) =>
  readEvents(`${address}/v1/waiting-room/stream`, {
    authorization: client.authorization,
    'queue-token': token,
  })

test('a stream tells the place, each turn of it, and ends with it', async (t) => {
  const show = await shows.make('room-10')
  const ann = await server.as('ann')
  await shows.configure(show)
  await admin.post(`${inletOf(show)}/pause`)
  const { queueToken } = (await join(ann, show)).body
  const stream = await open(ann, queueToken)
  t.is(stream.headers.get('content-type'), 'text/event-stream')
  t.like(await stream.next(), { event: 'place', data: { showId: show, number: 1, state: 'paused' } })
  await admin.post(`${inletOf(show)}/resume`)
  const states: string[] = []
  const follow = async (last: string) => {
    while (states.at(-1) !== last) {
      const told = await stream.next()
      if (told === null) throw new Error(`the stream ended after ${states}`)
      states.push(told.data.state)
    }
  }
  await follow('admitted')
  t.true(states.length <= 2, 'waiting may be passed over')
  await leave(ann, queueToken)
  await follow('left')
  t.is(await stream.next(), null)
})

test('a stream of who waits tells within a heartbeat that the place was given up', async (t) => {
  const show = await shows.make('room-12')
  const ben = await server.as('ben')
  await shows.configure(show)
  await admin.post(`${inletOf(show)}/pause`)
  const { queueToken } = (await join(ben, show)).body
  const stream = await open(ben, queueToken)
  t.is((await stream.next())?.data.state, 'paused')
  await leave(ben, queueToken)
  let state = 'paused'
  while (state === 'paused') state = (await stream.next())?.data.state
  t.is(state, 'left')
})

test('a stream moves nearer with who is let in before, and ends with the session', async (t) => {
  const show = await shows.make('room-11', { holdTtlMs: 1_000 })
  const users = await Promise.all(['u1', 'u2', 'u3'].map((user) => server.as(user)))
  await shows.configure(show, { ratePerSecond: 1, sessionTtlMs: 1_000 })
  await admin.post(`${inletOf(show)}/pause`)
  const tokens: string[] = []
  for (const user of users) tokens.push((await join(user, show)).body.queueToken)
  const stream = await open(users[2] as Client, tokens[2] as string)
  await admin.post(`${inletOf(show)}/resume`)
  const positions: (number | null)[] = []
  for (;;) {
    const event = await stream.next()
    if (event === null) break
    positions.push(event.data.position)
  }
  t.is(positions[0], 3)
  t.is(positions.at(-1), null)
  t.true(positions.includes(0))
  const moves = positions.map((position) => position ?? -1)
  t.deepEqual(
    moves,
    [...moves].sort((a, b) => b - a),
  )
})

test('a stream ends with the sale', async (t) => {
  const show = await shows.make('room-20', { closesAt: new Date(Date.now() + 12_000).toISOString() })
  const ann = await server.as('ann')
  await shows.configure(show, { ratePerSecond: 0.01 })
  const { queueToken } = (await join(ann, show)).body
  const stream = await open(ann, queueToken)
  const states: string[] = []
  for (let event = await stream.next(); event !== null; event = await stream.next())
    states.push(event.data.state)
  t.deepEqual([states[0], states.at(-1)], ['waiting', 'expired'])
  t.like((await look(ann, queueToken)).body, { state: 'expired', position: null, etaSeconds: null })
})

test('whoever opens the stream again has missed nothing', async (t) => {
  const show = await shows.make('room-17')
  const ann = await server.as('ann')
  await shows.configure(show)
  await admin.post(`${inletOf(show)}/pause`)
  const { queueToken } = (await join(ann, show)).body
  const first = await open(ann, queueToken)
  t.like(await first.next(), { data: { state: 'paused', position: 1 } })
  first.close()
  await admin.post(`${inletOf(show)}/resume`)
  await until(async () => (await admin.get(inletOf(show))).body.admitted === 1)
  const again = await open(ann, queueToken)
  const told = await again.next()
  t.like(told, { event: 'place', data: { state: 'admitted', number: 1, position: 0 } })
  t.deepEqual(Object.keys(told?.data).sort(), Object.keys((await look(ann, queueToken)).body).sort())
  again.close()
})

test('streams are bounded per user, and a token that does not hold opens none', async (t) => {
  const show = await shows.make('room-12')
  const ann = await server.as('ann-of-streams')
  const { queueToken } = (await join(ann, show)).body
  t.is((await open(ann, `${queueToken}x`)).status, 403)
  const streams = []
  for (let count = 0; count < limits.streamsPerUserMax; count++) streams.push(await open(ann, queueToken))
  t.deepEqual([...new Set(streams.map(({ status }) => status))], [200])
  const refused = await open(ann, queueToken)
  t.is(refused.status, 429)
  for (const stream of [...streams, refused]) stream.close()
})

// ── the lottery ───────────────────────────────────────────────────────────────────────────────────────────

const proofOf = (show: string, query = ''): Promise<Reply> =>
  server.send({ method: 'GET', url: `/v1/shows/${show}/waiting-room/proof${query}` })

test('whoever joins before the opening is drawn by lot, and anybody can check the draw', async (t) => {
  t.timeout(60_000)
  const opensAt = new Date(Date.now() + 20_000)
  const show = await shows.make('lottery-1', { opensAt: opensAt.toISOString() })
  t.like((await shows.configure(show, { lottery: true })).body, { lottery: true, followsStock: false })
  const before = (await proofOf(show)).body
  t.like(before, { showId: show, algorithm: 'holdfast-draw-1', seed: null, crowd: null, drawnAt: null })
  t.like((await proofOf(show, '?number=1')).body, { status: 404, code: 'not_found' })

  const users = Array.from({ length: 20 }, (_, index) => `player-${index}`)
  const tokens = new Map<string, string>()
  for (const user of users) {
    const { body } = await join(await server.as(user), show)
    t.like(body, { lot: null, position: null, state: 'not_open' })
    tokens.set(user, body.queueToken)
  }
  const seen = await open(await server.as('player-0'), tokens.get('player-0') ?? '')
  t.like(await seen.next(), { data: { lot: null, position: null } })
  const drawn = async () => (await proofOf(show)).body
  await until(async () => (await drawn()).seed !== null, 40_000)
  const proof = await drawn()
  t.is(proof.seedHash, before.seedHash)
  t.is(seedHashOf(proof.seed), before.seedHash)
  t.deepEqual(proof.crowd, {
    through: 20,
    members: 20,
    digest: digestOf(users.map((user, index) => [index + 1, user])),
  })
  const lots = shuffled(proof.seed, proof.crowd.digest, 20)
  let told = (await seen.next())?.data
  while (told.lot === null && told.state === 'not_open') told = (await seen.next())?.data
  t.true(told.lot === lots.get(1) || told.state === 'admitted')
  seen.close()
  for (const [number, lot] of lots)
    t.deepEqual((await proofOf(show, `?number=${number}`)).body.drawn, { number, lot })
  await until(async () => (await admin.get(inletOf(show))).body.admittedTotal === 10)
  const waiting = users.filter((_, index) => (lots.get(index + 1) ?? 0) > 10)
  for (const user of waiting) {
    const { body } = await look(await server.as(user), tokens.get(user) ?? '')
    t.like(body, { lot: lots.get(body.number) ?? 0, state: 'waiting' })
  }
  t.like((await shows.configure(show, { lottery: false })).body, { status: 409, code: 'invalid_state' })
})

test('where nothing is drawn by lot there is no proof, and a number that was not drawn has none', async (t) => {
  const show = await shows.make('lottery-2')
  t.like((await proofOf(show)).body, { status: 404, code: 'not_found' })
  t.like((await proofOf('no-such-show')).body, { status: 404, code: 'not_found' })
  const without = await shows.make('lottery-3', { hasWaitingRoom: false })
  t.like((await proofOf(without)).body, { status: 404, code: 'no_waiting_room' })
  t.like((await shows.configure(show, { lottery: true })).body, { status: 409, code: 'invalid_state' })
  for (const query of [
    '?number=0',
    '?number=-1',
    '?number=1.5',
    '?number=1e309',
    '?number=',
    '?number=1%20or%201=1',
  ])
    t.like((await proofOf(show, query)).body, { status: 400, code: 'invalid_request' }, query)
  t.like((await proofOf(show, '?seed=1')).body, { status: 400, code: 'invalid_request' })
})
