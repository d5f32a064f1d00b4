// Chance from a seed: the same seed gives the same numbers everywhere, and each part of a simulation draws from a
// stream of its own.

export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  between(least: number, below: number): number {
    return least + this.next() * (below - least)
  }

  /** A whole number from `least` through `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** Between things that happen once in `mean`, whenever they like. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from')
    return list[Math.floor(this.next() * list.length)] as T
  }

  /** A stream of its own. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32))
  }
}
