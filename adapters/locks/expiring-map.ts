// A map whose entries end a fixed time after they were set. Two generations make forgetting free: when the younger one
// is a lifetime old it becomes the older one, and all that stood there has ended. What has ended may be gone for good:
// a time that goes back need not bring it back.

interface Entry<Value> {
  readonly value: Value
  readonly until: number
}

export class ExpiringMap<Value> {
  readonly #ttlMs: number
  #younger = new Map<string, Entry<Value>>()
  #older = new Map<string, Entry<Value>>()
  #turnsAt = Number.NEGATIVE_INFINITY

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  /** Entries that take up memory, ended ones among them. */
  get size(): number {
    return this.#younger.size + this.#older.size
  }

  get(key: string, now: number): Entry<Value> | null {
    const entry = this.#younger.get(key) ?? this.#older.get(key)
    return entry !== undefined && entry.until > now ? entry : null
  }

  set(key: string, value: Value, now: number): void {
    if (now >= this.#turnsAt) {
      this.#older = this.#younger
      this.#younger = new Map()
      this.#turnsAt = now + this.#ttlMs
    }
    this.#older.delete(key)
    this.#younger.set(key, { value, until: now + this.#ttlMs })
  }

  *live(now: number): Generator<[key: string, value: Value]> {
    for (const generation of [this.#older, this.#younger])
      for (const [key, { value, until }] of generation) if (until > now) yield [key, value]
  }

  deleteWhere(isOver: (value: Value) => boolean): void {
    for (const generation of [this.#older, this.#younger])
      for (const [key, { value }] of generation) if (isOver(value)) generation.delete(key)
  }
}
