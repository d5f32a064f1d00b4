// Who decides for a partition: the epoch that fences every earlier owner out, and when the owner was last heard of.
import { assert } from '../../engine/failures.ts'
import type { Ownership } from '../../engine/ports.ts'
import type { Database } from './connect.ts'
import { inTransaction } from './session.ts'

export const ownership = ({ dialect, batches, queries }: Database): Ownership => ({
  raiseEpoch: (partition, owner, at) =>
    inTransaction(dialect, batches, async (session) => {
      const raised = await session.change(
        'UPDATE partitions SET epoch = epoch + 1, owner = ?, seen_at = ? WHERE id = ?',
        [owner, at, partition],
      )
      assert(raised === 1, `partition ${partition} exists`)
      const select = 'SELECT epoch FROM partitions WHERE id = ?'
      const [row] = await session.rows<{ epoch: number }>(select, [partition])
      assert(row, `partition ${partition} exists`)
      return row.epoch
    }),

  async heartbeat(partition, epoch, at) {
    const found = await queries('partitions').where({ id: partition, epoch }).update({ seen_at: at })
    return found === 1
  },

  silentPartitions: (since) => queries('partitions').where('seen_at', '<', since).orderBy('id').pluck('id'),

  async hasOverdue(partition, before) {
    const overdue = await queries('reservations')
      .where({ partition_id: partition, state: 'held' })
      .where('deadline', '<=', before)
      .first('id')
    return overdue !== undefined
  },
})
