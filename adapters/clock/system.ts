// The clock of a single process, which is its own master: the system's time at start, carried on by a monotonic
// counter, so that nobody who sets the system's clock moves a deadline.
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../engine/ports.ts'

/** Ascending ms of this process, which nobody sets. */
export const monotonicCounter = (): number => performance.now()

/** A longer timer would fire at once. */
const timerMaxMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + monotonicCounter()),

  async sleep(ms, signal) {
    const end = monotonicCounter() + ms
    let rest = ms
    do {
      await timer(Math.min(rest, timerMaxMs), signal)
      rest = end - monotonicCounter()
    } while (rest > 0 && !signal?.aborted)
  },
}

async function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal && { signal })
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}
