// How much processor time processes have used, by what they are, from /proc. Seconds.
import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Clock ticks a second; what every Linux on x86 and ARM has. */
const ticksPerSecond = 100

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly seconds: number
}

/** The processes that this one has started since `before`, and that still run. */
export function childProcesses(before: ReadonlySet<number> = new Set()): Set<number> {
  const children = [...readProcesses().values()].filter(({ parent }) => parent === process.pid)
  return new Set(children.map(({ pid }) => pid).filter((pid) => !before.has(pid)))
}

/**
 * By program, of `roots` and all that they started; of this process, where nothing else is said.
 * @param names of those processes whose program, node, says little
 */
export function cpuSeconds(
  names: ReadonlyMap<number, string>,
  roots: ReadonlySet<number> = new Set([process.pid]),
): Map<string, number> {
  const processes = readProcesses()
  const used = new Map<string, number>()
  for (const each of processes.values()) {
    if (!descendsFrom(roots, each, processes)) continue
    const name = names.get(each.pid) ?? each.name
    used.set(name, (used.get(name) ?? 0) + each.seconds)
  }
  return used
}

/** MB that these processes have in memory together. */
export function memoryMb(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  })
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1_024)
}

const calmShare = 0.2
const calmStepMs = 250
const calmMaxMs = 5_000

/** Resolves once the processors have little to do, or after five seconds. */
export async function calm(): Promise<void> {
  for (let waitedMs = 0; waitedMs < calmMaxMs; waitedMs += calmStepMs) {
    const before = processorTimes()
    await sleep(calmStepMs)
    const after = processorTimes()
    if ((after.busy - before.busy) / (after.all - before.all) < calmShare) return
  }
}

/** ms, of all processors together. */
function processorTimes(): { busy: number; all: number } {
  const times = cpus().map((each) => each.times)
  const idle = times.reduce((sum, each) => sum + each.idle, 0)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { busy: all - idle, all }
}

function descendsFrom(
  roots: ReadonlySet<number>,
  each: Process,
  processes: ReadonlyMap<number, Process>,
): boolean {
  for (let up: Process | undefined = each; up; up = processes.get(up.parent))
    if (roots.has(up.pid)) return true
  return false
}

function readProcesses(): Map<number, Process> {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const ticks = Number(fields[11]) + Number(fields[12])
        return [{ pid: Number(pid), parent: Number(fields[1]), name, seconds: ticks / ticksPerSecond }]
      } catch {
        return [] // gone since the list was read
      }
    })
  return new Map(found.map((each) => [each.pid, each]))
}
