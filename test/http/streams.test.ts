import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { limits } from '../../engine/limits.ts'
import { type Client, type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'
import { readEvents } from '../support/event-reader.ts'
import { until } from '../support/until.ts'

let server: EmbeddedServer
let address: string
test.before(async () => {
  server = await startEmbedded()
  address = await server.app.listen({ port: 0 })
})
test.after.always(() => server.stop())

const open = (client: Client, path: string, headers: Record<string, string> = {}) =>
  readEvents(`${address}${path}`, { authorization: client.authorization, ...headers })

const hold = async (client: Client, showId: string, seatId: string) =>
  (await client.post('/v1/reservations', { showId, seatIds: [seatId] })).body

/** A show of its own, so that no other test moves its seats. */
const makeShow = async (id: string, others: object = {}): Promise<string> => {
  const admin = await server.as('root', 'admin')
  await admin.post('/v1/admin/shows', {
    id,
    concertId: 'demo',
    venueId: 'riethsporthalle',
    prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
    startsAt: '2090-01-01T00:00:00Z',
    opensAt: '2020-01-01T00:00:00Z',
    closesAt: '2090-01-01T00:00:00Z',
    ...others,
  })
  return id
}

test('no stream is opened by HEAD, which nobody would read', async (t) => {
  const { authorization } = await server.as('root', 'admin')
  for (const url of [
    '/v1/shows/demo/seats/stream',
    '/v1/reservations/any/stream',
    '/v1/waiting-room/stream',
    '/v1/machines/reservation/live/stream',
  ]) {
    const answer = await fetch(`${address}${url}`, { method: 'HEAD', headers: { authorization } })
    t.is(answer.status, 404, url)
  }
})

test('every change of a seat reaches who looks, in order, each leading on from the one before', async (t) => {
  const show = await makeShow('stream-1')
  const ann = await server.as('ann')
  const stream = await open(ann, `/v1/shows/${show}/seats/stream`)
  t.is(stream.status, 200)
  t.is(stream.headers.get('content-type'), 'text/event-stream')
  const ready = await stream.next()
  t.is(ready?.event, 'ready')

  const { id } = await hold(ann, show, 'A-1-1')
  await ann.post(`/v1/reservations/${id}/cancellation`)
  const held = await stream.next()
  t.like(held, { event: 'seats' })
  t.deepEqual(held?.data.seats, [{ id: 'A-1-1', status: 'held' }])
  t.is(held?.data.from, ready?.data.revision)
  t.is(held?.id, String(held?.data.revision))
  const freed = await stream.next()
  t.deepEqual(freed?.data.seats, [{ id: 'A-1-1', status: 'free' }])
  t.is(freed?.data.from, held?.data.revision)
  t.false(JSON.stringify([held, freed]).includes(id), 'nobody learns whose it is')
  stream.close()
})

test('who was cut off goes on from the last event, or is told to read again', async (t) => {
  const show = await makeShow('stream-2')
  const path = `/v1/shows/${show}/seats/stream`
  const ben = await server.as('ben')
  const watching = await open(ben, path)
  t.is((await watching.next())?.event, 'ready')
  await hold(ben, show, 'A-2-1')
  await hold(ben, show, 'A-2-2')
  const [one, two] = [await watching.next(), await watching.next()]

  const back = await open(ben, path, { 'last-event-id': String(one?.id) })
  t.deepEqual(await back.next(), two, 'what was missed comes first')
  await hold(ben, show, 'A-2-3')
  t.deepEqual((await back.next())?.data.seats, [{ id: 'A-2-3', status: 'held' }])
  back.close()

  watching.close()
})

test('who comes back to a stream that nobody has followed meanwhile is told to read again, if need be', async (t) => {
  const show = await makeShow('stream-4')
  const path = `/v1/shows/${show}/seats/stream`
  const gil = await server.as('gil')
  const missed = await open(gil, path, { 'last-event-id': '99999' })
  t.is((await missed.next())?.event, 'reset')
  missed.close()
  const odd = await open(gil, path, { 'last-event-id': '-1; DROP' })
  t.is((await odd.next())?.event, 'ready')
  odd.close()
  const current = await open(gil, path, { 'last-event-id': '0' })
  await hold(gil, show, 'A-2-1')
  t.like((await current.next())?.data, { from: 0, seats: [{ id: 'A-2-1', status: 'held' }] })
  current.close()
})

test('a reservation is pushed as it changes, until its hold runs out', async (t) => {
  const show = await makeShow('stream-3', { holdTtlMs: 4_000 })
  const cat = await server.as('cat')
  const { id } = await hold(cat, show, 'A-3-1')
  const stream = await open(cat, `/v1/reservations/${id}/stream`)
  const first = await stream.next()
  t.is(first?.event, 'reservation')
  t.like(first?.data, { id, state: 'held' })
  const second = await stream.next()
  t.like(second?.data, { id, state: 'expired', holdExpiresAt: null })
  t.true(
    Date.now() - Date.parse(String(first?.data.holdExpiresAt)) < limits.streamHeartbeatMs / 2,
    'pushed when it happens, not at the next heartbeat',
  )
  t.deepEqual(second?.data, (await cat.get(`/v1/reservations/${id}`)).body)
  stream.close()
  const { body } = await cat.get(`/v1/reservations/${id}/history`)
  t.regex(body.items.at(-1).text, /^The hold ran out unpaid at .*Z\. The seats are free\.$/)
  t.like((await cat.post(`/v1/reservations/${id}/payment`)).body, { code: 'hold_expired', status: 409 })
})

test('a user has a few streams at once, and another one when one is closed', async (t) => {
  const dan = await server.as('dan')
  const path = '/v1/shows/demo-1/seats/stream'
  const streams = await Promise.all(Array.from({ length: limits.streamsPerUserMax }, () => open(dan, path)))
  for (const { status } of streams) t.is(status, 200)
  const refused = await dan.get(path)
  t.like(refused.body, { code: 'too_many_requests', status: 429 })
  t.truthy(refused.headers['retry-after'])
  const other = await open(await server.as('dans-friend'), path)
  t.is(other.status, 200, 'others are not counted')
  other.close()

  streams.pop()?.close()
  await until(async () => {
    const stream = await open(dan, path)
    streams.push(stream)
    return stream.status === 200
  })
  for (const stream of streams) stream.close()
})

test('streams want a token, and somebody else’s reservation has none', async (t) => {
  for (const path of ['/v1/shows/demo-1/seats/stream', '/v1/reservations/demo-1.x.y/stream'])
    t.is((await readEvents(`${address}${path}`, {})).status, 401)
  const eve = await server.as('eve')
  t.is((await open(eve, '/v1/shows/none/seats/stream')).status, 404)
})

test('a stream is answered with the headers of every other answer', async (t) => {
  const gus = await server.as('gus')
  const stream = await open(gus, '/v1/shows/demo-1/seats/stream')
  const { headers } = await gus.get('/v1/shows/demo-1/seats')
  for (const name of ['request-id', 'x-content-type-options', 'x-frame-options', 'x-ratelimit-limit', 'date'])
    t.deepEqual([name, stream.headers.has(name)], [name, headers[name] !== undefined || name === 'date'])
  t.is(stream.headers.get('connection'), 'close')
  stream.close()
})

test('a connection that carries a stream takes no other request', async (t) => {
  const { authorization } = await server.as('hal')
  const { port, hostname } = new URL(address)
  const socket = connect(Number(port), hostname)
  const request = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: holdfast\r\nAuthorization: ${authorization}\r\n\r\n`
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(request('/v1/shows/demo-1/seats/stream'))
  await until(async () => text.includes('event: ready'))
  socket.write(request('/v1/balance'))
  await once(socket, 'close')
  t.is(text.split('HTTP/1.1 ').length, 2)
})

test('who sends another request along with that for a stream gets no answer to it', async (t) => {
  const { authorization } = await server.as('ida')
  const { port, hostname } = new URL(address)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  const requests = ['/v1/shows/demo-1/seats/stream', '/v1/balance'].map(
    (path) => `GET ${path} HTTP/1.1\r\nHost: holdfast\r\nAuthorization: ${authorization}\r\n\r\n`,
  )
  socket.write(requests.join(''))
  await once(socket, 'close')
  t.notRegex(text, /balance|application\/json/)
})

test('a stream that is asked for behind an answer which is not sent yet is refused, and takes up nothing', async (t) => {
  const other = await startEmbedded()
  t.teardown(() => other.stop())
  const where = await other.app.listen({ port: 0 })
  const { authorization } = await other.as('kim')
  const { shows } = other.parts
  const free = Promise.withResolvers<void>()
  t.teardown(() => free.resolve())
  const find = shows.find.bind(shows)
  let lookUps = 0
  shows.find = async (id) => {
    if (id === 'demo-2') await free.promise
    else lookUps++
    return find(id)
  }
  const request = (path: string, ...more: string[]) =>
    [`GET ${path} HTTP/1.1`, 'Host: x', `Authorization: ${authorization}`, ...more, '', ''].join('\r\n')
  const streams = request('/v1/shows/demo-1/seats/stream').repeat(limits.streamsPerUserMax)
  const socket = connect(Number(new URL(where).port), '127.0.0.1')
  socket.write(request('/v1/shows/demo-2/sections') + streams + request('/v1/concerts', 'Connection: close'))
  await until(async () => lookUps === 2 * limits.streamsPerUserMax)
  await until(async () => {
    const { body } = await other.send({ method: 'GET', url: '/metrics' })
    return String(body).includes('\nhttp_open_streams 0\n')
  })
  free.resolve()
  const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  t.deepEqual(statuses, ['200', ...Array(limits.streamsPerUserMax).fill('400'), '200'])
})

test('a stream costs no more than its socket: Node keeps no parser and no clock for it', async (t) => {
  const other = await startEmbedded()
  const where = await other.app.listen({ port: 0 })
  const accepted = once(other.app.server, 'connection')
  const { authorization } = await other.as('jim')
  const stream = await readEvents(`${where}/v1/shows/demo-1/seats/stream`, { authorization })
  const [socket] = await accepted
  t.is(socket.parser, null)
  t.falsy(socket.timeout)
  const closed = once(socket, 'close')
  stream.close()
  await closed
  await other.stop()
})

test('a server that stops ends its streams', async (t) => {
  const other = await startEmbedded()
  const where = await other.app.listen({ port: 0 })
  const { authorization } = await other.as('fay')
  const stream = await readEvents(`${where}/v1/shows/demo-1/seats/stream`, { authorization })
  t.is((await stream.next())?.event, 'ready')
  const ended = stream.next()
  await other.stop()
  t.is(await ended, null)
})
