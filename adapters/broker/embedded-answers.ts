// Answers within one process: from the engine, after its commit, to the requests that wait for them.
import type { Answer, Answers, Clock } from '../../engine/ports.ts'

type Waiter = (answer: Answer) => void

export class EmbeddedAnswers implements Answers {
  readonly server: string
  readonly #clock: Clock
  /** By command id; a request and its repeat may wait at once. */
  readonly #waiters = new Map<string, Set<Waiter>>()

  constructor(server: string, clock: Clock) {
    this.server = server
    this.#clock = clock
  }

  /** Answers for another server's name, that of an earlier run, are lost. */
  async send(server: string, answers: readonly Answer[]): Promise<void> {
    if (server !== this.server) return
    for (const answer of answers) for (const hear of this.#waiters.get(answer.commandId) ?? []) hear(answer)
  }

  async wait(commandId: string, timeoutMs: number): Promise<Answer | null> {
    const { promise, resolve } = Promise.withResolvers<Answer | null>()
    const heard = new AbortController()
    this.#add(commandId, resolve)
    this.#clock.sleep(timeoutMs, heard.signal).then(() => resolve(null))
    const answer = await promise
    heard.abort()
    this.#remove(commandId, resolve)
    return answer
  }

  #add(commandId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(commandId) ?? new Set()
    this.#waiters.set(commandId, waiters.add(waiter))
  }

  #remove(commandId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(commandId)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiters.delete(commandId)
  }
}
