// Announcements that wait for the relay. A row that commits late stands there late, and is found all the same.
import type { Outbox } from '../../engine/ports.ts'
import type { Database } from './connect.ts'

export const outbox = ({ queries }: Database): Outbox => ({
  pending: (partition, limit) =>
    queries('outbox')
      .where({ partition_id: partition })
      .orderBy('sequence')
      .limit(limit)
      .select('id', 'topic', 'show_id as showId', 'payload'),

  async remove(ids) {
    await queries('outbox').whereIn('id', ids).delete()
  },
})
