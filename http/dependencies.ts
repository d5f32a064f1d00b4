// What this server needs, and how each of it fares now: for whoever asks whether it is ready, and for the dashboard.
import { type Static, Type } from 'typebox'
import { limits } from '../engine/limits.ts'
import type { Clock, Log } from '../engine/ports.ts'
import { within } from '../engine/within.ts'
import type { Dependency } from './parts.ts'
import { Named } from './schemas.ts'

export const DependencyView = Named('Dependency', {
  name: Type.String(),
  /** `degraded`: it works, and what is wrong stands in `findings`. */
  state: Type.Enum(['up', 'degraded', 'down']),
  findings: Type.Array(Type.String()),
})
export type DependencyView = Static<typeof DependencyView>

export const examineAll = (
  dependencies: readonly Dependency[],
  clock: Clock,
  log: Log,
): Promise<DependencyView[]> => Promise.all(dependencies.map((each) => examine(each, clock, log)))

/** Why one can't be used goes to the log: it may name hosts, which are nobody else's business. */
async function examine({ name, check }: Dependency, clock: Clock, log: Log): Promise<DependencyView> {
  try {
    const findings = await within(clock, limits.checkTimeoutMs, check(), null)
    if (findings === null) throw new Error(`no answer within ${limits.checkTimeoutMs} ms`)
    return { name, state: findings.length === 0 ? 'up' : 'degraded', findings: [...findings] }
  } catch (error) {
    log.warn({ dependency: name, err: error }, 'a dependency can not be used')
    return { name, state: 'down', findings: [] }
  }
}
