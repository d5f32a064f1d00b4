// The tallies of the only server there is.
import type { PartitionTally, Tallies } from '../../engine/ports.ts'

export class EmbeddedTallies implements Tallies {
  readonly #told = new Map<number, PartitionTally>()

  async tell(tallies: readonly PartitionTally[]): Promise<void> {
    for (const tally of tallies) {
      const known = this.#told.get(tally.partition)
      if (known === undefined || known.epoch <= tally.epoch) this.#told.set(tally.partition, tally)
    }
  }

  async read(): Promise<readonly PartitionTally[]> {
    return [...this.#told.values()]
  }
}
