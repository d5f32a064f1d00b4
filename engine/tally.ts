// What one owner counts of its partition's decisions, after each commit and without a look at the database: how many
// reservations are in each state, which branches are taken, how long a state lasts.
import { type BranchFinder, branchFinder, type Chart, chartOf } from '../machines/chart.ts'
import { findMachine } from '../machines/registry.ts'
import { DurationWindow } from './durations.ts'
import type { Tenure } from './handle.ts'
import type { JournalEntry } from './journal.ts'
import { limits } from './limits.ts'
import type { Flow, MachineTally, PartitionTally, ShowCount } from './ports.ts'
import { RecentlyUsed } from './recently-used.ts'

const flowSeconds = 60

export class Tally {
  readonly tenure: Tenure
  readonly #since: number
  readonly #machines = new Map<string, MachineCounts>()
  /** Since when each reservation is in its state. */
  readonly #enteredAt = new RecentlyUsed<number>(limits.tallySubjectsMax)
  readonly #retries = new Meter()
  /** The journal position of each show up to which the states are counted; null until the first count. */
  #positions: Map<string, number> | null = null
  /** Decided before that is known. */
  #pending: JournalEntry[] = []
  /** There were too many of them to wait; the next count is begun without, and is no good. */
  #hasLostSome = false
  #commandsPerMessage = 1
  #toldAt: number
  #turnedAt: number

  constructor(tenure: Tenure, now: number) {
    this.tenure = tenure
    this.#since = now
    this.#toldAt = now
    this.#turnedAt = now
  }

  /** False until what was there before is counted in, and after a decision that was missed. */
  get isWhole(): boolean {
    return this.#positions !== null
  }

  count(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.#countFlow(entry)
      this.#countDuration(entry)
      if (this.#positions !== null) this.#countState(this.#positions, entry)
      else this.#pending.push(entry)
    }
    if (this.#pending.length > limits.tallyPendingMax) {
      this.#pending = []
      this.#hasLostSome = true
    }
    this.#countMessages(entries)
  }

  retried(): void {
    this.#retries.add()
  }

  /**
   * Counts in what was there before, as it stood at some time after this tally was begun: what was decided later than
   * that, or is decided from here on, is added to it.
   */
  begin(counts: readonly ShowCount[]): void {
    const pending = this.#pending
    const hasLostSome = this.#hasLostSome
    this.#pending = []
    this.#hasLostSome = false
    if (hasLostSome) return

    for (const machine of this.#machines.values()) machine.states.clear()
    const positions = new Map<string, number>()
    for (const { showId, position, reservations } of counts) {
      positions.set(showId, position)
      for (const { state, machineVersion, count } of reservations)
        move(this.#machine(`reservation@${machineVersion}`).states, state, count)
    }
    this.#positions = positions
    for (const entry of pending)
      if (this.#positions !== null && entry.position > (positions.get(entry.showId) ?? 0))
        this.#countState(positions, entry)
  }

  /** What is told of it now, `waitingMessages` in its queue; once per `limits.tallyIntervalMs`. */
  read(now: number, waitingMessages: number | null): PartitionTally {
    const elapsedS = Math.max(now - this.#toldAt, 1) / 1_000
    this.#toldAt = now
    if (now - this.#turnedAt >= limits.tallyWindowMs) {
      this.#turnedAt = now
      for (const { durations } of this.#machines.values()) for (const each of durations.values()) each.turn()
    }
    return {
      ...this.tenure,
      at: now,
      since: this.#since,
      isWhole: this.isWhole,
      waitingMessages,
      machines: Object.fromEntries([...this.#machines].map(([name, each]) => [name, each.read(elapsedS)])),
      commandsPerMessage: this.#commandsPerMessage,
      retriesLastMinute: this.#retries.read(elapsedS).lastMinute,
    }
  }

  #machine(name: string): MachineCounts {
    const known = this.#machines.get(name) ?? new MachineCounts(name)
    this.#machines.set(name, known)
    return known
  }

  #countFlow({ machine, from, event, verdicts }: JournalEntry): void {
    const counts = this.#machine(machine)
    counts.flow(counts.find(from ?? counts.chart.initial, event.type, verdicts))
  }

  #countDuration({ machine, subjectId, seq, from, to, acceptedAt, decidedAt }: JournalEntry): void {
    if (seq === null || from === null || to === null || (from === to && seq > 1)) return
    const counts = this.#machine(machine)
    const enteredAt = this.#enteredAt.get(subjectId) ?? (seq === 1 ? acceptedAt : null)
    if (enteredAt !== null) counts.duration(from, decidedAt - enteredAt)
    if (counts.isEnd(to)) this.#enteredAt.delete(subjectId)
    else this.#enteredAt.set(subjectId, decidedAt)
  }

  #countState(positions: Map<string, number>, entry: JournalEntry): void {
    const { showId, position, machine, subjectId, seq, from, to } = entry
    if (position !== (positions.get(showId) ?? 0) + 1) {
      // One was missed: what is counted from here on would be wrong.
      this.#positions = null
      return
    }
    positions.set(showId, position)
    if (subjectId === showId || seq === null || to === null) return
    const { states } = this.#machine(machine)
    if (seq > 1 && from !== null) move(states, from, -1)
    move(states, to, 1)
  }

  #countMessages(entries: readonly JournalEntry[]): void {
    const messages = new Set(entries.map(({ delivery }) => delivery)).size
    if (messages > 0) this.#commandsPerMessage += (entries.length / messages - this.#commandsPerMessage) / 8
  }
}

class MachineCounts {
  readonly chart: Chart
  readonly find: BranchFinder
  readonly states = new Map<string, number>()
  readonly durations = new Map<string, DurationWindow>()
  readonly #flows = new Map<number, Meter>()
  readonly #ends: ReadonlySet<string>

  constructor(name: string) {
    const [machine = '', version] = name.split('@')
    const registered = findMachine(machine, Number(version))
    this.chart = registered
      ? chartOf(registered.machine)
      : { initial: '', states: [], branches: [], sources: {} }
    this.find = branchFinder(this.chart)
    this.#ends = new Set(this.chart.states.filter(({ isEnd }) => isEnd).map((state) => state.name))
  }

  isEnd(state: string): boolean {
    return this.#ends.has(state)
  }

  flow(place: number): void {
    const meter = this.#flows.get(place) ?? new Meter()
    this.#flows.set(place, meter)
    meter.add()
  }

  duration(state: string, ms: number): void {
    const window = this.durations.get(state) ?? new DurationWindow()
    this.durations.set(state, window)
    window.add(ms)
  }

  read(elapsedS: number): MachineTally {
    return {
      states: Object.fromEntries(this.states),
      flows: Object.fromEntries([...this.#flows].map(([place, meter]) => [place, meter.read(elapsedS)])),
      durations: Object.fromEntries([...this.durations].map(([state, window]) => [state, window.read()])),
    }
  }
}

/** Counts, and knows how many it counted between the last two readings and over the last minute of them. */
class Meter {
  #total = 0
  #read = 0
  readonly #seconds: number[] = []

  add(): void {
    this.#total++
  }

  read(elapsedS: number): Flow {
    const counted = this.#total - this.#read
    this.#read = this.#total
    this.#seconds.push(counted)
    if (this.#seconds.length > flowSeconds) this.#seconds.shift()
    const lastMinute = this.#seconds.reduce((sum, each) => sum + each, 0)
    return { total: this.#total, lastMinute, perSecond: Math.round((counted / elapsedS) * 10) / 10 }
  }
}

function move(states: Map<string, number>, state: string, by: number): void {
  states.set(state, (states.get(state) ?? 0) + by)
}
