// The servers of a deployment start in any order: whoever is away when this one starts is waited for, within a limit. What
// waiting does not help, such as a wrong password, ends the start at once.
import { HoldfastError } from '../engine/errors.ts'
import { Transient } from '../engine/failures.ts'
import { limits } from '../engine/limits.ts'
import type { Clock, Log } from '../engine/ports.ts'

export interface Patience {
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly log: Log
  /** Aborts when there is nothing to wait for any more. */
  readonly signal: AbortSignal
}

/**
 * @param setting the one that names the server
 * @throws {Error} with a sentence that begins with the setting
 */
export async function whenThere<Opened>(
  setting: string,
  open: () => Promise<Opened>,
  { clock, log, signal }: Patience,
): Promise<Opened> {
  const deadline = clock.now() + limits.startPatienceMs
  let isWaiting = false
  for (;;) {
    try {
      return await open()
    } catch (error) {
      const { name, message } = error as Error
      if (name === 'Error') throw new Error(`${setting}: ${message}`, { cause: error })
      if (!mayPass(error) || signal.aborted) throw error
      if (clock.now() >= deadline)
        throw new Error(`${setting}: not there within ${limits.startPatienceMs / 1_000} s. ${message}`)
      if (!isWaiting) log.warn({ setting, error }, `waiting for the server of ${setting}`)
      isWaiting = true
    }
    await clock.sleep(limits.startRetryDelayMs, signal)
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof Transient || (error instanceof HoldfastError && error.code === 'unavailable')

/** All of them, or the error of the first that failed, once none of them is at it any more. */
export async function allOrNone<Opened extends readonly unknown[]>(
  open: (signal: AbortSignal) => { [Index in keyof Opened]: Promise<Opened[Index]> },
): Promise<Opened> {
  const givingUp = new AbortController()
  const opening = open(givingUp.signal)
  for (const each of opening) each.catch((error) => givingUp.abort(error))
  await Promise.allSettled(opening)
  givingUp.signal.throwIfAborted()
  return Promise.all(opening)
}
