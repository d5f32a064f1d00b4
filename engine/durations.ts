// How long things took, as a histogram whose buckets are an eighth of an octave wide: small to keep, simple to add up over
// partitions, and never more than nine per cent off.

const bucketsPerOctave = 8
const bucketsMax = 42 * bucketsPerOctave

/** Number in each bucket, by its place. */
export type Durations = Readonly<Record<number, number>>

const bucketOf = (ms: number): number =>
  ms < 1 ? 0 : Math.min(bucketsMax, 1 + Math.floor(Math.log2(ms) * bucketsPerOctave))

/** The middle of a bucket, in ms. */
const middleOf = (bucket: number): number => (bucket === 0 ? 0 : 2 ** ((bucket - 0.5) / bucketsPerOctave))

/** Of the last one to two windows. */
export class DurationWindow {
  #current: Record<number, number> = {}
  #before: Record<number, number> = {}

  add(ms: number): void {
    const bucket = bucketOf(ms)
    this.#current[bucket] = (this.#current[bucket] ?? 0) + 1
  }

  /** A new window begins; the one before the last is forgotten. */
  turn(): void {
    this.#before = this.#current
    this.#current = {}
  }

  read(): Durations {
    return sumDurations([this.#current, this.#before])
  }
}

export function sumDurations(all: readonly Durations[]): Durations {
  const sum: Record<number, number> = {}
  for (const each of all)
    for (const [bucket, count] of Object.entries(each))
      sum[Number(bucket)] = (sum[Number(bucket)] ?? 0) + count
  return sum
}

export const countOf = (durations: Durations): number =>
  Object.values(durations).reduce((sum, count) => sum + count, 0)

/** The time in ms that the share `quantile` of them did not exceed; null of none. */
export function quantileOf(durations: Durations, quantile: number): number | null {
  const buckets = Object.entries(durations)
  const wanted = Math.ceil(countOf(durations) * quantile)
  let seen = 0
  // Whole numbers as names come in ascending order.
  for (const [bucket, count] of buckets) {
    seen += count
    if (seen >= wanted) return Math.round(middleOf(Number(bucket)))
  }
  return null
}
