// Look-ups on the replica while it is up, and on the master while it is not.
import createKnex from 'knex'
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Clock, Log, Replica } from '../../engine/ports.ts'
import { dialectOf } from '../master/dialect.ts'
import { withFailures } from '../master/failures.ts'
import { type Questions, questionsTo } from './look-ups.ts'
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
    ...{ commitPoint, clock, log },
    hasReached: (point, timeoutMs) => dialect.hasReached(probes, point, timeoutMs),
    async newestHeartbeat() {
      const latest = await probes('servers').max({ seenAt: 'seen_at' }).first()
      return latest?.seenAt ?? null
    },
  })
  const onMaster = questionsTo(master, dialect)
  const onReplica = orElse(questionsTo(replica, dialect), onMaster, watch)

  const shows = async (since: string): Promise<boolean> => {
    const timeoutMs = limits.consistencyWaitMs
    const done = new AbortController()
    // Of the wait for a connection, too.
    const late = clock.sleep(timeoutMs, done.signal).then(() => false)
    try {
      return await whileUp(watch, Promise.race([dialect.hasReached(waits, since, timeoutMs), late]))
    } catch {
      return false
    } finally {
      done.abort()
    }
  }

  const closing = new AbortController()
  const watching = watch.run(closing.signal)
  await watch.known

  return {
    ...withFailures(dialect, {
      async lookUps(since: string | null) {
        const { asOf } = watch
        if (watch.status.state === 'up' && (since === null || (await shows(since))))
          return { ...onReplica, asOf }
        return { ...onMaster, asOf: clock.now() }
      },
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

/** Whatever the replica does not answer, the master does. */
function orElse(replica: Questions, master: Questions, watch: ReplicaWatch): Questions {
  const ask =
    <Given extends unknown[], Answer>(
      first: (...given: Given) => Promise<Answer>,
      second: (...given: Given) => Promise<Answer>,
    ) =>
    async (...given: Given): Promise<Answer> => {
      try {
        return await whileUp(watch, first(...given))
      } catch (error) {
        watch.distrust(error)
        return second(...given)
      }
    }
  // Whatever the questions are, each is asked in the same way.
  const asked: Partial<Record<keyof Questions, unknown>> = {}
  for (const name of Object.keys(replica) as (keyof Questions)[])
    asked[name] = ask<never[], unknown>(replica[name], master[name])
  return asked as Questions
}

/** @throws {Transient} as soon as the replica is up no longer */
async function whileUp<Answer>({ up }: ReplicaWatch, asked: Promise<Answer>): Promise<Answer> {
  const gone = Promise.withResolvers<never>()
  const leave = () => gone.reject(new Transient('the replica is up no longer'))
  up.addEventListener('abort', leave, { once: true })
  if (up.aborted) leave()
  try {
    return await Promise.race([asked, gone.promise])
  } finally {
    up.removeEventListener('abort', leave)
  }
}
