// The largest plan that there may be, every seat of it taken, as a projection on Redis.
import test from 'ava'
import { redisLocks } from '../../adapters/locks/redis.ts'
import { limits } from '../../engine/limits.ts'
import type { SeatChange, SeatMap, TakenSeat } from '../../engine/ports.ts'
import { closeRedis, openRedis } from '../support/redis.ts'
import { testServers } from '../support/servers.ts'

test('a whole hall is set, changed and read', async (t) => {
  const connection = await openRedis(testServers().redisUrl)
  t.teardown(() => closeRedis(connection))
  const seats = Array.from({ length: limits.planSeatsMax }, (_, index) => `Block-${index % 40}-${index}`)
  const held = (seatId: string): TakenSeat => ({ status: 'held', reservationId: `show-1.${seatId}.mac` })
  const map: SeatMap = { revision: 1, taken: new Map(seats.map((seatId) => [seatId, held(seatId)])) }
  const { projection } = redisLocks(connection)
  await projection.replace('show-1', map)
  const whole = await projection.read('show-1')
  t.is(whole?.revision, 1)
  t.is(whole?.taken.size, seats.length)
  t.true(seats.every((seatId) => whole?.taken.get(seatId)?.reservationId === held(seatId).reservationId))

  const changes = seats.slice(0, 25_000).map(
    (seatId, index): SeatChange => ({
      seatId,
      taken: index % 2 === 0 ? null : { status: 'sold', reservationId: 'r1' },
    }),
  )
  t.is(await projection.apply('show-1', 1, 2, changes), 'applied')
  const changed = await projection.read('show-1')
  t.is(changed?.taken.size, seats.length - 12_500)
  t.is(changed?.taken.has(changes[0]?.seatId ?? ''), false)
  t.deepEqual(changed?.taken.get(changes[1]?.seatId ?? ''), { status: 'sold', reservationId: 'r1' })
})
