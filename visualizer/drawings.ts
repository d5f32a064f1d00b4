// Drawings of charts, each made once, beside the thread that decides.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Chart } from '../machines/chart.ts'
import type { Drawing, DrawingOptions } from './drawing.ts'

const keptMax = 64

export class Drawings {
  /** By what was drawn; the oldest first. */
  readonly #kept = new Map<string, Promise<Drawing>>()
  #last: Promise<unknown> = Promise.resolve()

  /** @throws {Error} for a chart that can't be laid out */
  draw(chart: Chart, options: DrawingOptions): Promise<Drawing> {
    const key = JSON.stringify([chart, options])
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    // One at a time: a second processor is all that a drawing may take.
    const drawing = this.#last.then(() => drawBeside(chart, options))
    this.#last = drawing.catch(() => {})
    this.#kept.set(key, drawing)
    drawing.catch(() => this.#kept.delete(key))
    const [oldest = ''] = this.#kept.keys()
    if (this.#kept.size > keptMax) this.#kept.delete(oldest)
    return drawing
  }
}

async function drawBeside(chart: Chart, options: DrawingOptions): Promise<Drawing> {
  const worker = new Worker(new URL('./drawing-worker.ts', import.meta.url), {
    workerData: { chart, options },
  })
  const [drawing] = (await once(worker, 'message')) as [Drawing]
  return drawing
}
