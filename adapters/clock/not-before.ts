// The time of a process that goes on where others have decided: a clock that was set back meanwhile stands still until it
// is there again, as it does for a process that saw it being set. What was accepted before the last decision would be taken for
// too old, all of it.
import type { Clock, Log } from '../../engine/ports.ts'

/** Two processes may be so far apart without any clock having been set, in ms. */
const toldFromMs = 1_000

export function notBefore(stamp: number, clock: Clock, log: Log): Clock {
  const behindMs = stamp - clock.now()
  if (behindMs >= toldFromMs)
    log.warn({ behindMs }, 'the clock is behind the last decision: time stands still until it is there')
  return { now: () => Math.max(stamp, clock.now()), sleep: clock.sleep }
}
