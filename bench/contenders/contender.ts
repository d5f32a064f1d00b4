// What the benchmark compares: services that hold and sell seats, each on servers of its own with the same durability.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ordinaryInLulls } from '../../compose/heap.ts'
import { nodeOptions } from '../../ops/node-options.ts'
import { PrivateFolder } from '../../ops/servers/folder.ts'
import type { Servers } from '../../ops/servers/start.ts'
import { httpRequest } from '../load/connection.ts'
import { visit } from '../stage.ts'

export interface Contender {
  readonly name: string
  /** What distinguishes it from the others of its name, for example the size of its pool. */
  readonly setting: string
  /** The program's processes, for the count of processor time. */
  readonly pids: readonly number[]
  /** Of each of its app servers. */
  readonly ports: readonly number[]
  /** The request that holds the seat of this visit; `success` is the status of a hold. */
  hold(index: number): string
  readonly success: string
  /** The request that pays for it, made of the answer to the first. */
  pay(index: number, held: string): string
  stop(): Promise<void>
}

export interface Setting {
  readonly servers: Servers
  /** How many shows are on sale. */
  readonly shows: number
}

export const settingOf = (appServers: number): string =>
  appServers === 1 ? '1 app server' : `${appServers} app servers`

/** The API of Holdfast, which the services that people write themselves have too, as far as it goes. */
export const reservationsApi: Pick<Contender, 'hold' | 'success' | 'pay'> = {
  success: '201',
  hold(index) {
    const { headers, showId, seatId } = visit(index)
    return httpRequest('POST', '/v1/reservations', headers, JSON.stringify({ showId, seatIds: [seatId] }))
  },
  pay(index, held) {
    const { id } = JSON.parse(held) as { id: string }
    const { headers } = visit(index)
    const own = { ...headers, 'Idempotency-Key': `pay-${id}` }
    return httpRequest('POST', `/v1/reservations/${id}/payment`, own, null)
  },
}

/** As an app server has them, and so is what is said about memory; the peers get all of it too. */
const execArgs = [
  ...nodeOptions,
  ordinaryInLulls,
  '--require',
  join(import.meta.dirname, '../../ops/node-version.cjs'),
]
let keeper: PrivateFolder | null = null

/** A process that was started as a group of its own ends with the benchmark, however that ends. */
export function keep(child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined) return
  keeper ??= new PrivateFolder('bench')
  keeper.keep(pid)
  child.once('exit', () => keeper?.forget(pid))
}

/** Starts a Node process of a contender, and resolves once it says that it listens. */
export async function startProcess(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [...execArgs, script], {
    env: { ...process.env, NODE_ENV: 'production', MALLOC_ARENA_MAX: '2', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  keep(child)
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
