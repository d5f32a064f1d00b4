// Planted: what is shown and announced after the commit.
import type { Outbox } from '../../../engine/ports.ts'
import { asBuilt, type Design } from '../design.ts'
import { FastStore } from '../fast-store.ts'
import { SimulatedMaster } from '../master/master.ts'

/** Each change is shown on top of whatever is there. */
export const projectionWithoutRevisions: Design = {
  ...asBuilt,
  makeFastStore: (rooms) =>
    new (class extends FastStore {
      override async apply(...[showId, , to, changes]: Parameters<FastStore['apply']>) {
        const { revision, taken } = (await this.read(showId)) ?? { revision: 0, taken: new Map() }
        const after = new Map(taken)
        for (const change of changes) {
          if (change.taken === null) after.delete(change.seatId)
          else after.set(change.seatId, change.taken)
        }
        await this.replace(showId, { revision: Math.max(to, revision), taken: after })
        return 'applied' as const
      }
    })(rooms),
}

/** A change that comes late, from a consumer that slept, is shown over the newer ones. */
export const lateProjectionWrite: Design = {
  ...asBuilt,
  makeFastStore: (rooms) =>
    new (class extends FastStore {
      override async apply(...[showId, from, to, changes]: Parameters<FastStore['apply']>) {
        const map = await this.read(showId)
        if (map === null || map.revision <= to) return super.apply(showId, from, to, changes)
        const taken = new Map(map.taken)
        for (const change of changes) {
          if (change.taken === null) taken.delete(change.seatId)
          else taken.set(change.seatId, change.taken)
        }
        await this.replace(showId, { revision: map.revision, taken })
        return 'applied' as const
      }
    })(rooms),
}

/** One counter for all partitions, of which one may commit a lower number later. */
export const outboxReadByGreaterThanTheLast: Design = {
  ...asBuilt,
  makeMaster: (partitions, timer) => {
    const master = new SimulatedMaster(partitions, timer)
    const numbers = new Map<string, number>()
    let last = 0
    const pendingOfAll = master.pending
    master.pending = async (...[partition, limit]: Parameters<Outbox['pending']>) => {
      for (const id of master.tables.outbox.keys()) numbers.set(id, numbers.get(id) ?? numbers.size + 1)
      const rows = await pendingOfAll(partition, limit)
      return rows.filter(({ id }) => (numbers.get(id) ?? 0) > last)
    }
    const removeAll = master.remove
    master.remove = async (ids) => {
      last = Math.max(last, ...ids.map((id) => numbers.get(id) ?? 0))
      return removeAll(ids)
    }
    return master
  },
}

/** A look-up that names a commit point is answered by whatever the replica has. */
export const commitPointNotWaitedFor: Design = {
  ...asBuilt,
  seenLookUps: (routed) => () => routed(null),
}
