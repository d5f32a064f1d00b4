// The stages of a command as histograms: observed a few times a batch and two or three times a
// request, and shown by /metrics.
import { Histogram } from 'prom-client'
import { type Stage, type Stopwatch, stages } from '../engine/stages.ts'

const stageSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const batchCommands = [1, 2, 5, 10, 20, 50, 100, 200, 500]

export class StageHistograms implements Stopwatch {
  readonly now: () => number
  /** Of no registry yet: whoever shows them registers them. */
  readonly histograms: readonly Histogram<string>[]
  readonly #ofStage: Readonly<Record<Stage, { observe(seconds: number): void }>>
  readonly #commands: Histogram

  /** @param counter ascending ms, with fractions */
  constructor(counter: () => number) {
    this.now = counter
    const ofStage = new Histogram({
      name: 'holdfast_stage_duration_seconds',
      help: 'Where the time of a command goes; intake, publish and queue per command, the others per batch',
      labelNames: ['stage'] as const,
      buckets: stageSeconds,
      registers: [],
    })
    this.#commands = new Histogram({
      name: 'holdfast_batch_commands',
      help: 'Commands that one transaction has decided',
      buckets: batchCommands,
      registers: [],
    })
    this.histograms = [ofStage, this.#commands]
    // Looked up once: finding a label's histogram costs more than counting in it.
    this.#ofStage = Object.fromEntries(
      stages.map((stage) => [stage, ofStage.labels({ stage })]),
    ) as unknown as Record<Stage, { observe(seconds: number): void }>
  }

  took = (stage: Stage, ms: number): void => this.#ofStage[stage].observe(ms / 1_000)

  decided = (commands: number): void => this.#commands.observe(commands)
}
