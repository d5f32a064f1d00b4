// How far one clock is from another, from readings that took their time on the way: each says that the distance lies
// within half of its round trip, and the narrowest one that is still fresh is believed.

export interface Reading {
  /** The local counter before and after, in ms. */
  readonly askedAt: number
  readonly answeredAt: number
  /** What the other clock said in between. */
  readonly told: number
}

interface Sample {
  readonly takenAt: number
  readonly offsetMs: number
  readonly errorMs: number
}

const samplesKept = 8
/** How much two clocks may run apart, in ms per ms: each is set right at half of that at most. */
const drift = 0.001

export class Offset {
  #samples: Sample[] = []
  /** Asked for many times between two readings, and the same all the while: what is not sure grows alike for all. */
  #best: Sample | null = null

  /** @returns by how many ms the other clock was set since the readings before; 0 where it was not */
  add({ askedAt, answeredAt, told }: Reading): number {
    const errorMs = (answeredAt - askedAt) / 2
    const sample = { takenAt: answeredAt, offsetMs: told - (askedAt + answeredAt) / 2, errorMs }
    const before = this.#best
    const movedMs = before === null ? 0 : sample.offsetMs - before.offsetMs
    const wasSet = before !== null && Math.abs(movedMs) > errorMs + errorAt(before, answeredAt)
    this.#samples = wasSet ? [sample] : [...this.#samples, sample].slice(-samplesKept)
    this.#best = bestOf(this.#samples, answeredAt)
    return wasSet ? movedMs : 0
  }

  /** What to add to the local counter; null before the first reading. */
  get ms(): number | null {
    return this.#best?.offsetMs ?? null
  }
}

const bestOf = (samples: readonly Sample[], counter: number): Sample | null =>
  samples.reduce<Sample | null>(
    (best, each) => (best && errorAt(best, counter) <= errorAt(each, counter) ? best : each),
    null,
  )

const errorAt = ({ takenAt, errorMs }: Sample, counter: number): number =>
  errorMs + drift * Math.max(0, counter - takenAt)
