// What is answered past Fastify is answered as Fastify answers it. Requests that are injected go the ordinary way.

import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { limits } from '../../engine/limits.ts'
import { type EmbeddedServer, type Headers, startEmbedded } from '../support/embedded-server.ts'
import { join, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'

const rateLimitMax = 200

let server: EmbeddedServer
let address: string
let showId: string
/** Of what came over a socket. */
const seenByFastify: string[] = []
test.before(async () => {
  server = await startEmbedded({ RATE_LIMIT_MAX: String(rateLimitMax) })
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
  readonly body?: string
}
interface Answered {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: unknown
}

const ofTheConnection = ['connection', 'content-length', 'date', 'keep-alive']
const ofTheMoment = ['consistency-token', 'request-id', 'x-ratelimit-remaining', 'x-ratelimit-reset']
const membersOfTheMoment = ['requestId', 'queueToken', 'pollAfterMs', 'etaSeconds', 'etaRange']

const comparable = ({ status, headers, body }: Answered) => ({
  status,
  headers: Object.entries(headers)
    .filter(([name]) => !ofTheConnection.includes(name))
    .map(([name, value]) => [name, ofTheMoment.includes(name) ? 'some' : String(value)])
    .toSorted(),
  body: Object.entries(body as object).map(([name, value]) => [
    name,
    membersOfTheMoment.includes(name) ? typeof value : JSON.stringify(value),
  ]),
})

async function overTheSocket({ method, url, headers, body }: Asked): Promise<Answered> {
  const sent = { ...headers, 'user-agent': 'socket' }
  const reply = await fetch(`${address}${url}`, { method, headers: sent, body: body ?? null })
  const said = await reply.text()
  return {
    status: reply.status,
    headers: Object.fromEntries(reply.headers),
    body: said === '' ? '' : JSON.parse(said),
  }
}

const injected = ({ method, url, headers, body }: Asked): Promise<Answered> =>
  server.send({ method: method as 'GET', url, headers, ...(body !== undefined && { payload: body }) })

/** As no client library writes it, the head too: a segment, and each other one once the server has the request. */
async function inSegments(first: string, ...rest: string[]): Promise<Answered[]> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1').setNoDelay()
  const arrived = once(server.app.server, 'request')
  socket.write(first)
  await arrived
  for (const segment of rest) socket.write(segment)
  const answers = (await text(socket)).split(/(?=HTTP\/1\.1 )/)
  return answers.map((answer) => {
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [line = '', ...lines] = head.split('\r\n')
    const headers = lines
      .map((each) => each.split(/: (.*)/))
      .map(([name = '', value]) => [name.toLowerCase(), value])
    return {
      status: Number(line.split(' ')[1]),
      headers: Object.fromEntries(headers),
      body: body === '' ? '' : JSON.parse(body),
    }
  })
}

const headOf = ({ method, url, headers }: Asked, framing: Headers): string => {
  const told = Object.entries({ host: 'x', 'user-agent': 'socket', ...headers, ...framing })
  return [`${method} ${url} HTTP/1.1`, ...told.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
}

/** Of all series of a metric whose labels are like this. */
async function sumOf(name: string, labels: RegExp): Promise<number> {
  const { body } = await server.send({ method: 'GET', url: '/metrics' })
  const series = [...String(body).matchAll(/^(\w+)\{(.*)\} (\d+)$/gm)]
  const found = series.filter(([, each, of = '']) => each === name && labels.test(of))
  return found.reduce((sum, [, , , value]) => sum + Number(value), 0)
}

const timesAnswered = (routes: RegExp) => sumOf('http_request_duration_seconds_count', routes)

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
      const ordinary = await injected(each)
      t.deepEqual(comparable(await overTheSocket(each)), comparable(ordinary), JSON.stringify(each))
    }
    t.deepEqual(
      seenByFastify.splice(0),
      others.map(({ method, url }) => `${method} ${url}`),
    )
    const inAll = 2 + 2 * (fast.length + others.length)
    await until(async () => (await timesAnswered(/route="\/v1\/(shows\/:id\/)?waiting-room"/)) === inAll)
  },
)

type Row = readonly [what: string, status: number, asked: Asked]

const json = { 'content-type': 'application/json' }
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
const named = (...seatIds: string[]) => ({ showId: 'demo-1', seatIds })
const best = (count: number, more: object = {}) => ({ showId: 'demo-1', bestAvailable: { count, ...more } })
const leftOf = ({ headers }: Answered): number => Number(headers['x-ratelimit-remaining'])

/** Over the socket first; both must say the same. */
async function bothWays(t: ExecutionContext, what: string, asked: Asked) {
  const seen = seenByFastify.length
  const answered = await overTheSocket(asked)
  const isFast = seenByFastify.length === seen
  const ordinary = await injected(asked)
  t.deepEqual(comparable(answered), comparable(ordinary), what)
  return { status: answered.status, isFast, left: [leftOf(answered), leftOf(ordinary)] }
}

test.serial(
  'a command is answered over a socket as it is without one and counted once, past Fastify where it is plain',
  async (t) => {
    const [ann, ben] = [await server.as('ann-of-commands'), await server.as('ben-of-commands')]
    const root = await server.as('root', 'admin')
    const unwaited = { authorization: ann.authorization }
    const waited = { ...unwaited, prefer: 'wait=10' }
    const ask = (key: string, body: unknown, headers: Headers = waited): Asked => ({
      method: 'POST',
      url: '/v1/reservations',
      headers: { ...json, 'idempotency-key': key, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const order = (id: string, name: string, key: string, headers: Headers = waited): Asked => ({
      method: 'POST',
      url: `/v1/reservations/${id}/${name}`,
      headers: { 'idempotency-key': key, ...headers },
    })
    const withBody = (asked: Asked, body: string): Asked => ({
      ...asked,
      body,
      headers: { ...asked.headers, ...json },
    })
    const padded = (length: number) => JSON.stringify(best(1)).padStart(length)

    await root.post('/v1/admin/shows', {
      id: 'later',
      concertId: 'demo',
      venueId: 'riethsporthalle',
      opensAt: '2089-01-01T00:00:00Z',
      startsAt: '2090-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
      prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
    })
    await ann.post('/v1/balance/charges', { amount: 100_000 })
    const { body: bens } = await ben.post('/v1/reservations', named('A-1-1'))
    const wish = named('A-2-1', 'A-2-2')
    const hold = (headers: Headers = waited) => ask('hold', wish, headers)
    const held = (await overTheSocket(hold())).body as { readonly id: string }
    const { body: cheap } = await ann.post('/v1/reservations', named('A-2-3'))
    const { body: given } = await ann.post('/v1/reservations', named('A-2-4'))
    const extension = (headers: Headers = waited) => order(held.id, 'extension', 'more', headers)

    const fast: Row[] = [
      ['a hold', 201, hold()],
      ['a hold that nobody waits for', 202, hold(unwaited)],
      ['no wait', 202, hold({ ...unwaited, prefer: 'wait=0' })],
      ['another preference', 202, hold({ ...unwaited, prefer: 'respond-async' })],
      ['two preferences', 201, hold({ ...unwaited, prefer: 'respond-async, wait=3' })],
      ['too long a wait', 201, hold({ ...unwaited, prefer: 'wait=99999' })],
      ['a member twice', 201, ask('hold', JSON.stringify(wish).replace('{', '{"showId":"x",'))],
      ['more seats than the show allows, under the longest key', 409, ask('x'.repeat(255), best(1))],
      ['the longest body', 409, ask('long', padded(limits.bodyBytesMax))],
      ['other seats under one key', 422, ask('hold', named('A-2-5'))],
      ['a seat that is taken', 409, ask('taken', named('A-1-1'))],
      ['a seat that is none', 404, ask('none', named('A-1-1', 'nowhere'))],
      ['a section that is none', 404, ask('section', best(1, { sectionId: '구역 없음' }))],
      ['a show that is none', 404, ask('show', { ...best(1), showId: '__proto__' })],
      ['a show that is not on sale', 403, ask('later', { ...best(1), showId: 'later' })],
      ['seats and the best', 400, ask('both', { ...named('A-1-1'), ...best(1) })],
      ['neither seats nor the best', 400, ask('neither', { showId: 'demo-1' })],
      ['no queue token', 403, ask('room', { ...best(1), showId: 'demo-2' })],
      ['no good one', 403, ask('room', { ...best(1), showId: 'demo-2' }, { ...waited, 'queue-token': 'x' })],
      ['more time', 200, extension()],
      ['more time that nobody waits for', 202, extension(unwaited)],
      ['a payment without the money', 402, order(held.id, 'payment', 'pay')],
      ['a payment', 200, order(cheap.id, 'payment', 'pay')],
      ['more time for what is paid', 409, order(cheap.id, 'extension', 'more')],
      ['a refund', 200, order(cheap.id, 'cancellation', 'back')],
      ['a hold given back', 200, order(given.id, 'cancellation', 'back')],
      ['a payment for what is over', 409, order(given.id, 'payment', 'pay')],
      ['a payment for what is somebody else’s', 404, order(bens.id, 'payment', 'pay')],
      ['a payment for nothing', 404, order('nothing', 'payment', 'pay')],
    ]
    const others: Row[] = [
      ['a charset', 201, hold({ ...waited, 'content-type': 'application/json; charset=utf-8' })],
      ['a type in capitals', 201, hold({ ...waited, 'content-type': 'Application/JSON' })],
      ['another type', 415, hold({ ...waited, 'content-type': 'text/plain' })],
      ['an empty body', 400, ask('k', '')],
      ['half a body', 400, ask('k', '{"showId":"demo-1","seat')],
      ['a byte order mark', 201, ask('hold', `\ufeff${JSON.stringify(wish)}`)],
      ['null', 400, ask('k', 'null')],
      ['a list', 400, ask('k', [])],
      ['no seats', 400, ask('k', named())],
      ['one seat twice', 400, ask('k', named('A-1-1', 'A-1-1'))],
      ['too many seats', 400, ask('k', named(...Array.from({ length: 51 }, (_, index) => `s${index}`)))],
      ['half a seat', 400, ask('k', best(1.5))],
      ['a member that is none', 400, ask('k', { ...wish, price: 1 })],
      ['one within', 400, ask('k', best(1, { price: 1 }))],
      ['a poisoned prototype', 400, ask('k', '{"showId":"demo-1","seatIds":["A-1-1"],"__proto__":null}')],
      ['too long a body', 413, ask('k', padded(limits.bodyBytesMax + 1))],
      ['no key', 400, { ...hold(), headers: { ...json, ...waited } }],
      ['too long a key', 400, ask('x'.repeat(256), best(1))],
      ['too long a preference', 400, hold({ ...waited, prefer: `wait=10, ${'x'.repeat(255)}` })],
      ['a token preferred', 201, hold({ ...waited, prefer: 'consistency-token, wait=10' })],
      ['nothing but a token preferred', 202, hold({ ...waited, prefer: 'Consistency-Token' })],
      ['a trace', 201, hold({ ...waited, traceparent })],
      ['a query', 400, { ...hold(), url: '/v1/reservations?x=1' }],
      ['an empty query', 201, { ...hold(), url: '/v1/reservations?' }],
      ['an order with a body', 200, withBody(extension(), '{}')],
      ['an order with null', 200, withBody(extension(), 'null')],
      ['an order with a member', 400, withBody(extension(), '{"price":1}')],
      ['an order with no body of a type', 400, withBody(extension(), '')],
      ['an order without a key', 400, { ...extension(), headers: waited }],
      ['an order with a token preferred', 200, extension({ ...waited, prefer: 'wait=10,consistency-token' })],
      ['an id in other letters', 200, order(`%64${held.id.slice(1)}`, 'extension', 'more')],
      ['an id of other letters', 404, order('demo-1~x', 'payment', 'pay')],
      ['an order that is none', 404, order(held.id, 'gift', 'k')],
      ['another method', 404, { ...hold(), method: 'PUT' }],
      ['a look at the head of a list', 200, { ...extension(), method: 'HEAD', url: '/v1/reservations' }],
    ]
    const strangers: Row[] = [
      ['nobody', 401, hold({})],
      ['a token that does not hold', 401, hold({ authorization: 'Bearer a.b.c' })],
      ['an administrator', 403, hold({ authorization: root.authorization })],
    ]

    let left = leftOf(await injected({ method: 'GET', url: '/v1/balance', headers: unwaited }))
    for (const [rows, isFast] of [[fast, true] as const, [others, false] as const])
      for (const [what, status, asked] of rows) {
        const answered = await bothWays(t, what, asked)
        t.deepEqual(answered, { status, isFast, left: [left - 1, left - 2] }, what)
        left -= 2
      }
    for (const [what, status, asked] of strangers)
      t.like(await bothWays(t, what, asked), { status, isFast: false }, what)

    const command = /^POST \/v1\/reservations(\?.*|\/[^/]+\/(payment|extension|cancellation))?$/
    const commands = [...fast, ...others, ...strangers].filter(([, , { method, url }]) =>
      command.test(`${method} ${url}`),
    )
    const ofCommands = /^method="POST",route="\/v1\/reservations[/"]/
    const before = [bens, held, cheap, given]
    await until(async () => (await timesAnswered(ofCommands)) === before.length + 2 * commands.length)
    t.is(await sumOf('http_problems_total', /"seats_taken"/), 2)
  },
)

test.serial(
  'a body that comes after its head is Fastify’s to read, and answers keep their order',
  async (t) => {
    const { authorization } = await server.as('dan-of-segments')
    const hold = (more: object): Asked => ({
      method: 'POST',
      url: '/v1/reservations',
      headers: { authorization, ...json, 'idempotency-key': 'hold', prefer: 'wait=10' },
      body: JSON.stringify({ ...named('A-7-1'), ...more }),
    })
    const [right, wrong] = [hold({}), hold({ price: 1 })]
    const { body = '' } = right
    const [held, refused] = [comparable(await injected(right)), comparable(await injected(wrong))]
    const noJson = comparable(await injected({ ...right, body: `${body}x` }))
    const sized = { 'content-length': String(body.length) }
    const last = { ...sized, connection: 'close' }
    const longer = { ...last, 'content-length': String(body.length + 1) }
    const whole = headOf(right, last) + body
    const wrongHead = headOf(wrong, { 'content-length': String(wrong.body?.length) })
    const chunked = headOf(right, { 'transfer-encoding': 'chunked', connection: 'close' })
    const goOn = { status: 100, headers: [], body: [] }
    const inTurn = [
      ['with its head', 0, [held], [whole]],
      ['after its head', 1, [held], [headOf(right, last), body]],
      ['in two parts', 1, [held], [headOf(right, last) + body.slice(0, 9), body.slice(9)]],
      ['not whole, for all that it looks so', 1, [noJson], [headOf(right, longer) + body, 'x']],
      ['when asked to go on', 1, [goOn, held], [headOf(right, { ...last, expect: '100-continue' }), body]],
      ['in chunks', 1, [held], [`${chunked}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`]],
      ['with the next one behind it', 0, [held, held], [headOf(right, sized) + body + whole]],
      ['put back, with the next one behind it', 1, [refused, held], [wrongHead + wrong.body + whole]],
      ['later, with the next one behind it', 1, [refused, held], [wrongHead, wrong.body + whole]],
    ] as const
    seenByFastify.splice(0)
    for (const [what, seen, answers, [first, ...rest]] of inTurn) {
      t.deepEqual((await inSegments(first, ...rest)).map(comparable), answers, what)
      t.is(seenByFastify.splice(0).length, seen, what)
    }
  },
)

test.serial('who sends half a body is counted before the rest comes', async (t) => {
  const { authorization } = await server.as('eve-of-halves')
  const look: Asked = { method: 'GET', url: '/v1/balance', headers: { authorization } }
  const hold: Asked = {
    method: 'POST',
    url: '/v1/reservations',
    headers: { authorization, ...json, 'idempotency-key': 'hold' },
  }
  const left = leftOf(await injected(look))
  const arrived = once(server.app.server, 'request')
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write(`${headOf(hold, { 'content-length': '50' })}{"showId"`)
  await arrived
  t.is(leftOf(await injected(look)), left - 2)
  socket.destroy()
})

test.serial('who has asked too often is told so over a socket too', async (t) => {
  const { authorization } = await server.as('cleo')
  const look = () => overTheSocket({ method: 'GET', url: '/v1/waiting-room', headers: { authorization } })
  const remaining = []
  for (let count = 0; count < rateLimitMax; count++)
    remaining.push((await look()).headers['x-ratelimit-remaining'])
  t.deepEqual(
    remaining,
    Array.from({ length: rateLimitMax }, (_, index) => String(rateLimitMax - 1 - index)),
  )
  t.is((await look()).status, 429)
  t.is(
    (await server.send({ method: 'GET', url: '/v1/waiting-room', headers: { authorization } })).status,
    429,
  )
})
