// Planted: who may decide, in which order, and when the broker hears of it.
import { encodeWake } from '../../../engine/command.ts'
import type { BatchTransaction, Delivery, Fence } from '../../../engine/ports.ts'
import { asBuilt, type Design } from '../design.ts'
import { Batch } from '../master/batch.ts'
import type { RemoteMaster } from '../remote-master.ts'
import { withChannel, withTransactions } from './parts.ts'

/** Nothing is locked, each process is told that the epoch is still its own, and a write does not look again. */
export const fenceLeftOut: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override async fence(partition: number): Promise<Fence> {
        return { epoch: 0, lastStamp: 0, ...this.tables.partitions.get(partition) }
      }
      protected override assertFence(): void {}
    },
  ),
  seenMaster: (remote) => {
    const epochs = new Map<number, number>()
    const believed = (transaction: BatchTransaction): BatchTransaction => ({
      ...transaction,
      fence: async (partition) => {
        const fence = await transaction.fence(partition)
        return { ...fence, epoch: epochs.get(partition) ?? fence.epoch }
      },
    })
    const raiseEpoch: RemoteMaster['raiseEpoch'] = async (partition, owner, at) => {
      const epoch = await remote.raiseEpoch(partition, owner, at)
      epochs.set(partition, epoch)
      return epoch
    }
    return {
      ...remote,
      raiseEpoch,
      transaction: (work) => remote.transaction((transaction) => work(believed(transaction))),
    }
  },
}

/** A subscription looks like a first delivery, even to whoever only stands by. */
export const epochRaisedOnSubscribing: Design = {
  ...asBuilt,
  seenBroker: (remote) =>
    withChannel(remote, (channel) => {
      const subscribed: Delivery = { number: 0, body: encodeWake({ until: 0 }) }
      let isNew = true
      return {
        receive: async (max) => {
          if (!isNew) return channel.receive(max)
          isNew = false
          return [subscribed]
        },
        acknowledge: async (through) => {
          if (through !== subscribed) await channel.acknowledge(through)
        },
      }
    }),
}

export const acknowledgedBeforeCommit: Design = {
  ...asBuilt,
  seenBroker: (remote) =>
    withChannel(remote, (channel) => ({
      receive: async (max) => {
        const deliveries = await channel.receive(max)
        const last = deliveries.at(-1)
        if (last) await channel.acknowledge(last)
        return deliveries
      },
    })),
}

/** What is received together is decided in the order of its bytes. */
export const orderNotKept: Design = {
  ...asBuilt,
  seenBroker: (remote) =>
    withChannel(remote, (channel) => ({
      receive: async (max) => {
        const deliveries = await channel.receive(max)
        const bodies = deliveries.map(({ body }) => body).sort(Buffer.compare)
        return deliveries.map(({ number }, index) => ({ number, body: bodies[index] as Buffer }))
      },
    })),
}
