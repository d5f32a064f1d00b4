// Drawings of charts, each made once, beside the thread that decides. The thread that makes them ends when it is idle.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Chart } from '../machines/chart.ts'
import type { Drawing, DrawingOptions } from './drawing.ts'

const keptMax = 64
const drawingTimeoutMs = 20_000
const idleMs = 30_000

export class Drawings {
  /** By what was drawn; the oldest first. */
  readonly #kept = new Map<string, Promise<Drawing>>()
  #last: Promise<unknown> = Promise.resolve()
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | undefined

  /** @throws {Error} for a chart that can't be laid out in time */
  draw(chart: Chart, options: DrawingOptions): Promise<Drawing> {
    const key = JSON.stringify([chart, options])
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    // One at a time: one more processor is all that drawings may take.
    const drawing = this.#last.then(() => this.#drawBeside(chart, options))
    this.#last = drawing.catch(() => {})
    this.#kept.set(key, drawing)
    drawing.catch(() => this.#kept.delete(key))
    const [oldest = ''] = this.#kept.keys()
    if (this.#kept.size > keptMax) this.#kept.delete(oldest)
    return drawing
  }

  async #drawBeside(chart: Chart, options: DrawingOptions): Promise<Drawing> {
    clearTimeout(this.#idle)
    const worker = this.#worker ?? new Worker(new URL('../visualizer/drawing-worker.ts', import.meta.url))
    this.#worker = worker
    try {
      worker.postMessage({ chart, options })
      const signal = AbortSignal.timeout(drawingTimeoutMs)
      const [answer] = (await once(worker, 'message', { signal })) as [
        { drawing: Drawing } | { fault: string },
      ]
      if ('fault' in answer) throw new Error(answer.fault)
      this.#idle = setTimeout(() => this.#end(), idleMs).unref()
      return answer.drawing
    } catch (error) {
      this.#end()
      throw error
    } finally {
      worker.unref()
    }
  }

  #end(): void {
    void this.#worker?.terminate()
    this.#worker = null
  }
}
