// What no client should send, sent to app servers on real services: refused clearly, and nothing is held by it.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import plan from '../../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import { limits } from '../../engine/limits.ts'
import { type DeployedServer, person } from '../support/deployment.ts'
import { readEvents } from '../support/event-reader.ts'
import { testServers } from '../support/servers.ts'
import { type Stage, setStage } from './support/stage.ts'

function firstOf({ servers }: Stage): DeployedServer {
  const [server] = servers.all
  if (server === undefined) throw new Error('a stage has app servers')
  return server
}

/** Buyers who get what they want, in the middle of all that is refused; as many as they are. */
async function buySome(t: ExecutionContext, stage: Stage): Promise<number> {
  const buyer = await stage.buyer()
  for (const showId of stage.showIds) {
    const held = await buyer.reserve(showId, { bestAvailable: { count: 1 } })
    t.is((await buyer.insist({ type: 'pay', showId, target: held?.body.id })).status, 200)
  }
  return stage.showIds.length
}

test.serial(
  'seat lists of every wrong kind are refused as invalid or not found, and hold nothing',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 2 })
    const first = firstOf(stage)
    const [showId = ''] = stage.showIds
    const elsewhere = JSON.parse(JSON.stringify(plan).replaceAll('"seat_guid":"', '"seat_guid":"X-'))
    const made = await stage.admin.post(first, '/v1/admin/venues', {
      id: 'other',
      name: 'O',
      plan: elsewhere,
    })
    t.is(made.status, 201)
    const many = Array.from({ length: 10_000 }, (_, index) => `A-${index}`)
    const lists = [
      [],
      ['A-1-1', 'A-1-1'],
      ['A-1-1', 'A-1-2', 'A-1-2'],
      many,
      many.slice(0, limits.requestSeatsMax + 1),
      ['X-A-1-1'], // of another venue's show
      ['A-1-1', 'X-A-1-1'],
      ['50 or 1=1'],
      ['A-1-1', '50 or 1=1'],
      [-1],
      ['-1'],
      ['1e309'],
      ['__proto__'],
      ['A-1-1\u0000'],
      ['\ud800'],
      [['A-1-1']],
      { 0: 'A-1-1' },
      null,
    ]
    const ann = await person(first, 'ann')
    const statuses = new Map<number, number>()
    const refuse = async (body: string) => {
      for (const at of stage.servers.all) {
        const { status } = await ann.send(at, '/v1/reservations', body)
        t.true([400, 404, 413].includes(status), `${body.slice(0, 60)}: ${status}`)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    for (const seatIds of lists) await refuse(JSON.stringify({ showId, seatIds }))
    for (const show of ['show-0 or 1=1', '__proto__', 50, null])
      await refuse(JSON.stringify({ showId: show, seatIds: ['A-1-1'] }))
    for (const count of ['-1', '1e309', '1.5', '"1"', 'NaN'])
      await refuse(`{"showId":"${showId}","bestAvailable":{"count":${count}}}`)
    t.is((await stage.sql('SELECT * FROM taken_seats')).length, 0)
    t.is((await stage.decided(showId)).length, 0)
    const paid = await buySome(t, stage)
    await stage.conclude({
      injected: 'seat lists, shows and counts of every wrong kind, on two servers',
      observed: [...statuses].map(([status, times]) => `${times} × ${status}`).join(', '),
      done: ['payments', paid, 2],
    })
  },
)

test.serial('keys that differ in case, a blank or an accent are four keys; a megabyte is none', async (t) => {
  const stage = await setStage(t, testServers(), { appServers: 2, shows: 1 })
  const [showId = ''] = stage.showIds
  const ann = await stage.buyer()
  // A blank at the end of a header is no part of it (RFC 9110, 5.5); within quotes it is.
  const keys = ['Abc', 'abc', '"Abc "', '\u00c4bc']
  const ids = new Set<string>()
  for (const [index, key] of keys.entries()) {
    const held = await ann.reserve(showId, { seatIds: [`A-1-${index + 1}`] }, { key })
    t.is(held?.status, 201, key)
    const again = await ann.reserve(showId, { seatIds: [`A-1-${index + 1}`] }, { key })
    t.is(again?.body.id, held?.body.id)
    ids.add(held?.body.id)
    t.is((await ann.insist({ type: 'pay', showId, target: held?.body.id, key })).status, 200)
  }
  t.is(ids.size, keys.length)
  const long = await person(firstOf(stage), 'ben')
  const refused = await long.post(
    firstOf(stage),
    '/v1/balance/charges',
    { amount: 1 },
    { 'idempotency-key': 'x'.repeat(limits.idempotencyKeyLengthMax + 1) },
  )
  t.like(refused, { status: 400, body: { code: 'idempotency_key_required' } })
  const megabyte = await speak(
    firstOf(stage),
    'POST /v1/balance/charges HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ',
  )
  megabyte.write('x'.repeat(1024 * 1024))
  t.regex(await hear(megabyte), /^HTTP\/1\.1 4(00|31) /)
  await stage.conclude({
    injected: `${keys.length} keys that are nearly the same; one of ${limits.idempotencyKeyLengthMax + 1} characters, one of a megabyte`,
    observed: `${ids.size} reservations, each repeated under its key; 400 and 431`,
    done: ['payments', keys.length, 4],
  })
})

test.serial(
  'what is too large or too slow is cut off, and open streams are bounded for each user',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 1, shows: 1 })
    const server = firstOf(stage)
    const [showId = ''] = stage.showIds
    const ann = await person(server, 'ann')
    const large = JSON.stringify({ showId, seatIds: ['A-1-1'], more: 'x'.repeat(limits.bodyBytesMax) })
    t.is((await ann.send(server, '/v1/reservations', large)).status, 413)

    const slow = await Promise.all([
      speak(server, 'GET /v1/concerts HTTP/1.1\r\nHost: x\r\n'),
      speak(
        server,
        'POST /v1/dev/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"userId"',
      ),
    ])
    const cutOff = slow.map(hear)

    const wanted = 10_000
    const { headers } = ann
    const path = `${server.address}/v1/shows/${showId}/seats/stream`
    let open = 0
    let refused = 0
    for (let asked = 0; asked < wanted; asked += 100)
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const stream = await readEvents(path, headers)
          if (stream.status === 200) open++
          else if (stream.status === 429) refused++
          t.teardown(() => stream.close())
        }),
      )
    t.is(open, limits.streamsPerUserMax)
    t.is(refused, wanted - limits.streamsPerUserMax)
    for (const answer of await Promise.all(cutOff))
      t.true(answer.includes('"code":"request_timeout"'), answer)
    const paid = await buySome(t, stage)
    await stage.conclude({
      injected: `a body above the limit, headers and a body that never end, ${wanted} streams of one user`,
      observed: `413; cut off as request_timeout; ${open} streams open and ${refused} times 429`,
      done: ['payments', paid, 1],
    })
  },
)

async function speak({ address }: DeployedServer, text: string): Promise<Socket> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** All that the server says until it hangs up. */
async function hear(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk
  return text
}
