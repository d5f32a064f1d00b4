// One thread that plays evenings as it is told, and says, if it was watched, where in the spine it has been.
import { parentPort, workerData } from 'node:worker_threads'
import { branchesMissed, watchSpine } from './coverage.ts'
import type { FromWorker, ToWorker } from './pool.ts'

const { isWatched } = workerData as { isWatched: boolean }
const coverage = isWatched ? await watchSpine() : async () => new Map()
// Only now, so that the engine is watched from its first line.
const { simulate } = await import('../simulate.ts')
const { designOf } = await import('../planted/all.ts')
const { summaryOf } = await import('./summary.ts')

// Stacks of errors that are part of the game take longer than the game.
Error.stackTraceLimit = 0

const say = (message: FromWorker): void => parentPort?.postMessage(message)

parentPort?.on('message', async (message: ToWorker) => {
  if (message.is === 'end') {
    say({ is: 'coverage', coverage: await coverage() })
    parentPort?.close()
    return
  }
  const { seed, bug } = message
  try {
    const summary = summaryOf(await simulate({ seed, design: designOf(bug) }))
    const isWorthWatching = isWatched && branchesMissed(await coverage()).branches.length > 0
    say({ is: 'played', summary, isWorthWatching })
  } catch (error) {
    say({
      is: 'broken',
      seed,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    })
  }
})
