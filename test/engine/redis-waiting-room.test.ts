// The waiting room on Redis and SQLite.
import test from 'ava'
import { systemClock } from '../../adapters/clock/system.ts'
import { redisLeases } from '../../adapters/locks/redis-leases.ts'
import { waitingRoomContract } from '../contract/waiting-room.ts'
import { waitingRoomAdministrationContract } from '../contract/waiting-room-administration.ts'
import { waitingRoomAtHandContract } from '../contract/waiting-room-at-hand.ts'
import { waitingRoomInletsContract } from '../contract/waiting-room-inlets.ts'
import { waitingRoomLossContract } from '../contract/waiting-room-losses.ts'
import { waitingRoomLotteryContract } from '../contract/waiting-room-lottery.ts'
import { waitingRoomOpeningContract } from '../contract/waiting-room-opening.ts'
import type { WaitingRoomSetUp } from '../contract/waiting-room-stage.ts'
import { redisRooms, stopRedisRooms } from '../support/redis-waiting-rooms.ts'
import { openTemporaryMaster } from '../support/temporary-master.ts'

test.after.always(stopRedisRooms)

const onRedis: WaitingRoomSetUp = async (t) => {
  const store = await redisRooms(t)
  const { master, close } = await openTemporaryMaster(1, systemClock)
  t.teardown(close)
  return { store, ledger: master.waitingRooms, leases: redisLeases(store.connection) }
}

waitingRoomContract('Redis waiting room', onRedis)
waitingRoomAdministrationContract('Redis waiting room', onRedis)
waitingRoomInletsContract('Redis waiting room', onRedis)
waitingRoomLossContract('Redis waiting room', onRedis)
waitingRoomLotteryContract('Redis waiting room', onRedis)
waitingRoomOpeningContract('Redis waiting room', onRedis)
waitingRoomAtHandContract('Redis waiting room', onRedis)
