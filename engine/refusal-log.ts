// What was turned away at the door, for the audit: gathered off the hot path, written in batches. It may lose
// some when the master can't keep up, and counts what it lost.
import { limits } from './limits.ts'
import type { Clock, RefusalRow, Refusals } from './ports.ts'

export class RefusalLog {
  readonly #refusals: Refusals
  readonly #clock: Clock
  #pending: RefusalRow[] = []
  #lost = 0

  constructor(refusals: Refusals, clock: Clock) {
    this.#refusals = refusals
    this.#clock = clock
  }

  add(refusal: RefusalRow): void {
    if (this.#pending.length < limits.refusalLogPendingMax) this.#pending.push(refusal)
    else this.#lost++
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(limits.refusalLogIntervalMs, signal)
      await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    const rows = this.#pending
    const lost = this.#lost
    if (rows.length === 0 && lost === 0) return
    this.#pending = []
    this.#lost = 0
    try {
      await this.#refusals.append(rows, lost, this.#clock.now())
    } catch {
      this.#lost += rows.length + lost
    }
  }
}
