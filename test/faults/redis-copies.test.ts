// What Redis tells late or wrong: an older copy that comes back, a memory that is full, a write that comes after its
// successor's. On a Redis of its own.
import test from 'ava'
import { Redis as Client } from 'ioredis'
import { type Redis, startRedis } from '../../ops/servers/redis.ts'
import { testServers } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { wayTo } from '../support/way.ts'
import { setStage } from './support/stage.ts'

let redis: Redis
let client: Client
test.before(async () => {
  redis = await startRedis()
  client = new Client(redis.url)
})
test.after.always(async () => {
  client?.disconnect()
  await redis?.server.stop()
})

const given = () => ({ ...testServers(), redisUrl: redis.url })

/** All that Redis has now. @returns what puts it back in the place of everything */
async function copyAll(): Promise<() => Promise<void>> {
  const keys = await client.keys('*')
  const copies = await Promise.all(keys.map((key) => client.dumpBuffer(key)))
  return async () => {
    await client.flushall()
    for (const [index, key] of keys.entries()) {
      const copy = copies[index]
      if (copy) await client.restore(key, 0, copy)
    }
  }
}

test.serial(
  'with an older copy of Redis two claim one seat, and the master refuses the second',
  async (t) => {
    const stage = await setStage(t, given(), { appServers: 2, shows: 1, settings: { HOLD_TTL: '60s' } })
    const [showId = ''] = stage.showIds
    const [ann, ben] = [await stage.buyer(), await stage.buyer()]
    let refused = 0
    for (let round = 1; round <= 5; round++) {
      const wish = { seatIds: [`A-1-${round}`] }
      // Somebody looks: the projection is there, and has the seat free.
      await stage.projectionOf(showId)
      const putBack = await copyAll()
      const held = await ann.reserve(showId, wish)
      t.is(held?.status, 201)
      t.is((await ann.insist({ type: 'pay', showId, target: held?.body.id })).status, 200)
      await stage.isProjected(showId)
      await putBack()
      const second = await ben.reserve(showId, wish)
      t.is(second?.status, 409)
      t.like(second?.body, { code: 'seats_taken', seatsTaken: wish.seatIds })
      if (second?.told.is === 'decided') refused++
      await stage.isProjected(showId)
    }
    await stage.conclude({
      injected: 'an older copy of Redis put back after a seat was sold, 5 times',
      observed:
        'the second claimant was refused each time, by the master where nobody had noticed the copy yet',
      done: ['claimants past the door', refused, 4],
    })
  },
)

test.serial(
  'with its memory full Redis turns buyers away, running holds are paid, and it comes back',
  async (t) => {
    const stage = await setStage(t, given(), { appServers: 2, shows: 1, settings: { HOLD_TTL: '60s' } })
    const [showId = ''] = stage.showIds
    const ann = await stage.buyer()
    const held = await ann.reserve(showId, { seatIds: ['A-1-1'] })
    const letGo = await stage.holdUp(showId)
    const queued = await ann.ask({ type: 'pay', showId, target: held?.body.id, waitS: 0 })
    t.is(queued?.status, 202)
    await client.config('SET', 'maxmemory', '1mb')
    t.teardown(() => client.config('SET', 'maxmemory', '0'))
    await letGo()
    const state = async () =>
      (await stage.sql('SELECT state FROM reservations WHERE id = ?', [held?.body.id]))[0]?.state
    await until(async () => (await state()) === 'paid')
    const tookMs: number[] = []
    for (let attempt = 0; attempt < 5; attempt++) {
      const refused = await ann.reserve(showId, { seatIds: ['A-1-2'] })
      t.is(refused?.status, 503, JSON.stringify(refused?.body))
      t.truthy(refused?.headers.get('retry-after'))
      tookMs.push(Math.round(refused?.tookMs ?? Number.POSITIVE_INFINITY))
    }
    t.true(Math.max(...tookMs) < 4_000)
    await client.config('SET', 'maxmemory', '0')
    const again = await ann.insist({
      type: 'reserve',
      showId,
      target: showId,
      body: { showId, seatIds: ['A-1-2'] },
    })
    t.is(again.status, 201)
    t.is((await ann.insist({ type: 'pay', showId, target: again.body.id })).status, 200)
    await stage.conclude({
      injected: 'the memory limit of Redis reached, a payment in the queue',
      observed: `paid meanwhile; who wanted to reserve was told 503 after ${tookMs} ms; held again after it`,
      done: ['payments', 2, 2],
    })
  },
)

test.serial(
  'what a consumer that slept after its commit writes to Redis late overwrites nothing newer',
  async (t) => {
    const way = await wayTo(t, redis.url)
    const stage = await setStage(t, given(), {
      appServers: 2,
      shows: 8,
      settings: { HOLD_TTL: '90s' },
      settingsOf: (place, urls) => (place === 0 ? { REDIS_URL: way.to(urls.redisUrl) } : {}),
    })
    const [sleeper, other] = stage.servers.all
    if (sleeper === undefined || other === undefined) throw new Error('two app servers are needed')
    const showId = await stage.showOf(sleeper)
    const ann = await stage.buyer()
    await stage.projectionOf(showId, other)
    const reserve = (seatId: string) => ({
      ...({ type: 'reserve', showId, target: showId, body: { showId, seatIds: [seatId] } } as const),
      at: other,
      key: seatId,
    })
    const letGo = await stage.holdUp(showId)
    t.is((await ann.ask({ ...reserve('A-1-1'), waitS: 0 }))?.status, 202)
    const stopped = way.stopBefore('A-1-1')
    await letGo()
    await stopped
    sleeper.child.kill('SIGSTOP')
    stage.servers.takeOut(sleeper)
    t.is((await stage.decided(showId)).length, 1, 'it had committed')
    const cancelled = (await ann.insist(reserve('A-1-1'))).body.id
    t.is((await ann.insist({ type: 'cancel', showId, target: cancelled, at: other })).status, 200)
    const second = await ann.insist(reserve('A-1-2'))
    t.is(second.status, 201, JSON.stringify(second.body))
    await stage.isProjected(showId, other)
    const before = await stage.projectionOf(showId, other)

    t.true(way.standing > 0)
    way.heal()
    sleeper.child.kill('SIGCONT')
    await sleeper.says(/another server owns the partition now|the channel failed/)
    stage.servers.putBack(sleeper)
    const after = await stage.projectionOf(showId, other)
    t.deepEqual(after, before)
    for (const seatId of ['A-1-3', 'A-1-4']) t.is((await ann.insist(reserve(seatId))).status, 201)
    for (const { id } of await stage.sql("SELECT id FROM reservations WHERE state = 'held'"))
      await ann.insist({ type: 'pay', showId, target: id })
    await stage.conclude({
      injected:
        'SIGSTOP of the owner after its commit, before its write to Redis, which arrived after the successor’s',
      observed: 'the projection stayed at the newer revision',
      done: [
        'reservations paid',
        (await stage.sql("SELECT id FROM reservations WHERE state = 'paid'")).length,
        3,
      ],
    })
  },
)
