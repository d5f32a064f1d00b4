// What may pass by itself is tried again, whole, with jitter, for as long as it takes.
import { limits } from './limits.ts'
import type { Clock } from './ports.ts'

export interface Retrying {
  readonly clock: Pick<Clock, 'sleep'>
  /** From 0 to 1, for jitter. */
  readonly random: () => number
  /** Ends the retrying: the last failure is thrown. */
  readonly signal: AbortSignal
  readonly isRetried: (error: unknown) => boolean
  readonly onRetry: (error: unknown, attempt: number) => void
}

export async function retrying<T>(work: () => Promise<T>, options: Retrying): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!options.isRetried(error) || options.signal.aborted) throw error
      options.onRetry(error, attempt)
      const ceilingMs = Math.min(limits.retryDelayMaxMs, limits.retryDelayMinMs * 2 ** Math.min(attempt, 16))
      await options.clock.sleep(ceilingMs * (0.5 + options.random() / 2), options.signal)
    }
  }
}
