// Answers to waiting requests, from process to process over the fast store; one may be lost, and one whose server is
// gone is.
import type { Answer, Answers } from '../../engine/ports.ts'
import type { Link } from './link.ts'
import type { Scheduler } from './scheduler.ts'

/** Who listens under which name. */
export type Listeners = Map<string, RemoteAnswers>

export class RemoteAnswers implements Answers {
  readonly server: string
  readonly #link: Link
  readonly #scheduler: Scheduler
  readonly #listeners: Listeners
  readonly #waiting = new Map<string, Set<(answer: Answer) => void>>()

  constructor(link: Link, scheduler: Scheduler, listeners: Listeners) {
    this.server = link.process.name
    this.#link = link
    this.#scheduler = scheduler
    this.#listeners = listeners
    listeners.set(this.server, this)
  }

  async send(server: string, answers: readonly Answer[]): Promise<void> {
    await this.#link.call('fast store', () => {
      if (this.#link.faults.of('answer') === null) this.#listeners.get(server)?.hear(answers)
    })
  }

  wait(commandId: string, timeoutMs: number): Promise<Answer | null> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(commandId) ?? new Set()
      this.#waiting.set(commandId, waiting)
      waiting.add(resolve)
      this.#scheduler.after(timeoutMs, () =>
        this.#link.process.run(() => {
          waiting.delete(resolve)
          if (waiting.size === 0) this.#waiting.delete(commandId)
          resolve(null)
        }),
      )
    })
  }

  hear(answers: readonly Answer[]): void {
    this.#link.send('fast store', () =>
      this.#link.process.run(() => {
        for (const answer of answers) {
          for (const resolve of this.#waiting.get(answer.commandId) ?? []) resolve(answer)
          this.#waiting.delete(answer.commandId)
        }
      }),
    )
  }
}
