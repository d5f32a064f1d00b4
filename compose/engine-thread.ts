// The engine's thread as the server's first thread sees it: one message to start it, one to stop it, and what it tells. What
// it is from inside stands in compose/engine-worker.ts.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { limits } from '../engine/limits.ts'
import type { Answer, Answers } from '../engine/ports.ts'
import type { Stage, Stopwatch } from '../engine/stages.ts'
import type { Deciding } from './engine.ts'

export type Order = 'start' | 'stop'

export type Told =
  | { readonly kind: 'started' }
  /** Why it could not be started, as a sentence. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** For those who wait at this server. */
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  /** What its stopwatch has measured since it told last. */
  | {
      readonly kind: 'measured'
      readonly took: readonly (readonly [Stage, number])[]
      readonly decided: readonly number[]
    }

interface Listening {
  readonly answers: Pick<Answers, 'send' | 'server'>
  readonly stopwatch: Stopwatch
}

export class EngineThread {
  readonly #worker: Worker
  #hasEnded = false

  /** Loads what it needs from here on, and connects when it is started. */
  constructor(server: string) {
    this.#worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { workerData: { server } })
    this.#worker.unref()
    this.#worker.once('exit', () => {
      this.#hasEnded = true
    })
  }

  deciding({ answers, stopwatch }: Listening): Deciding {
    const started = Promise.withResolvers<void>()
    this.#worker.on('message', (told: Told) => {
      switch (told.kind) {
        case 'started':
          return started.resolve()
        case 'failed':
          return started.reject(new Error(told.reason))
        case 'answers':
          return void answers.send(answers.server, told.answers)
        case 'measured':
          for (const [stage, ms] of told.took) stopwatch.took(stage, ms)
          for (const commands of told.decided) stopwatch.decided(commands)
      }
    })
    return {
      start: async () => {
        this.#order('start')
        await started.promise
        this.#worker.once('exit', (code) => {
          throw new Error(`the engine's thread ended with ${code}`)
        })
      },
      stop: () => this.end(),
    }
  }

  /** Once it has finished what it has in hand, or does not end in time. */
  async end(): Promise<void> {
    this.#worker.removeAllListeners('exit')
    if (this.#hasEnded) return
    const late = setTimeout(() => void this.#worker.terminate(), limits.stopTimeoutMs + limits.closeTimeoutMs)
    const ended = once(this.#worker, 'exit')
    this.#order('stop')
    await ended
    this.#hasEnded = true
    clearTimeout(late)
  }

  #order(order: Order): void {
    this.#worker.postMessage(order)
  }
}
