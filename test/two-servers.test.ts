// Two servers of one deployment, on real services: what is asked of one is decided by the other, and when one is killed the
// other goes on.
import test, { type ExecutionContext } from 'ava'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import plan from '../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import { partitionOf } from '../engine/command.ts'
import {
  type Answered,
  type DeployedServer,
  type Deployment,
  deployment,
  type Person,
  partitionsOfDeployment,
  person,
  sharedOut,
  startWithShares,
} from './support/deployment.ts'
import { testServers } from './support/servers.ts'
import { until } from './support/until.ts'

interface Stage extends Deployment {
  readonly one: DeployedServer
  readonly two: DeployedServer
  readonly admin: Person
  /** Who decides, by partition. */
  owners(): Promise<string[]>
  /** Makes a show that this server decides for, and returns its id. */
  showOf(server: DeployedServer, others?: object): Promise<string>
}

async function stage(t: ExecutionContext, settings: Record<string, string> = {}): Promise<Stage> {
  const deployed = await deployment(t, testServers())
  const [one, two] = await startWithShares(() => deployed.start(settings), 2)
  if (one === undefined || two === undefined) throw new Error('two servers are needed')
  const admin = await person(one, 'root', 'admin')
  const sql = await createConnection(deployed.urls.masterUrl)
  t.teardown(() => sql.end())

  const owners = async () => {
    const [rows] = await sql.query<RowDataPacket[]>('SELECT owner FROM partitions ORDER BY id')
    return rows.map(({ owner }) => owner)
  }
  await sharedOut(owners, [one, two])
  made(await admin.post(one, '/v1/admin/venues', { id: 'hall', name: 'Hall', plan }))
  made(await admin.post(two, '/v1/admin/concerts', { id: 'tour', name: 'Tour', description: '' }))

  let shows = 0
  const showOf = async (server: DeployedServer, others: object = {}) => {
    const all = await owners()
    for (;;) {
      const id = `show-${++shows}`
      if (all[partitionOf(id, partitionsOfDeployment)] !== server.name) continue
      made(
        await admin.post(one, '/v1/admin/shows', {
          id,
          concertId: 'tour',
          venueId: 'hall',
          startsAt: '2090-01-01T00:00:00Z',
          opensAt: '2020-01-01T00:00:00Z',
          closesAt: '2090-01-01T00:00:00Z',
          prices: { VIP: 300, 'Kategorie I': 200, 'Kategorie II': 100 },
          ...others,
        }),
      )
      return id
    }
  }
  return { ...deployed, one, two, admin, owners, showOf }
}

function made({ status, body }: Answered): void {
  if (status !== 201) throw new Error(JSON.stringify(body))
}

test.serial('what is asked of one server is decided by the other, and seen on both', async (t) => {
  const { one, two, showOf } = await stage(t)
  const showId = await showOf(two)
  const ann = await person(one, 'ann')
  made(await ann.post(one, '/v1/balance/charges', { amount: 1_000 }))

  const held = await ann.post(one, '/v1/reservations', { showId, seatIds: ['A-1-1', 'A-1-2'] })
  t.is(held.status, 201, JSON.stringify(held.body))
  t.log(`held by the other server in ${held.tookMs.toFixed()} ms`)
  const { id } = held.body
  t.like((await ann.get(two, `/v1/reservations/${id}`)).body, { id, state: 'held' })
  const ben = await person(two, 'ben')
  for (const server of [one, two]) {
    const taken = await ben.post(server, '/v1/reservations', { showId, seatIds: ['A-1-2'] })
    t.like(taken.body, { code: 'seats_taken', seatsTaken: ['A-1-2'] })
    await until(async () => {
      const { items } = (await ben.get(server, `/v1/shows/${showId}/seats`)).body
      return items.find((seat: { id: string }) => seat.id === 'A-1-1').status === 'held'
    })
  }

  const key = { 'idempotency-key': 'pay' }
  const paid = await ann.post(two, `/v1/reservations/${id}/payment`, undefined, key)
  t.like(paid, { status: 200, body: { state: 'paid' } })
  const again = await ann.post(one, `/v1/reservations/${id}/payment`, undefined, key)
  t.deepEqual(again.body, paid.body)
  const { items } = (await ann.get(one, `/v1/reservations/${id}/history`)).body
  t.deepEqual(
    items.map(({ type, outcome }: Record<string, string>) => `${type} ${outcome}`),
    ['reserve accepted', 'pay accepted'],
  )
  t.is((await ann.get(two, '/v1/balance')).body.balance, 1_000 - paid.body.amount)
})

test.serial(
  'when a server is killed the other one takes its partitions over, and nothing is lost',
  async (t) => {
    const { one, two, owners, showOf } = await stage(t)
    const shows = await Promise.all([one, two].map((server) => showOf(server)))
    const ann = await person(one, 'ann')
    made(await ann.post(one, '/v1/balance/charges', { amount: 10_000 }))
    const [first = '', second = ''] = shows
    const key = { 'idempotency-key': 'before' }
    const before = await ann.post(one, '/v1/reservations', { showId: second, seatIds: ['A-1-1'] }, key)
    t.is(before.status, 201)

    two.child.kill('SIGKILL')
    const seatsOf = (show: string) => ann.post(one, '/v1/reservations', { showId: show, seatIds: ['A-2-1'] })
    const [own, taken] = await Promise.all([seatsOf(first), seatsOf(second)])
    t.is(own.status, 201)
    t.is(taken.status, 201, JSON.stringify(taken.body))
    t.log(`decided ${taken.tookMs.toFixed()} ms after the kill; its own show in ${own.tookMs.toFixed()} ms`)
    await until(async () => (await owners()).every((owner) => owner === one.name))

    t.deepEqual(
      (await ann.post(one, '/v1/reservations', { showId: second, seatIds: ['A-1-1'] }, key)).body,
      before.body,
      'a repeat gets the answer that the killed server gave',
    )
    const paid = await ann.post(one, `/v1/reservations/${before.body.id}/payment`)
    t.like(paid, { status: 200, body: { state: 'paid' } })
  },
)

test.serial(
  'a server that comes gets its share, and one that stops in order hands its own over',
  async (t) => {
    const { one, two, owners, showOf, start } = await stage(t)
    const showId = await showOf(two)
    const [three] = await startWithShares(() => start(), 1, [one, two])
    if (three === undefined) throw new Error('a third server is needed')
    await sharedOut(owners, [one, two, three])

    const ann = await person(one, 'ann')
    const buying = Array.from({ length: 4 }, (_, index) =>
      ann.post(one, '/v1/reservations', { showId, seatIds: [`A-1-${index + 1}`] }),
    )
    two.child.kill('SIGTERM')
    t.deepEqual(
      (await Promise.all(buying)).map(({ status }) => status),
      [201, 201, 201, 201],
    )
    t.is((await two.ended()).code, 0)
    await sharedOut(owners, [one, three])
  },
)

test.serial('who joins a waiting room on one server is let in and buys on the other', async (t) => {
  const { one, two, showOf } = await stage(t)
  const showId = await showOf(one, { hasWaitingRoom: true })
  const ann = await person(one, 'ann')
  const joined = await ann.post(one, `/v1/shows/${showId}/waiting-room`)
  t.is(joined.status, 201)
  const token = { 'queue-token': joined.body.queueToken }
  await until(async () => (await ann.get(two, '/v1/waiting-room', token)).body.state === 'admitted')
  const held = await ann.post(two, '/v1/reservations', { showId, seatIds: ['A-1-1'] }, token)
  t.is(held.status, 201, JSON.stringify(held.body))
  const ben = await person(two, 'ben')
  t.like((await ben.post(two, `/v1/shows/${showId}/waiting-room`)).body, { number: 2 })
})

test.serial('the servers count the requests of a user together', async (t) => {
  const { one, two } = await stage(t, { RATE_LIMIT_MAX: '40' })
  const ann = await person(one, 'ann')
  const statuses: number[] = []
  for (let request = 0; request < 42; request++)
    statuses.push((await ann.get(request % 2 === 0 ? one : two, '/v1/balance')).status)
  t.deepEqual(
    statuses.map((status) => status === 200),
    statuses.map((_, request) => request < 40),
  )
})

test.serial('what was written through one server is looked up on the other at once', async (t) => {
  const { one, two, admin } = await stage(t)
  for (let concert = 0; concert < 50; concert++) {
    const id = `concert-${concert}`
    const written = await admin.post(one, '/v1/admin/concerts', { id, name: id, description: '' })
    const token = written.headers.get('consistency-token') ?? ''
    const found = await admin.get(two, `/v1/concerts/${id}`, { 'consistency-token': token })
    t.is(found.status, 200)
  }
  const forged = await admin.get(two, '/v1/concerts', { 'consistency-token': 'MC0xLTk5OTk.AAAA' })
  t.like(forged.body, { status: 400, code: 'invalid_request' })

  const ready = (await admin.get(two, '/readyz')).body
  t.deepEqual(
    ready.dependencies.map(({ name, state }: Record<string, string>) => [name, state === 'down']),
    ['master', 'replica', 'redis', 'broker'].map((name) => [name, false]),
  )
  const { lagMs, asOf, dependencies } = (await admin.get(two, '/v1/admin/dashboard')).body
  t.true(lagMs < 1_000 && Date.parse(asOf) > 0)
  t.is(dependencies.length, 4)
})
