// One server as a process group of its own: started until it says that it is ready, stopped within a time limit.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PrivateFolder } from './folder.ts'

export interface Launch {
  /** For error messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Matches what it prints once it can be used. */
  readonly ready: RegExp
  /** The file that gets what it prints. */
  readonly log?: string
}

const startTimeoutMs = 60_000
const endTimeoutMs = 20_000
const leftoverTimeoutMs = 2_000
const outputKept = 4_000

export class Server {
  readonly #launch: Launch
  readonly #folder: PrivateFolder
  #process: ChildProcess | null = null
  #exited: Promise<unknown> = Promise.resolve()
  #output = ''

  constructor(launch: Launch, folder: PrivateFolder) {
    this.#launch = launch
    this.#folder = folder
  }

  /**
   * Starts it, also again after `end`, on the data that it has, and resolves once it is ready.
   * @throws {Error} with the end of its output when it is not ready in time
   */
  async start(): Promise<void> {
    const { command, args, environment } = this.#launch
    this.#output = ''
    const started = spawn(command, args, {
      cwd: this.#folder.path,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const { pid } = started
    if (pid !== undefined) this.#folder.keep(pid)
    this.#process = started
    this.#exited = once(started, 'exit').catch(() => {})
    try {
      await this.#becomesReady(started)
    } catch (error) {
      await this.end('SIGKILL')
      throw error
    }
  }

  get isRunning(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** To all of its processes, if it runs. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process?.pid !== undefined) signalGroup(this.#process.pid, signal)
  }

  /** Ends it, with force after `timeoutMs`; its data stay, and `start` starts it again. */
  async end(signal: 'SIGTERM' | 'SIGKILL', timeoutMs = endTimeoutMs): Promise<void> {
    const ending = this.#process
    const pid = ending?.pid
    this.#process = null
    if (pid === undefined) return
    signalGroup(pid, signal)
    await Promise.race([this.#exited, sleep(timeoutMs, undefined, { ref: false })])
    signalGroup(pid, 'SIGKILL') // whoever is left
    await isGone(pid)
    for (const pipe of [ending?.stdout, ending?.stderr]) pipe?.destroy() // whoever left its group may hold them still
    this.#folder.forget(pid)
  }

  /** Ends it at once, and removes its data. */
  async stop(): Promise<void> {
    await this.end('SIGKILL')
    await this.#folder.remove()
  }

  async #becomesReady(started: ChildProcess): Promise<void> {
    const { name, ready, log } = this.#launch
    const isReady = Promise.withResolvers<void>()
    const read = (chunk: Buffer) => {
      const output = this.#output + chunk.toString()
      this.#output = output.slice(-outputKept)
      if (log !== undefined) appendFileSync(log, chunk)
      if (ready.test(output)) isReady.resolve() // what it says next may be long
    }
    started.stdout?.on('data', read)
    started.stderr?.on('data', read)

    const settled = new AbortController()
    const { signal } = settled
    const ended = once(started, 'exit', { signal }).then(
      ([code, by]) => `it ended with ${by ?? `exit code ${code}`}`,
    )
    const late = sleep(startTimeoutMs, `it was not ready within ${startTimeoutMs / 1_000} s`, { signal })
    try {
      const failure = await Promise.race([isReady.promise, ended, late])
      if (failure !== undefined) throw new Error(`${name} did not start: ${failure}.\n${this.#output}`)
    } finally {
      settled.abort()
      await Promise.allSettled([ended, late])
    }
  }
}

/** Or, of what was killed, nothing is left but a number that nobody has asked about yet. */
async function isGone(group: number): Promise<void> {
  const deadline = Date.now() + leftoverTimeoutMs
  while (signalGroup(group, 0) && Date.now() < deadline) await sleep(10)
}

/** @returns whether any process of the group is there */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}
