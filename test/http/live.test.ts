import { randomUUID } from 'node:crypto'
import test from 'ava'
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { type Client, type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'
import { type EventReader, type ReadEvent, readEvents } from '../support/event-reader.ts'
import { giveBack } from '../support/given-back.ts'
import { runSeed } from '../support/seed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

const chart = chartOf(reservationV1)

type Counts = Record<string, number>

/** Every reservation there is, read row by row where they are kept. */
async function countedWhole({ parts }: EmbeddedServer): Promise<Counts> {
  const lookUps = await parts.replica.lookUps(null)
  const counts: Counts = {}
  for (const { reservations } of await lookUps.dashboard(1_000))
    for (const [state, count] of Object.entries(reservations)) counts[state] = (counts[state] ?? 0) + count
  return counts
}

async function countedLive(developer: Client): Promise<Counts | null> {
  const { body } = await developer.get('/v1/machines/reservation/live')
  if (body.partitionsWhole < body.partitions) return null
  const [version = { states: [] }] = body.versions
  return Object.fromEntries(
    version.states
      .filter(({ count }: { count: number }) => count !== 0)
      .map(({ state, count }: { state: string; count: number }) => [state, count]),
  )
}

/** Resolves once both agree; the engine tells what it has counted once a second. */
async function agree(server: EmbeddedServer): Promise<Counts> {
  const developer = await server.as('dora', 'developer')
  let [live, whole]: [Counts | null, Counts] = [null, {}]
  try {
    await until(async () => {
      whole = await countedWhole(server)
      live = await countedLive(developer)
      return JSON.stringify(sorted(live)) === JSON.stringify(sorted(whole))
    })
  } catch {
    throw new Error(`counted live ${JSON.stringify(live)}, and ${JSON.stringify(whole)} there`)
  }
  return whole
}

const sorted = (counts: Counts | null) => Object.entries(counts ?? { none: 1 }).sort()

/** Buyers who hold, pay, give back, ask too much and let holds run out, each after the draw of the seed; before them one who pays. */
async function sell(server: EmbeddedServer, showId: string, seed: number, buyers: number): Promise<void> {
  let state = seed
  const draw = (sides: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
  const plans = Array.from({ length: buyers }, () => ({ seat: draw(40) + 1, what: draw(6) }))
  const visit = async ({ seat, what }: { seat: number; what: number }, index: number) => {
    const buyer = await server.as(`buyer-${seed}-${index}`)
    if (what < 3) await buyer.post('/v1/balance/charges', { amount: 900_000 })
    const seats = what === 5 ? { bestAvailable: { count: 9 } } : { seatIds: [`A-1-${seat}`] }
    const { body } = await buyer.post('/v1/reservations', { showId, ...seats })
    if (body.state !== 'held') return
    if (what <= 3) await buyer.post(`/v1/reservations/${body.id}/payment`)
    if (what === 1 || what === 4) await buyer.post(`/v1/reservations/${body.id}/cancellation`)
  }
  await visit({ seat: 1, what: 0 }, buyers)
  await Promise.all(plans.map(visit))
}

async function makeShow(server: EmbeddedServer, holdTtlMs = 600_000): Promise<string> {
  const admin = await server.as('root', 'admin')
  const id = `live-${randomUUID().slice(0, 8)}`
  const far = '2090-01-01T00:00:00Z'
  await admin.post('/v1/admin/shows', {
    id,
    concertId: 'demo',
    venueId: 'riethsporthalle',
    startsAt: far,
    closesAt: far,
    opensAt: '2020-01-01T00:00:00Z',
    refundableUntil: far,
    holdTtlMs,
    prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
  })
  return id
}

test('what is counted as it is committed is what a full count finds, while a sale runs and after a restart', async (t) => {
  const seed = runSeed
  t.log(`seed ${seed}`)
  const DATA_DIR = await temporaryFolder(t)
  const environment = { DATA_DIR, HOLD_GRACE: '2s' }
  const first = await startEmbedded(environment)
  const shows = [await makeShow(first, 3_000), await makeShow(first, 3_000)] as const
  await sell(first, shows[0], seed, 60)
  const counts = await agree(first)
  t.true((counts.paid ?? 0) > 0, JSON.stringify(counts))

  // New reservations are decided while what was there is still being counted in.
  const selling = sell(first, shows[1], seed + 1, 60)
  await Promise.all([selling, agree(first)])
  await agree(first)
  await first.stop()

  const second = await startEmbedded(environment)
  t.teardown(() => second.stop())
  await Promise.all([
    sell(second, shows[0], seed + 2, 40),
    until(async () => countedLive(await second.as('d', 'developer')).then(Boolean)),
  ])
  await agree(second)
  // The holds of before the restart run out, too.
  await until(async () => (await countedWhole(second)).held === undefined)
  t.true((await agree(second)).expired !== undefined)
})

test('flows, times and refusals are counted at the branch that was taken', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  const showId = await makeShow(server)
  const [ann, ben, developer] = await Promise.all([
    server.as('ann'),
    server.as('ben'),
    server.as('d', 'developer'),
  ])
  const { body: held } = await ann.post('/v1/reservations', { showId, seatIds: ['A-1-1'] })
  t.is(held.state, 'held')
  await ann.post(`/v1/reservations/${held.id}/payment`)
  await ann.post('/v1/balance/charges', { amount: 10 })
  await ann.post(`/v1/reservations/${held.id}/payment`)
  await ben.post('/v1/reservations', { showId, bestAvailable: { count: 9 } })

  const place = (event: string, rule: string | null) =>
    chart.branches.findIndex(
      (branch) =>
        branch.event === event && (branch.rule?.name ?? null) === rule && branch.code !== 'invalid_state',
    )
  const expected = [
    place('reserve', null),
    place('pay', 'balanceCoversAmount'),
    place('pay', null),
    place('reserve', 'isWithinSeatLimit'),
  ]
  t.false(expected.includes(-1))
  type Live = {
    partitionsWhole: number
    partitions: number
    versions: {
      flows: { branch: number; total: number }[]
      states: { state: string; dwell: object | null }[]
    }[]
  }
  let live: Live = { partitionsWhole: 0, partitions: 1, versions: [] }
  await until(async () => {
    live = (await developer.get('/v1/machines/reservation/live')).body
    return live.partitionsWhole === live.partitions && live.versions[0]?.flows.length === expected.length
  })
  const [version] = live.versions
  t.deepEqual(version?.flows.map(({ branch }) => branch).sort(), expected.sort())
  t.true(version?.flows.every(({ total }) => total === 1))
  const dwell = Object.fromEntries(version?.states.map(({ state, dwell }) => [state, dwell !== null]) ?? [])
  t.deepEqual(dwell, { held: true, paid: false, queued: true, rejected: false })
})

test('whoever watches is told once a second, developers and administrators alone', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  const address = await server.app.listen({ port: 0 })
  const path = '/v1/machines/reservation/live/stream'
  const [ann, developer] = await Promise.all([server.as('ann'), server.as('d', 'developer')])
  t.is((await ann.get(path)).status, 403)
  t.is((await developer.get('/v1/machines/nothing/live')).status, 404)

  const stream = await readEvents(`${address}${path}`, { authorization: developer.authorization })
  const showId = await makeShow(server)
  await ann.post('/v1/reservations', { showId, seatIds: ['A-1-1'] })
  const isHeld = ({ data }: ReadEvent) =>
    data.versions[0]?.states.some(({ state }: { state: string }) => state === 'held')
  let heard = await stream.next()
  while (heard !== null && !(heard.event === 'live' && isHeld(heard))) heard = await stream.next()
  t.truthy(heard)
  stream.close()

  const shows = await developer.get('/v1/machines/show/live')
  t.deepEqual(shows.body.versions[0].states, [{ state: 'open', count: 3, dwell: null }])
})

test('who is overdue is looked up once for all who watch and ask, and told when it changes', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  let looks = 0
  const { replica } = server.parts
  const lookUps = replica.lookUps.bind(replica)
  replica.lookUps = async (since) => {
    const found = await lookUps(since)
    const newestParked = (limit: number) => {
      looks++
      return found.newestParked(limit)
    }
    return { ...found, newestParked }
  }
  const address = await server.app.listen({ port: 0 })
  const { authorization } = await server.as('d', 'developer')
  const developer = await server.as('e', 'developer')
  const watch = (machine: string) =>
    readEvents(`${address}/v1/machines/${machine}/live/stream`, { authorization })
  const overdueOf = async (stream: EventReader) => {
    let heard = await stream.next()
    while (heard !== null && heard.event !== 'overdue') heard = await stream.next()
    return heard?.data
  }
  const nobody = { pastDeadline: [], waitingLong: [], parked: [], redriven: [] }

  const streams = [await watch('reservation'), await watch('reservation'), await watch('show')]
  for (const stream of streams) t.deepEqual(await overdueOf(stream), nobody)
  const asked = await Promise.all([1, 2, 3].map(() => developer.get('/v1/machines/overdue')))
  for (const { body } of asked) t.like(body, nobody)
  t.is(looks, 1)

  const showId = await makeShow(server)
  const ann = await server.as('ann')
  const slow = await ann.post('/v1/reservations', { showId, seatIds: ['A-1-1'] })
  await giveBack(server, showId, 100)
  for (const stream of streams) {
    const { waitingLong } = await overdueOf(stream)
    t.deepEqual(
      waitingLong.map(({ id }: { id: string }) => id),
      [slow.body.id],
    )
    stream.close()
  }
  t.true(looks <= 4, `${looks} looks`)
})
