// Evenings on several threads: each seed goes to whichever is free, and what comes back is told at once.
import { Worker } from 'node:worker_threads'
import type { Coverage } from './coverage.ts'
import type { Summary } from './summary.ts'

export type ToWorker =
  | { readonly is: 'play'; readonly seed: number; readonly bug: string | null }
  | { readonly is: 'end' }

export type FromWorker =
  /** Worth watching until it has been everywhere. */
  | { readonly is: 'played'; readonly summary: Summary; readonly isWorthWatching: boolean }
  /** The simulation itself failed. */
  | { readonly is: 'broken'; readonly seed: number; readonly error: string }
  | { readonly is: 'coverage'; readonly coverage: Coverage }

export interface Play {
  readonly seed: number
  readonly bug: string | null
}

/**
 * @param plays taken one by one, and no more once `played` has answered 'enough'
 * @param watched the first thread's first plays: it is told where in the spine they have been, which takes its time, for as
 * long as there is somewhere that none of them has been
 */
export async function playAll(
  jobs: number,
  plays: Iterator<Play>,
  played: (play: Play, summary: Summary) => 'more' | 'enough',
  watched: Iterator<Play> | null = null,
): Promise<Coverage> {
  let isEnough = false
  const nextOf = (from: Iterator<Play>) => (): Play | null => {
    const { done, value } = isEnough ? { done: true, value: null } : from.next()
    return done ? null : value
  }
  const hear = (play: Play, summary: Summary) => {
    if (played(play, summary) === 'enough') isEnough = true
  }
  const nextPlay = nextOf(plays)
  const playRest = () => playOn('alone', nextPlay, hear)
  const playFirst = async (first: Iterator<Play>): Promise<Coverage> => {
    const nextFirst = nextOf(first)
    const coverage = await playOn('watched', nextFirst, hear)
    await playOn('alone', () => nextFirst() ?? nextPlay(), hear)
    return coverage
  }
  const others = Array.from({ length: jobs - 1 }, playRest)
  const [coverage] = await Promise.all([watched === null ? playRest() : playFirst(watched), ...others])
  return coverage
}

function playOn(
  how: 'watched' | 'alone',
  next: () => Play | null,
  played: (play: Play, summary: Summary) => void,
): Promise<Coverage> {
  const worker = new Worker(new URL('../run/worker.ts', import.meta.url), {
    workerData: { isWatched: how === 'watched' },
    // Nearly all that an evening makes is gone within it: with room, it is never looked at twice.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  })
  return new Promise((resolve, reject) => {
    let current: Play | null = null
    const go = (isOver: boolean) => {
      current = isOver ? null : next()
      worker.postMessage((current === null ? { is: 'end' } : { is: 'play', ...current }) satisfies ToWorker)
    }
    worker.on('error', reject)
    worker.on('message', (message: FromWorker) => {
      if (message.is === 'coverage') return resolve(message.coverage)
      if (message.is === 'broken') {
        void worker.terminate()
        return reject(new Error(`seed ${message.seed}: ${message.error}`))
      }
      if (current !== null) played(current, message.summary)
      go(how === 'watched' && !message.isWorthWatching)
    })
    go(false)
  })
}
