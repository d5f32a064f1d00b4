// Redis gone, frozen, full, cut off or not the right one: refused within the limit, told in one sentence, back by itself.
import test, { type ExecutionContext } from 'ava'
import { RedisAnswers } from '../../adapters/broker/redis-answers.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import { redisLocks } from '../../adapters/locks/redis.ts'
import { redisWaitingRooms } from '../../adapters/tokens/redis.ts'
import { HoldfastError } from '../../engine/errors.ts'
import type { Answer, SeatProjection } from '../../engine/ports.ts'
import { canBeUsed, isListening, openRedis, ownRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

/** Less than a call that nobody answers takes, on however busy a machine. */
const atOnceMs = 1_400
/** More than it takes. */
const inTimeMs = 5_000
const showId = 'show-1'
const now = Date.now()
const request = (buyer: string, ...seatIds: readonly string[]) => ({
  showId,
  reservationId: `reservation-${buyer}`,
  commandId: `command-${buyer}`,
  userId: buyer,
  fingerprint: 'body',
  seatIds,
  admissionRequired: false,
  now,
})

const answer: Answer = {
  commandId: 'c1',
  subjectId: 'r1',
  type: 'pay',
  outcome: 'accepted',
  code: null,
  state: 'paid',
  fingerprint: 'body',
  details: {},
}

test('while Redis is gone every call is refused at once, and when it is back calls pass again', async (t) => {
  const lines: string[] = []
  const write = (_: object, line: string) => void lines.push(line)
  const { server, connection } = await ownRedis(t, { info: write, warn: write, error: write })
  const { claims, leases, projection } = redisLocks(connection)
  const answers = new RedisAnswers(connection, 'here', systemClock)
  const rooms = redisWaitingRooms(connection)
  await claims.claim(request('ann', 'A1'))

  await server.end('SIGKILL')
  const calls = [
    () => claims.claim(request('ben', 'A2')),
    () => claims.remember('pay-1', 'body', now),
    () => claims.wasClaimed('reservation-ann', now),
    () => claims.release(showId, ['reservation-ann']),
    () => claims.claimed(showId, now),
    () => leases.acquire('sweep', 'here', 1_000, now),
    () => leases.release('sweep', 'here'),
    () => projection.read(showId),
    () => projection.apply(showId, 0, 1, []),
    () => projection.replace(showId, { revision: 1, taken: new Map() }),
    () => answers.send('there', []),
    () => rooms.join(showId, 'ann', now),
    async () => rooms.hasSession(showId, 'ann', now),
  ]
  for (const call of calls) await isRefusedWithin(t, atOnceMs, call)
  await t.throwsAsync(connection.check(), { message: /^Redis does not answer: .*\.$/ })
  const own = answers.wait('c1', 20_000)
  await answers.send('here', [answer])
  t.deepEqual(await own, answer, 'answers within one server need no Redis')

  await server.start()
  await until(() => canBeUsed(connection), 5_000)
  t.deepEqual(await claims.claim(request('ben', 'A2')), { outcome: 'claimed' })
  await until(() => lines.length === 4)
  t.deepEqual(
    new Set(lines),
    new Set(['the connection to Redis is lost; connecting anew', 'the connection to Redis is back']),
  ) // prettier
})

test('what Redis was asked when it went is refused at once, and not asked again', async (t) => {
  const { server, connection } = await ownRedis(t)
  const { claims } = redisLocks(connection)
  await claims.claim(request('ann', 'A1'))
  server.signal('SIGSTOP')
  const asked = isRefusedWithin(t, atOnceMs, () => claims.claim(request('ben', 'A2')))
  await server.end('SIGKILL')
  await asked
  await server.start()
  await until(() => canBeUsed(connection))
  t.false((await claims.claimed(showId, now)).has('A2'))
})

test('while Redis is frozen calls are refused in time, and soon at once', async (t) => {
  const { server, connection } = await ownRedis(t)
  const { claims } = redisLocks(connection)
  await claims.claim(request('ann', 'A1'))

  server.signal('SIGSTOP')
  t.teardown(() => server.signal('SIGCONT'))
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      isRefusedWithin(t, inTimeMs, () => claims.claim(request(`buyer-${index}`, 'A2'))),
    ),
  )
  await until(() => connection.commands.status !== 'ready', 5_000)
  await isRefusedWithin(t, atOnceMs, () => claims.claim(request('ben', 'A2')))

  server.signal('SIGCONT')
  await until(() => canBeUsed(connection), 5_000)
  t.deepEqual(await claims.claim(request('ben', 'A3')), { outcome: 'claimed' })
})

test('behind work that takes long a call is refused in time', async (t) => {
  const { connection } = await ownRedis(t)
  const { commands, key } = connection
  const { claims } = redisLocks(connection)
  await claims.claim(request('ann', 'A1'))
  const slow = Array.from({ length: 12 }, () => commands.blpop(key('nothing'), 0.3).catch(() => null))
  await isRefusedWithin(t, inTimeMs, () => claims.claim(request('ben', 'A2')))
  await Promise.all(slow)
})

test('at its memory limit Redis claims nothing and forgets nothing, and what gives back still works', async (t) => {
  const { connection } = await ownRedis(t)
  const { commands } = connection
  const { claims, projection } = redisLocks(connection)
  await projection.replace(showId, { revision: 1, taken: new Map() })
  await claims.claim(request('ann', 'A1'))

  await commands.config('SET', 'maxmemory', '1mb')
  await isRefusedWithin(t, atOnceMs, () => claims.claim(request('ben', 'A2')))
  await isRefusedWithin(t, atOnceMs, () => claims.remember('pay-1', 'body', now))
  await isRefusedWithin(t, atOnceMs, () => projection.apply(showId, 1, 2, [{ seatId: 'A1', taken: null }]))
  await t.throwsAsync(connection.check(), { message: /^Redis is at its memory limit .*\.$/ })
  t.is((await projection.read(showId))?.revision, 1)
  t.deepEqual([...(await claims.claimed(showId, now))], [['A1', 'reservation-ann']])
  t.false(await claims.wasClaimed('reservation-ben', now))
  await claims.release(showId, ['reservation-ann'])
  t.is((await claims.claimed(showId, now)).size, 0)

  await commands.config('SET', 'maxmemory', '0')
  await connection.check()
  t.deepEqual(await claims.claim(request('ben', 'A1')), { outcome: 'claimed' })
})

test('who was cut off while changes were applied is told where the projection stands now', async (t) => {
  const { url, connection } = await ownRedis(t)
  const other = { ...(await openElsewhere(t, url)), key: connection.key }
  const { projection } = redisLocks(other)
  await projection.replace(showId, { revision: 0, taken: new Map() })
  const { seen, told } = watch(redisLocks(connection).projection)
  await isListening(connection)
  await projection.apply(showId, 0, 1, [])
  await told(1)

  await other.commands.client('KILL', 'ID', await connection.listener.client('ID'))
  await projection.apply(showId, 1, 2, [])
  await told(2)
  await projection.apply(showId, 2, 3, [])
  await told(3)
  t.deepEqual(
    seen.map(({ from, to }) => [from, to]).filter(([, to]) => to !== 0),
    [
      [0, 1],
      [2, 2],
      [2, 3],
    ],
  ) // prettier
})

test('which process of Redis answers is known while it does, and no longer', async (t) => {
  const { server, connection } = await ownRedis(t)
  const before = connection.runId()
  await server.end('SIGKILL')
  await until(() => connection.commands.status !== 'ready')
  t.throws(() => connection.runId(), { instanceOf: HoldfastError, code: 'unavailable' })
  await server.start()
  await until(() => canBeUsed(connection))
  t.not(connection.runId(), before)
})

test('whichever process of Redis did not say in time which it is is asked again', async (t) => {
  const { connection } = await ownRedis(t)
  const { commands } = connection
  const before = connection.runId()
  const info = commands.info.bind(commands) as (...given: unknown[]) => Promise<string>
  const silent = new Set(['server'])
  Object.assign(commands, {
    info: (...given: unknown[]) =>
      silent.delete(String(given[0])) ? Promise.reject(new Error('Command timed out')) : info(...given),
  })
  commands.disconnect(true)
  await until(() => silent.size === 0)
  await until(() => canBeUsed(connection))
  t.is(connection.runId(), before)
})

test('answers are heard again after the listener was cut off', async (t) => {
  const { url, connection } = await ownRedis(t)
  const answers = new RedisAnswers(connection, 'here', systemClock)
  const other = { ...(await openElsewhere(t, url)), key: connection.key }
  const there = new RedisAnswers(other, 'there', systemClock)
  await other.commands.client('KILL', 'ID', await connection.listener.client('ID'))
  await until(() =>
    isListening(connection).then(
      () => true,
      () => false,
    ),
  )

  const waiting = answers.wait('c1', 20_000)
  await there.send('here', [answer])
  t.deepEqual(await waiting, answer)
})

test('an older copy that comes back is noticed by the next change, and set whole', async (t) => {
  const { connection } = await ownRedis(t)
  const { commands, key } = connection
  const { projection } = redisLocks(connection)
  await projection.replace(showId, { revision: 3, taken: new Map() })
  const copy = await commands.dumpBuffer(key(`seats:${showId}`))
  await projection.apply(showId, 3, 4, [{ seatId: 'A1', taken: { status: 'sold', reservationId: 'r1' } }])
  await commands.restore(key(`seats:${showId}`), 0, copy, 'REPLACE')

  t.is(await projection.apply(showId, 4, 5, []), 'gap')
  t.is(await projection.read(showId), null)
})

test('a Redis that is not there, or not one to rely on, is refused in one sentence', async (t) => {
  const { url, server, connection } = await ownRedis(t)
  const { commands } = connection
  const refusal = async (message: RegExp) => {
    await t.throwsAsync(openRedis(url), { message })
  }
  await commands.config('SET', 'maxmemory-policy', 'volatile-lru')
  await refusal(/^Redis may evict claims that are live \(maxmemory-policy is volatile-lru\); .*\.$/)
  await t.throwsAsync(connection.check(), { message: /volatile-lru/ })
  await commands.config('SET', 'maxmemory-policy', 'noeviction')
  await commands.replicaof('127.0.0.1', '1')
  await refusal(/^Redis is a replica and takes no writes; .*\.$/)
  await server.end('SIGTERM')
  await refusal(/^Redis does not answer: .*ECONNREFUSED.*\.$/)
})

function watch(projection: SeatProjection) {
  const seen: { from: number; to: number }[] = []
  projection.watch(showId, (change) => void seen.push(change))
  return { seen, told: (revision: number) => until(() => seen.some(({ to }) => to === revision)) }
}

async function openElsewhere(t: ExecutionContext, url: string) {
  const connection = await openRedis(url)
  t.teardown(() => connection.close())
  return connection
}

async function isRefusedWithin(t: ExecutionContext, ms: number, call: () => Promise<unknown>): Promise<void> {
  const begin = performance.now()
  const error = await t.throwsAsync(call, { instanceOf: HoldfastError })
  t.is(error?.code, 'unavailable')
  t.is(error?.details.mayHaveBeenAccepted, false)
  t.true(performance.now() - begin < ms)
}

test('a Redis that has become a replica, and has kept its connections, is left: the address may lead to its master', async (t) => {
  const { connection } = await ownRedis(t)
  const { commands } = connection
  const { claims } = redisLocks(connection)
  t.true(await claims.remember('pay-1', 'body', now))
  const before = await commands.client('ID')
  await commands.call('REPLICAOF', '127.0.0.1', '1')
  await t.throwsAsync(claims.remember('pay-2', 'body', now))
  await until(async () => (await commands.client('ID').catch(() => before)) !== before)
  const isMaster = () =>
    commands.call('REPLICAOF', 'NO', 'ONE').then(
      () => true,
      () => false,
    )
  await until(isMaster)
  t.true(await claims.remember('pay-2', 'body', now))
})
