// What planted bugs are put together from: a master with other transactions, a channel that behaves otherwise.
import type { Broker, PartitionChannel } from '../../../engine/ports.ts'
import type { Design } from '../design.ts'
import type { Batch } from '../master/batch.ts'
import { SimulatedMaster } from '../master/master.ts'

export const withTransactions = (transactions: typeof Batch): Pick<Design, 'makeMaster'> => ({
  makeMaster: (partitions, timer) => new SimulatedMaster(partitions, timer, transactions),
})

export const withChannel = (
  remote: Broker,
  changed: (channel: PartitionChannel) => Partial<PartitionChannel>,
): Broker => ({
  publish: (partition, message) => remote.publish(partition, message),
  check: () => remote.check(),
  close: () => remote.close(),
  subscribe: async (partition) => {
    const channel = await remote.subscribe(partition)
    return {
      receive: (max) => channel.receive(max),
      acknowledge: (through) => channel.acknowledge(through),
      close: () => channel.close(),
      ...changed(channel),
    }
  },
})
