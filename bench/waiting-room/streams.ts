// Ten thousand streams on one server: what memory they take, and how much of a core while the line moves.
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from '../cpu.ts'
import { httpRequest } from '../load/connection.ts'
import { openStream } from '../load/stream.ts'
import { signToken } from '../tokens.ts'
import type { Crowd } from './crowd.ts'

export interface Streams {
  readonly open: number
  /** Of the whole app process, with the streams. */
  readonly memoryMb: number
  readonly memoryBeforeMb: number
  readonly cpuShare: number
}

const openingAtOnce = 200
const watchedMs = 20_000

/** @param app a server that has done nothing else */
export async function measureStreams(
  { pid, port }: { readonly pid: number; readonly port: number },
  { waiters }: Crowd,
  count: number,
  secret: string,
): Promise<Streams> {
  const memoryBeforeMb = residentMb(pid)
  const sockets: Socket[] = []
  const watching = waiters.slice(-count)
  let next = 0
  const opening = Array.from({ length: openingAtOnce }, async () => {
    for (let waiter = watching[next++]; waiter; waiter = watching[next++]) {
      const headers = {
        Authorization: `Bearer ${signToken(secret, waiter.userId, 'buyer')}`,
        'Queue-Token': waiter.queueToken,
      }
      sockets.push(
        await openStream(port, httpRequest('GET', '/v1/waiting-room/stream', headers, null), 'place'),
      )
    }
  })
  await Promise.all(opening)
  const names = new Map([[pid, 'app']])
  const [before, began] = [cpuSeconds(names).get('app') ?? 0, performance.now()]
  await sleep(watchedMs)
  const used = (cpuSeconds(names).get('app') ?? 0) - before
  const memoryMb = residentMb(pid)
  const open = sockets.filter((socket) => !socket.destroyed).length
  for (const socket of sockets) socket.destroy()
  return {
    open,
    memoryMb,
    memoryBeforeMb,
    cpuShare: used / ((performance.now() - began) / 1_000),
  }
}

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024
