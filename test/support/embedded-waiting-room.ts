// The waiting room's parts as the embedded mode has them, in folders of their own.
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openEmbeddedLocks } from '../../adapters/locks/embedded.ts'
import { openMaster } from '../../adapters/master/master.ts'
import type { WaitingRoomUnderTest } from '../contract/waiting-room-stage.ts'
import { embeddedWaitingRooms } from './embedded-waiting-rooms.ts'
import { temporaryFolder } from './temporary-folder.ts'

export async function embeddedWaitingRoom(t: ExecutionContext): Promise<WaitingRoomUnderTest> {
  const folder = await temporaryFolder(t)
  const store = await embeddedWaitingRooms(t)
  const master = await openMaster({ url: `sqlite:${join(folder, 'master.db')}`, partitions: 1 })
  const view = { hasSession: () => false, takenSeat: () => null }
  const locks = openEmbeddedLocks(join(folder, 'locks.db'), view)
  t.teardown(async () => {
    locks.close()
    await master.close()
  })
  return { store, ledger: master.waitingRooms, leases: locks.leases }
}
