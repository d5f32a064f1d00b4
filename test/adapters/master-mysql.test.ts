// The master and its look-ups on MySQL or MariaDB: the contract, on a schema of its own.
import { openArchive } from '../../adapters/archive/archive.ts'
import { openMaster } from '../../adapters/master/master.ts'
import { lookUpsOnMaster } from '../../adapters/replica/none.ts'
import { masterContract } from '../contract/master.ts'
import { now, partitions } from '../contract/master-stage.ts'
import { ownSchema } from '../support/mysql-master.ts'
import { testServers } from '../support/servers.ts'

const { masterUrl } = testServers()

masterContract('MySQL', async () => {
  const { url, drop } = await ownSchema(masterUrl)
  const master = await openMaster({ url, partitions })
  const replica = lookUpsOnMaster({ url, clock: { now: () => now } })
  const close = async () => {
    await replica.close()
    await master.close()
    await drop()
  }
  const openAnother = (partitions: number) => openMaster({ url, partitions })
  return { master, replica, close, openArchive: () => openArchive(url), open: openAnother }
})
