// Claims, leases and the seat projection on Redis: the contracts, and what only a server with a memory promises.
import test from 'ava'
import { redisLocks } from '../../adapters/locks/redis.ts'
import type { RedisConnection } from '../../adapters/redis/connection.ts'
import { redisWaitingRooms } from '../../adapters/tokens/redis.ts'
import { limits } from '../../engine/limits.ts'
import { claimsContract } from '../contract/claims.ts'
import { leasesContract } from '../contract/leases.ts'
import { projectionContract } from '../contract/projection.ts'
import { apart, clearRedis, closeRedis, isListening, openRedis } from '../support/redis.ts'
import { testServers } from '../support/servers.ts'

const { redisUrl } = testServers()
let shared: RedisConnection
let another: RedisConnection

test.before(async () => {
  shared = await openRedis(redisUrl)
  another = await openRedis(redisUrl)
})

test.after.always(() => Promise.all([closeRedis(shared), closeRedis(another)]))

claimsContract('Redis claims', async () => {
  const connection = apart(shared)
  const { claims, projection } = redisLocks(connection)
  const rooms = redisWaitingRooms(connection)
  return {
    claims,
    projection,
    admit: async (room, userId, until) => {
      const policy = {
        ratePerSecond: 1,
        admittedMax: 1,
        sessionTtlMs: 1,
        isLottery: false,
        followsStock: false,
        version: 1,
        isPaused: false,
      }
      const session = { number: 1, userId, admittedAt: now, endsAt: until, issuedThrough: 1 }
      const opening = {
        range: { from: 2, through: 2 },
        serving: 1,
        generation: 1,
        policy,
        sessions: [session],
        hasOpened: true,
        drawnThrough: null,
      }
      await rooms.open(room, opening, { opensAt: now, keepUntil: now + 60_000 }, now, await rooms.life())
    },
    flush: async () => {
      await clearRedis(connection)
      return { claims, projection }
    },
  }
})

leasesContract('Redis leases', async () => redisLocks(apart(shared)).leases)

projectionContract('Redis projection', async () => {
  const here = apart(shared)
  const there = { ...another, key: here.key }
  return {
    projection: redisLocks(here).projection,
    elsewhere: redisLocks(there).projection,
    watching: async () => void (await Promise.all([isListening(here), isListening(there)])),
  }
})

const showId = 'show-1'
const now = Date.now()
const request = (buyer: string, seatIds: readonly string[], at = now) => ({
  showId,
  reservationId: `reservation-${buyer}`,
  commandId: `command-${buyer}`,
  userId: buyer,
  fingerprint: 'body',
  seatIds,
  admissionRequired: false,
  now: at,
})

test('all that a claim keeps clears itself up, also when nobody asks again', async (t) => {
  const connection = apart(shared)
  const { claims, leases, projection } = redisLocks(connection)
  await claims.claim(request('ann', ['A1', 'A2']))
  await claims.claim(request('ben', []))
  await claims.remember('pay-1', 'body', now)
  await leases.acquire('sweep', 'server-1', 5_000, now)
  await projection.replace(showId, { revision: 1, taken: new Map() })
  await projection.replace(showId, { revision: 0, taken: new Map() })
  const kept = await keysOf(connection)
  t.is(kept.length, 8)
  for (const name of kept) t.true((await connection.commands.pttl(name)) > 0, `${name} has an end`)
})

test('a projection that changes does not end, however long ago it was set', async (t) => {
  const connection = apart(shared)
  const { projection } = redisLocks(connection)
  const name = connection.key(`seats:${showId}`)
  await projection.replace(showId, { revision: 0, taken: new Map() })
  await connection.commands.pexpire(name, 60_000)
  await projection.apply(showId, 0, 1, [])
  t.true((await connection.commands.pttl(name)) > 60_000)
})

test('claims that ended are removed by who looks at the claims', async (t) => {
  const connection = apart(shared)
  const { claims } = redisLocks(connection)
  await claims.claim(request('ann', ['A1', 'A2']))
  await claims.claim(request('ben', ['A3'], now + 1))
  t.deepEqual([...(await claims.claimed(showId, now + limits.claimTtlMs))], [['A3', 'reservation-ben']])
  t.is(await connection.commands.hlen(connection.key(`claims:${showId}`)), 1)
})

test('a seat that is claimed anew while its last claim is removed stays claimed', async (t) => {
  const { claims } = redisLocks(apart(shared))
  await claims.claim(request('ann', ['A1']))
  const ended = now + limits.claimTtlMs
  await Promise.all([claims.claimed(showId, ended), claims.claim(request('ben', ['A1'], ended))])
  t.deepEqual([...(await claims.claimed(showId, ended))], [['A1', 'reservation-ben']])
})

test('as many as ask at once, for as many seats as one may ask for, are served in one run of a script', async (t) => {
  const { claims } = redisLocks(apart(shared))
  const buyers = Array.from({ length: 200 }, (_, buyer) => `buyer${buyer}`)
  const seatsOf = (buyer: string) =>
    Array.from({ length: limits.requestSeatsMax }, (_, seat) => `${buyer}-${seat}`)
  const outcomes = await Promise.all(buyers.map((buyer) => claims.claim(request(buyer, seatsOf(buyer)))))
  t.true(outcomes.every(({ outcome }) => outcome === 'claimed'))
  t.is((await claims.claimed(showId, now)).size, buyers.length * limits.requestSeatsMax)
  await claims.release(
    showId,
    buyers.map((buyer) => `reservation-${buyer}`),
  )
  t.is((await claims.claimed(showId, now)).size, 0)
})

test('however often a reservation claims its seats, each is kept once', async (t) => {
  const connection = apart(shared)
  const { claims } = redisLocks(connection)
  for (let time = 0; time < 3; time++) await claims.claim(request('ann', ['A1', 'A10']))
  const kept = await connection.commands.get(connection.key('claimed:reservation-ann'))
  t.is(kept, `${now + limits.queuedVisibleMs} A1 A10`)
})

test('a key is forgotten when its time is over', async (t) => {
  const { claims } = redisLocks(apart(shared))
  await claims.remember('pay-1', 'body', now)
  const end = now + limits.fingerprintTtlMs
  t.false(await claims.remember('pay-1', 'another body', end - 1))
  t.true(await claims.remember('pay-1', 'another body', end))
})

test('scripts that Redis has forgotten are sent anew', async (t) => {
  const { claims } = redisLocks(apart(shared))
  await claims.claim(request('ann', ['A1']))
  await shared.commands.script('FLUSH')
  t.is((await claims.claim(request('ben', ['A1']))).outcome, 'taken')
})

test('a projection without its revision is none', async (t) => {
  const connection = apart(shared)
  const { projection } = redisLocks(connection)
  await projection.replace(showId, {
    revision: 3,
    taken: new Map([['A1', { status: 'blocked', reservationId: null }]]),
  })
  await connection.commands.hdel(connection.key(`seats:${showId}`), '')
  t.is(await projection.read(showId), null)
  t.is(await projection.apply(showId, 3, 4, []), 'gap')
  t.deepEqual(await keysOf(connection), [])
})

test('what is no change of seats is passed over by who watches', async (t) => {
  const connection = apart(shared)
  const { projection } = redisLocks(connection)
  const seen: object[] = []
  const told = Promise.withResolvers<void>()
  const stop = projection.watch(showId, (change) => {
    seen.push(change)
    if (change.to === 1) told.resolve()
  })
  t.teardown(stop)
  await isListening(connection)
  for (const message of ['', 'null', '{"from":0}', '{"from":0,"to":1,"changes":[{"seatId":1,"taken":null}]}'])
    await connection.commands.publish(connection.key(`seats:${showId}`), message)
  await projection.replace(showId, { revision: 1, taken: new Map() })
  await told.promise
  t.deepEqual(seen, [
    { from: 0, to: 0, changes: [] },
    { from: 1, to: 1, changes: [] },
  ])
})

test('nobody listens any more when the last watcher has gone', async (t) => {
  const connection = apart(shared)
  const { projection } = redisLocks(connection)
  const subscribers = async () =>
    (await connection.commands.pubsub('NUMSUB', connection.key(`seats:${showId}`)))[1]
  const stops = [projection.watch(showId, () => {}), projection.watch(showId, () => {})]
  await isListening(connection)
  t.is(await subscribers(), 1)
  stops[0]?.()
  await isListening(connection)
  t.is(await subscribers(), 1)
  stops[1]?.()
  await isListening(connection)
  t.is(await subscribers(), 0)
})

async function keysOf({ commands, key }: RedisConnection): Promise<string[]> {
  const names = new Set<string>()
  for await (const some of commands.scanStream({ match: `${key('')}*`, count: 1_000 }))
    for (const name of some) names.add(name)
  return [...names].sort()
}
