// Holdfast as its own process, started as `npm start` does. It does not outlive the test that started it, however that
// ends, nor does one that was stopped by a signal.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ExecutionContext } from 'ava'
import { systemClock } from '../../adapters/clock/system.ts'
import { within } from '../../engine/within.ts'
import { nodeOptions } from '../../ops/node-options.ts'
import { PrivateFolder } from '../../ops/servers/folder.ts'

const root = join(import.meta.dirname, '../..')
/** Of this process's own environment nothing else counts. */
const { PATH = '', NODE_COMPILE_CACHE } = process.env
const given = { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) }
let keeper: PrivateFolder | null = null
/** Longer than any start or stop of a process takes, on a busy machine too. */
const patienceMs = 120_000

export interface MainProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  /** Resolves with the address, or rejects with what it said instead. */
  ready(): Promise<string>
  /** Resolves with what it said that matches; rejects with what it said instead when it ends, or after `patienceMs`. */
  says(words: RegExp): Promise<RegExpExecArray>
  /** How often it said what matches, so far; the words are `g`lobal. */
  count(words: RegExp): number
  /** Resolves with the exit code and everything that it said; rejects with that after `patienceMs`. */
  ended(): Promise<{ code: number | null; output: string }>
}

export function startMain(t: ExecutionContext, environment: Record<string, string>): MainProcess {
  const script = [...nodeOptions, '--require', join(root, 'ops/node-version.cjs'), join(root, 'main.ts')]
  const child = spawn(process.execPath, script, {
    cwd: environment.DATA_DIR ?? root,
    env: { ...given, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  t.teardown(() => void child.kill('SIGKILL'))
  keeper ??= new PrivateFolder('processes')
  if (pid !== undefined) {
    keeper.keep(pid)
    child.once('exit', () => keeper?.forget(pid))
  }
  let output = ''
  const read = (chunk: Buffer) => {
    output += chunk
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
  const heard = async (words: RegExp): Promise<RegExpExecArray> => {
    const gone = exit.then(() => {
      throw new Error(output)
    })
    gone.catch(() => {})
    for (;;) {
      const found = words.exec(output)
      if (found) return found
      await Promise.race([once(child.stdout, 'data'), gone])
    }
  }
  const inTime = async <Result extends object>(what: string, work: Promise<Result>): Promise<Result> => {
    const result = await within(systemClock, patienceMs, work, null)
    if (result === null) throw new Error(`it did not ${what} within ${patienceMs} ms:\n${output}`)
    return result
  }
  const says = (words: RegExp) => inTime(`say ${words}`, heard(words))
  return {
    child,
    says,
    count: (words) => [...output.matchAll(words)].length,
    ended: () => inTime('end', exit),
    async ready() {
      const [, address = ''] = await says(/Holdfast is ready at (\S+),/)
      return address
    },
  }
}
