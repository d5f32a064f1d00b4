// Lays out charts in a thread of its own: one takes as long as hundreds of decisions, which would all have to wait.
import { parentPort } from 'node:worker_threads'
import { draw } from './drawing.ts'

parentPort?.on('message', async ({ chart, options }) => {
  parentPort?.postMessage(
    await draw(chart, options).then(
      (drawing) => ({ drawing }),
      (error) => ({ fault: String(error) }),
    ),
  )
})
