// Where a look-up goes: to the replica while it is up and has what is asked for, otherwise to the master.
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Clock, LookUps } from '../../engine/ports.ts'
import { within } from '../../engine/within.ts'
import type { ReplicaWatch } from './watch.ts'

export type Questions = Omit<LookUps, 'asOf'>
type Question = (...given: never[]) => Promise<unknown>

export interface RoutedParts<Asked> {
  readonly master: Asked
  readonly replica: Asked
  readonly watch: ReplicaWatch
  /** Whether the replica has what was committed up to there, within `timeoutMs`. */
  readonly hasReached: (commitPoint: string, timeoutMs: number) => Promise<boolean>
  readonly clock: Clock
}

export function routedLookUps<Asked extends object>({
  master,
  replica,
  watch,
  hasReached,
  clock,
}: RoutedParts<Asked>): (since: string | null) => Promise<Asked & Pick<LookUps, 'asOf'>> {
  const onReplica = orElse(replica, master, watch)

  const shows = async (since: string): Promise<boolean> => {
    const timeoutMs = limits.consistencyWaitMs
    try {
      // Of the wait for a connection, too.
      return await whileUp(watch, within(clock, timeoutMs, hasReached(since, timeoutMs), false))
    } catch {
      return false
    }
  }

  return async (since) => {
    const { asOf } = watch
    if (watch.status.state === 'up' && (since === null || (await shows(since)))) return { ...onReplica, asOf }
    return { ...master, asOf: clock.now() }
  }
}

/** Whatever the replica does not answer, the master does. */
function orElse<Asked extends object>(replica: Asked, master: Asked, watch: ReplicaWatch): Asked {
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
  const asked: Partial<Record<keyof Asked, unknown>> = {}
  for (const name of Object.keys(replica) as (keyof Asked)[])
    asked[name] = ask<never[], unknown>(replica[name] as Question, master[name] as Question)
  return asked as Asked
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
