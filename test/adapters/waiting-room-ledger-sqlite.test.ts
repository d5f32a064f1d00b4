// The master's part of the waiting room on SQLite.
import { join } from 'node:path'
import { openMaster } from '../../adapters/master/master.ts'
import { waitingRoomLedgerContract } from '../contract/waiting-room-ledger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

waitingRoomLedgerContract('waiting room on SQLite', async (t) => {
  const url = `sqlite:${join(await temporaryFolder(t), 'master.db')}`
  const master = await openMaster({ url, partitions: 1 })
  t.teardown(() => master.close())
  return master
})
