// The master's time as one process has measured it: off by a little, never going backwards, and standing while the
// process does.
import type { Clock } from '../../engine/ports.ts'
import type { Process } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** The master's time at the beginning of every simulation, ms since the epoch. */
export const beginning = Date.UTC(2030, 0, 1)

/** How long a turn of an event loop takes at least. */
const turnMs = 0.2

export class ProcessClock implements Clock {
  readonly #scheduler: Scheduler
  readonly #process: Process
  readonly #skewMs: number
  #last = 0

  constructor(scheduler: Scheduler, process: Process, skewMs: number) {
    this.#scheduler = scheduler
    this.#process = process
    this.#skewMs = skewMs
  }

  now(): number {
    this.#last = Math.max(this.#last, Math.floor(beginning + this.#scheduler.now + this.#skewMs))
    return this.#last
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = this.#scheduler.after(Math.max(ms, turnMs), () => this.#process.run(wake))
      const wake = () => {
        signal?.removeEventListener('abort', wake)
        timer.fire = null
        resolve()
      }
      signal?.addEventListener('abort', wake)
    })
  }
}
