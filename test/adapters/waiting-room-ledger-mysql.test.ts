// The master's part of the waiting room on MySQL or MariaDB, on a schema of its own.
import { openMaster } from '../../adapters/master/master.ts'
import { waitingRoomLedgerContract } from '../contract/waiting-room-ledger.ts'
import { ownSchema } from '../support/mysql-master.ts'
import { testServers } from '../support/servers.ts'

const { masterUrl } = testServers()

waitingRoomLedgerContract('waiting room on MySQL', async (partitions) => {
  const { url, drop } = await ownSchema(masterUrl)
  const master = await openMaster({ url, partitions })
  const close = async () => {
    await master.close()
    await drop()
  }
  return { master, close }
})
