// What goes wrong at single calls, by chance: each run draws which kinds of fault it has at all and how often, so that
// over many seeds every kind meets every other one, and some runs are calm.
import type { Port } from './network.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'

/** Per call of its sort, at most. */
const ratesMax = {
  'crash before a call': 0.0003,
  'crash after a call': 0.0003,
  'request lost': 0.002,
  'reply lost': 0.002,
  deadlock: 0.01,
  'lock wait too long': 0.01,
  'commit lost': 0.02,
  'commit answer lost': 0.04,
  'publish lost': 0.01,
  'publish refused': 0.01,
  'publish late': 0.02,
  'confirm lost': 0.02,
  'publish doubled': 0.04,
  'answer lost': 0.05,
} as const
export type CallFault = keyof typeof ratesMax

type Sort = 'call' | 'send' | 'statement' | 'commit' | 'publish' | 'answer'

const sorts: Record<Sort, readonly CallFault[]> = {
  call: ['crash before a call', 'crash after a call', 'request lost', 'reply lost'],
  send: ['crash before a call', 'crash after a call'],
  statement: ['deadlock', 'lock wait too long'],
  commit: ['commit lost', 'commit answer lost'],
  publish: ['publish lost', 'publish refused', 'publish late', 'confirm lost', 'publish doubled'],
  answer: ['answer lost'],
}

/** Which of a seed's faults may strike: all of them, or those that a failure was narrowed down to. */
export type Selection = ReadonlySet<string> | 'all'

export class Faults {
  /** How often each kind has struck. */
  readonly counts = new Map<string, number>()
  /** The names of those that struck, in order: `c` and a number at a call, `s` and a number in the storm. */
  readonly struck: string[] = []
  readonly #random: Random
  readonly #kill: (process: Process) => void
  readonly #selection: Selection
  readonly #rates = new Map<CallFault, number>()
  readonly #totals = new Map<Sort, number>()
  #drawn = 0
  #lastUntilMs = 0

  constructor(random: Random, kill: (process: Process) => void, selection: Selection) {
    this.#random = random
    this.#kill = kill
    this.#selection = selection
    for (const [fault, most] of Object.entries(ratesMax) as [CallFault, number][])
      this.#rates.set(fault, random.chance(0.5) ? most * random.next() ** 2 : 0)
    this.#total()
  }

  /** Until when something that has gone wrong may still be on its way, virtual ms. */
  get lastUntilMs(): number {
    return this.#lastUntilMs
  }

  lasts(untilMs: number): void {
    this.#lastUntilMs = Math.max(this.#lastUntilMs, untilMs)
  }

  /** From here on nothing goes wrong at calls. */
  end(): void {
    this.#rates.clear()
    this.#total()
  }

  count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  /** Whether the fault of this name is one of those that may strike; it does, then. */
  strikes(name: string): boolean {
    if (this.#selection !== 'all' && !this.#selection.has(name)) return false
    this.struck.push(name)
    return true
  }

  crash(process: Process, kind: string): void {
    if (!process.isAlive) return
    this.count(kind)
    this.#kill(process)
  }

  ofCall(port: Port): CallFault | null {
    const fault = this.#throw('call')
    if (fault === 'request lost' || fault === 'reply lost') this.count(`${fault} (${port})`)
    return fault
  }

  /** Crashes are counted when they happen. */
  ofSend(): CallFault | null {
    return this.#throw('send')
  }

  of(sort: 'statement' | 'commit' | 'publish' | 'answer'): CallFault | null {
    const fault = this.#throw(sort)
    if (fault !== null) this.count(fault)
    return fault
  }

  #throw(sort: Sort): CallFault | null {
    let dice = this.#random.next()
    if (dice >= (this.#totals.get(sort) ?? 0)) return null
    for (const fault of sorts[sort]) {
      dice -= this.#rates.get(fault) ?? 0
      if (dice < 0) return this.strikes(`c${++this.#drawn}`) ? fault : null
    }
    return null
  }

  #total(): void {
    for (const sort of Object.keys(sorts) as Sort[])
      this.#totals.set(
        sort,
        sorts[sort].reduce((sum, fault) => sum + (this.#rates.get(fault) ?? 0), 0),
      )
  }
}
