// Answers within one process: from the engine, after its commit, to the requests that wait for them.
import type { Answer, Answers, Clock } from '../../engine/ports.ts'

interface Waiter {
  readonly hear: (answer: Answer | null) => void
  readonly until: number
}

export class EmbeddedAnswers implements Answers {
  readonly server: string
  readonly #clock: Clock
  /** By command id; a request and its repeat may wait at once. */
  readonly #waiters = new Map<string, Waiter[]>()
  /** When somebody looks who has waited for too long: one timer for all, since nearly all are answered before. */
  #alarm: { readonly at: number; readonly off: AbortController } | null = null

  constructor(server: string, clock: Clock) {
    this.server = server
    this.#clock = clock
  }

  /** Answers for another server's name, that of an earlier run, are lost. */
  async send(server: string, answers: readonly Answer[]): Promise<void> {
    if (server !== this.server) return
    for (const answer of answers) {
      const waiters = this.#waiters.get(answer.commandId)
      this.#waiters.delete(answer.commandId)
      for (const { hear } of waiters ?? []) hear(answer)
    }
    if (this.#waiters.size === 0) this.#silence()
  }

  wait(commandId: string, timeoutMs: number): Promise<Answer | null> {
    const until = this.#clock.now() + timeoutMs
    this.#wake(until)
    return new Promise((hear) => {
      const waiters = this.#waiters.get(commandId)
      if (waiters === undefined) this.#waiters.set(commandId, [{ hear, until }])
      else waiters.push({ hear, until })
    })
  }

  #wake(at: number): void {
    if (this.#alarm !== null && this.#alarm.at <= at) return
    this.#silence()
    const alarm = { at, off: new AbortController() }
    this.#alarm = alarm
    void this.#clock.sleep(at - this.#clock.now(), alarm.off.signal).then(() => {
      if (this.#alarm !== alarm) return
      this.#alarm = null
      this.#endWaits()
    })
  }

  #silence(): void {
    this.#alarm?.off.abort(null)
    this.#alarm = null
  }

  #endWaits(): void {
    const now = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const [commandId, waiters] of this.#waiters) {
      const others = waiters.filter(({ until }) => until > now)
      for (const { hear, until } of waiters) if (until <= now) hear(null)
      for (const { until } of others) next = Math.min(next, until)
      if (others.length === 0) this.#waiters.delete(commandId)
      else this.#waiters.set(commandId, others)
    }
    if (next < Number.POSITIVE_INFINITY) this.#wake(next)
  }
}
