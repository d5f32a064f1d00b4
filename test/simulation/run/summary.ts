// What is kept of an evening once it is over, small enough to be sent from thread to thread, and the sum of many.
import { chartOf } from '../../../machines/chart.ts'
import { registry } from '../../../machines/registry.ts'
import type { Violation } from '../../auditor/evidence.ts'
import { entryOf } from '../../auditor/history.ts'
import type { Report } from '../simulate.ts'

export interface Summary {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly shortfalls: readonly string[]
  readonly requests: number
  readonly decisions: number
  readonly faults: ReadonlyMap<string, number>
  readonly outcomes: ReadonlyMap<string, number>
  /** Edges of the charts that the journal went along. */
  readonly edges: ReadonlySet<string>
}

export function summaryOf(report: Report): Summary {
  const { seed, violations, shortfalls, requests, decisions, faults, outcomes, evidence } = report
  const edges = new Set<string>()
  for (const row of evidence.master.journal) {
    const { machine, event, from, to, code } = entryOf(row)
    const [name = ''] = machine.split('@')
    // The journal keeps what was asked of a reservation that never was; its machine had just begun.
    edges.add(edgeOf(name, from ?? 'queued', event.type, to ?? 'queued', code))
  }
  return { seed, violations, shortfalls, requests, decisions, faults, outcomes, edges }
}

const edgeOf = (name: string, from: string, event: string, to: string, code: string | null): string =>
  `${name}: ${event} in ${from} → ${code ?? to}`

/** Every edge of the charts that a journal can go along: a hold that is not overdue leaves no trace. */
export const allEdges: readonly string[] = registry.flatMap(({ name, machine }) =>
  chartOf(machine)
    .branches.filter(({ event, code }) => event !== 'expire' || code === null)
    .map(({ from, event, to, code }) => edgeOf(name, from, event, to, code)),
)

export class Totals {
  evenings = 0
  requests = 0
  decisions = 0
  readonly faults = new Map<string, number>()
  readonly outcomes = new Map<string, number>()
  readonly edges = new Set<string>()

  add({ requests, decisions, faults, outcomes, edges }: Summary): void {
    this.evenings++
    this.requests += requests
    this.decisions += decisions
    addCounts(this.faults, faults)
    addCounts(this.outcomes, outcomes)
    for (const edge of edges) this.edges.add(edge)
  }

  get edgesMissed(): string[] {
    return allEdges.filter((edge) => !this.edges.has(edge))
  }

  get faultsInjected(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0)
  }
}

function addCounts(sum: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of counts) sum.set(name, (sum.get(name) ?? 0) + count)
}
