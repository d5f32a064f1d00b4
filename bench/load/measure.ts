// Runs buyers against a server and measures: as many as there are connections, each on its next journey as soon as the
// last has ended, or at a given rate whatever the server does, timed from when each should have begun.
import { LoadConnection } from './connection.ts'

/** One buyer's way; resolves with what became of it. The time of all of it counts. */
export type Journey = (connection: LoadConnection, index: number) => Promise<string>

export interface Measured {
  readonly seconds: number
  readonly perSecond: number
  /** ms */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly outcomes: Readonly<Record<string, number>>
  /** That have ended, whatever became of them. */
  readonly journeys: number
}

/** s: Node compiles for some tens of thousands of requests before a process is as quick as it gets. */
export const warmingSeconds = 10
/** s, before each turn that counts: what its caches held whoever had the turn before has driven out. */
export const leadSeconds = 1

export interface LoadOptions {
  /** Of one app server, or of several, which take the connections in turns. */
  readonly port: number | readonly number[]
  readonly connections: number
  readonly seconds: number
  /** Journeys that begin each second; without it, as many as the server takes. */
  readonly perSecond?: number
  /** The index of the first journey, so that runs don't repeat each other's. */
  readonly from: number
  readonly journeysMax: number
  /** What counts in `perSecond` and the percentiles. */
  readonly success: string
}

export async function measure(journey: Journey, options: LoadOptions): Promise<Measured> {
  const { port, connections, seconds, perSecond, from, journeysMax, success } = options
  const ports = [port].flat()
  const open = await Promise.all(
    Array.from({ length: connections }, (_, index) => LoadConnection.open(ports[index % ports.length] ?? 0)),
  )
  const outcomes: Record<string, number> = {}
  let journeys = 0
  const latencies: number[] = []
  const began = performance.now()
  const until = began + seconds * 1_000
  let next = from

  const walk = async (connection: LoadConnection) => {
    while (performance.now() < until && next - from < journeysMax) {
      const index = next++
      const due = perSecond === undefined ? performance.now() : began + ((index - from) * 1_000) / perSecond
      if (due >= until) return
      const early = due - performance.now()
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
      const outcome = await journey(connection, index)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      journeys++
      if (outcome === success) latencies.push(performance.now() - due)
    }
  }
  await Promise.all(open.map(walk))
  const elapsed = (performance.now() - began) / 1_000
  for (const connection of open) connection.close()

  latencies.sort((a, b) => a - b)
  const percentile = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    seconds: elapsed,
    perSecond: latencies.length / elapsed,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    outcomes,
    journeys,
  }
}
