// Lays out one chart in a thread of its own: it takes as long as a hundred decisions, which would all have to wait.
import { parentPort, workerData } from 'node:worker_threads'
import { draw } from './drawing.ts'

const { chart, options } = workerData
parentPort?.postMessage(await draw(chart, options))
