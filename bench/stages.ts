// Where an app server's time went between two looks at its /metrics.
export interface StageMean {
  /** A stage of engine/stages.ts, or `batch`: how many commands a transaction has decided. */
  readonly stage: string
  /** ms, or commands. */
  readonly mean: number
  readonly count: number
}

type Sums = ReadonlyMap<string, { readonly sum: number; readonly count: number }>

const line = /^holdfast_(?:stage_duration_seconds|(batch)_commands)_(sum|count)(?:\{stage="(\w+)"\})? (\S+)$/

/** Of all app servers together. */
export async function readStages(ports: readonly number[]): Promise<Sums> {
  const sums = new Map<string, { sum: number; count: number }>()
  for (const port of ports) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    for (const each of text.split('\n')) {
      const [, batch, what, stage = batch, value] = line.exec(each) ?? []
      if (stage === undefined) continue
      const { sum, count } = sums.get(stage) ?? { sum: 0, count: 0 }
      const read = Number(value) * (what === 'sum' && batch === undefined ? 1_000 : 1)
      sums.set(stage, what === 'sum' ? { sum: sum + read, count } : { sum, count: count + read })
    }
  }
  return sums
}

export const meansBetween = (before: Sums, after: Sums): StageMean[] =>
  [...after].map(([stage, { sum, count }]) => {
    const was = before.get(stage) ?? { sum: 0, count: 0 }
    const observed = count - was.count
    const mean = observed === 0 ? 0 : (sum - was.sum) / observed
    return { stage, mean: Number(mean.toFixed(2)), count: observed }
  })
