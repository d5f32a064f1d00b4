// Which branches of the spine a run has been in, as V8 counts them: no line of the engine knows that it is watched.
import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { outOfReach } from './out-of-reach.ts'

const root = join(import.meta.dirname, '../../..')

/** What a command, a wake-up and whoever waits pass through, door to aftermath. */
const spine = [
  ...['intake', 'publisher', 'handle', 'load', 'decide', 'facts', 'effects', 'books', 'step', 'consumer'],
  ...['caretaker', 'aftermath', 'relay', 'projection-keeper', 'rendezvous', 'open-rooms', 'inlet'],
  ...['session-keeper'],
].map((name) => `engine/${name}.ts`)

/** Per file one byte a character: 1 where a run has been. */
export type Coverage = Map<string, Uint8Array>

interface ScriptCoverage {
  readonly url: string
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number
      readonly endOffset: number
      readonly count: number
    }[]
  }[]
}

/** Before the engine is imported. Returns how to see where this thread has been since. */
export async function watchSpine(): Promise<() => Promise<Coverage>> {
  const session = new Session()
  session.connect()
  const post = <T>(method: string, parameters?: object): Promise<T> =>
    new Promise((resolve, reject) =>
      session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result as T))),
    )
  await post('Profiler.enable')
  await post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const coverage: Coverage = new Map()
  return async () => {
    // V8 counts anew from each look to the next.
    const { result } = await post<{ result: ScriptCoverage[] }>('Profiler.takePreciseCoverage')
    for (const [path, been] of coverageOf(result)) {
      const known = coverage.get(path)
      coverage.set(path, known?.map((each, place) => each | (been[place] as number)) ?? been)
    }
    return coverage
  }
}

function coverageOf(scripts: readonly ScriptCoverage[]): Coverage {
  const coverage: Coverage = new Map()
  for (const path of spine) {
    const url = pathToFileURL(join(root, path)).href
    const script = scripts.find((each) => each.url === url)
    if (!script) continue
    const been = new Uint8Array(readFileSync(join(root, path), 'utf8').length)
    // Outer ranges come before those within them; a function of which nothing is told was not called.
    for (const { ranges } of script.functions)
      for (const { startOffset, endOffset, count } of ranges)
        been.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    coverage.set(path, been)
  }
  return coverage
}

export interface Missed {
  /** As `file:line: code`. */
  readonly branches: readonly string[]
  /** How many are known to be out of reach. */
  readonly listed: number
}

/** What no run has been in. */
export function branchesMissed(coverage: Coverage): Missed {
  let listed = 0
  const branches = [...coverage].flatMap(([path, been]) => {
    const text = readFileSync(join(root, path), 'utf8')
    const known = outOfReach.filter((each) => each.path === path)
    const missed: string[] = []
    for (let start = been.indexOf(0); start !== -1; ) {
      const end = been.indexOf(1, start) === -1 ? been.length : been.indexOf(1, start)
      const code = text.slice(start, end).trim()
      const line = text.slice(0, start + text.slice(start).search(/\S/)).split('\n').length
      if (known.some((each) => text.startsWith(each.code, text.indexOf(code, start)))) listed++
      else if (/\w/.test(code)) missed.push(`${path}:${line}: ${code.split('\n')[0]?.slice(0, 80)}`)
      start = been.indexOf(0, end)
    }
    return missed
  })
  return { branches, listed }
}
