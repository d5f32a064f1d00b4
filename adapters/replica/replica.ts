// Look-ups on the replica while it is up, and on the master while it is not.
import createKnex from 'knex'
import { Transient } from '../../engine/failures.ts'
import type { Clock, Log, Replica } from '../../engine/ports.ts'
import { dialectOf } from '../master/dialect.ts'
import { withFailures } from '../master/failures.ts'
import { questionsTo } from './look-ups.ts'
import { routedLookUps } from './routing.ts'
import { ReplicaWatch } from './watch.ts'

export interface ReplicaOptions {
  readonly url: string
  readonly masterUrl: string
  readonly clock: Clock
  readonly log: Log
}

/** Resolves once it is known whether the replica is up; one that is not holds nobody up. */
export async function openReplica({ url, masterUrl, clock, log }: ReplicaOptions): Promise<Replica> {
  const dialect = dialectOf(url)
  const master = createKnex(dialect.configure(masterUrl, 'lookups'))
  const replica = createKnex(dialect.configure(url, 'lookups'))
  // So that who waits for the replica keeps no connection from who does not.
  const waits = createKnex(dialect.configure(url, 'lookups'))
  const probes = createKnex(dialect.configure(url, 'lookups'))

  const commitPoint = () => dialect.commitPoint(master)
  const watch = new ReplicaWatch({
    commitPoint,
    clock,
    log,
    hasReached: (point, timeoutMs) => dialect.hasReached(probes, point, timeoutMs),
    async newestHeartbeat() {
      const latest = await probes('servers').max({ seenAt: 'seen_at' }).first()
      return latest?.seenAt ?? null
    },
  })
  const lookUps = routedLookUps({
    watch,
    clock,
    master: questionsTo(master, dialect),
    replica: questionsTo(replica, dialect),
    hasReached: (point, timeoutMs) => dialect.hasReached(waits, point, timeoutMs),
  })

  const closing = new AbortController()
  const watching = watch.run(closing.signal)
  await watch.known

  return {
    ...withFailures(dialect, {
      lookUps,
      commitPoint,
      async check() {
        const { state, lagMs } = watch.status
        if (state === 'down') throw new Transient('The replica can not be used: look-ups go to the master.')
        const { slight } = await dialect.examineReplica(probes)
        if (state === 'up') return slight
        return [`The replica is ${lagMs} ms behind: look-ups go to the master.`, ...slight]
      },
      async close() {
        closing.abort()
        await Promise.all([replica, waits, probes, master].map((pool) => pool.destroy()))
        await watching
      },
    }),
    status: () => watch.status,
  }
}
