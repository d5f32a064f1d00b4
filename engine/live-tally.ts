// The tallies of all partitions added up: what one machine does now, version by version. Pure.
import type { MachineName } from '../machines/registry.ts'
import { countOf, type Durations, quantileOf, sumDurations } from './durations.ts'
import { limits } from './limits.ts'
import type { Flow, MachineTally, PartitionTally, StateCount } from './ports.ts'

export interface Dwell {
  readonly medianMs: number
  readonly p95Ms: number
  /** Null while fewer than a hundred left: it would be the time of the slowest among them. */
  readonly p99Ms: number | null
}

export interface StateFigures {
  readonly state: string
  readonly count: number
  /** How long those that left it lately had stayed, in ms; null while none has. */
  readonly dwell: Dwell | null
}

export interface FlowFigures extends Flow {
  /** The place of the branch in the chart. */
  readonly branch: number
}

export interface VersionFigures {
  readonly version: number
  readonly states: readonly StateFigures[]
  readonly flows: readonly FlowFigures[]
}

export interface LiveFigures {
  readonly at: number
  /** Flows are counted since then; null while nothing is told. */
  readonly since: number | null
  /** Partitions whose owner told of them lately, and those of them whose states are counted whole. */
  readonly partitionsTold: number
  readonly partitionsWhole: number
  readonly partitions: number
  readonly versions: readonly VersionFigures[]
  /** Commands that the broker holds undecided; an estimate where one message carries several. */
  readonly queued: number
  readonly retriesLastMinute: number
}

/** @param states those of the machine that are not counted by the engine */
export function liveFigures(
  name: MachineName,
  told: readonly PartitionTally[],
  { now, partitions, states }: { now: number; partitions: number; states: readonly StateCount[] },
): LiveFigures {
  const tallies = told.filter(({ at }) => now - at <= limits.tallySilenceMaxMs)
  const versions = new Map<number, MachineTally[]>()
  const of = (version: number): MachineTally[] => {
    const known = versions.get(version) ?? []
    versions.set(version, known)
    return known
  }
  for (const { machines } of tallies)
    for (const [machine, tally] of Object.entries(machines)) {
      const [ownName, version] = machine.split('@')
      if (ownName === name) of(Number(version)).push(tally)
    }
  for (const { state, machineVersion, count } of states)
    of(machineVersion).push({ states: { [state]: count }, flows: {}, durations: {} })

  return {
    at: now,
    since: tallies.length === 0 ? null : Math.max(...tallies.map(({ since }) => since)),
    partitionsTold: tallies.length,
    partitionsWhole: tallies.filter(({ isWhole }) => isWhole).length,
    partitions,
    versions: [...versions]
      .sort(([one], [other]) => one - other)
      .map(([version, machines]) => versionFigures(version, machines)),
    queued: tallies.reduce((sum, each) => sum + queuedOf(each), 0),
    retriesLastMinute: tallies.reduce((sum, each) => sum + each.retriesLastMinute, 0),
  }
}

const queuedOf = ({ waitingMessages, commandsPerMessage }: PartitionTally): number =>
  Math.round((waitingMessages ?? 0) * Math.max(1, commandsPerMessage))

function versionFigures(version: number, machines: readonly MachineTally[]): VersionFigures {
  const states = new Map<string, number>()
  const durations = new Map<string, Durations[]>()
  const flows = new Map<number, FlowFigures>()
  for (const machine of machines) {
    for (const [state, count] of Object.entries(machine.states))
      states.set(state, (states.get(state) ?? 0) + count)
    for (const [state, stayed] of Object.entries(machine.durations))
      durations.set(state, [...(durations.get(state) ?? []), stayed])
    for (const [place, flow] of Object.entries(machine.flows))
      flows.set(Number(place), sumFlows(Number(place), flows.get(Number(place)), flow))
  }
  const names = new Set([...states.keys(), ...durations.keys()])
  return {
    version,
    states: [...names].map((state) => ({
      state,
      count: states.get(state) ?? 0,
      dwell: dwellOf(sumDurations(durations.get(state) ?? [])),
    })),
    flows: [...flows.values()],
  }
}

const sumFlows = (branch: number, sum: FlowFigures | undefined, flow: Flow): FlowFigures => ({
  branch,
  total: (sum?.total ?? 0) + flow.total,
  lastMinute: (sum?.lastMinute ?? 0) + flow.lastMinute,
  perSecond: Math.round(((sum?.perSecond ?? 0) + flow.perSecond) * 10) / 10,
})

function dwellOf(durations: Durations): Dwell | null {
  const left = countOf(durations)
  if (left === 0) return null
  const [medianMs = 0, p95Ms = 0, p99Ms = 0] = [0.5, 0.95, 0.99].map(
    (share) => quantileOf(durations, share) ?? 0,
  )
  return { medianMs, p95Ms, p99Ms: left < 100 ? null : p99Ms }
}
