// What was used lately, of many. Two generations: the younger one takes what is new or used, and when it is full the older one
// goes whole. To take the oldest entry out of one large map for each new one costs a walk past all that went before it.
export class RecentlyUsed<Value> {
  readonly #generationMax: number
  #younger = new Map<string, Value>()
  #older = new Map<string, Value>()

  /** @param max of entries; half as many, the latest, are there for certain */
  constructor(max: number) {
    this.#generationMax = Math.ceil(max / 2)
  }

  get(key: string): Value | undefined {
    const young = this.#younger.get(key)
    if (young !== undefined) return young
    const old = this.#older.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    if (this.#younger.size >= this.#generationMax && !this.#younger.has(key)) {
      this.#older = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(key, value)
  }

  delete(key: string): void {
    this.#younger.delete(key)
    this.#older.delete(key)
  }
}
