// The counter of one process, and how long its timers take: it began anywhere, runs a little fast or slow, and nobody
// sets it. From it each server measures the master's time, as on real ones.
import type { Clock } from '../../engine/ports.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** The master's time at the beginning of every simulation, ms since the epoch. */
export const beginning = Date.UTC(2030, 0, 1)

/** How long a turn of an event loop takes at least. */
const turnMs = 0.2
/** How far a clock that somebody sets is off, either way; a process counts from its start, whatever that shows. */
const offMaxMs = 90_000
/** How much a counter may run too fast or too slow. */
const driftMax = 0.0002

export class ProcessClock {
  readonly #scheduler: Scheduler
  readonly #process: Process
  readonly #startedAt: number
  readonly #pace: number

  constructor(scheduler: Scheduler, process: Process, random: Random) {
    this.#scheduler = scheduler
    this.#process = process
    this.#startedAt = random.between(-offMaxMs, offMaxMs)
    this.#pace = 1 + random.between(-driftMax, driftMax)
  }

  readonly counter = (): number => this.#startedAt + this.#scheduler.now * this.#pace

  readonly sleep: Clock['sleep'] = (ms, signal) =>
    new Promise((resolve) => {
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
