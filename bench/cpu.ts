// How much processor time each kind of process below this one has used, from /proc. Seconds.
import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second; what every Linux on x86 and ARM has. */
const ticksPerSecond = 100

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly seconds: number
}

/** By program, with the processes that they started. Those of Node go by the name that `names` has for them. */
export function cpuSeconds(names: ReadonlyMap<number, string>): Map<string, number> {
  const processes = new Map(readProcesses().map((each) => [each.pid, each]))
  const used = new Map<string, number>()
  for (const each of processes.values()) {
    if (!descendsFromHere(each, processes)) continue
    const name = names.get(each.pid) ?? each.name
    used.set(name, (used.get(name) ?? 0) + each.seconds)
  }
  return used
}

function descendsFromHere(each: Process, processes: ReadonlyMap<number, Process>): boolean {
  for (let up: Process | undefined = each; up; up = processes.get(up.parent))
    if (up.pid === process.pid) return true
  return false
}

function readProcesses(): Process[] {
  return readdirSync('/proc')
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
}
