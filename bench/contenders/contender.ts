// What the benchmark compares: a service that takes the same requests, on the same servers, with the same durability.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Servers } from '../../ops/servers/start.ts'

export interface Contender {
  readonly name: string
  /** The program's processes, for the count of processor time. */
  readonly pids: readonly number[]
  readonly port: number
  readonly showId: string
  /** Seats that are free, each for one buyer. */
  readonly seatIds: readonly string[]
  stop(): Promise<void>
}

export interface Setting {
  readonly servers: Servers
  readonly seats: number
  readonly authSecret: string
}

/** Starts a Node process of a contender, and resolves once it says that it listens. */
export async function startProcess(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
      if (/ready/.test(output)) resolve()
    })
    exited.then(() => reject(new Error(`${script} ended before it was ready: ${output}`)), reject)
  })
  return {
    child,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
