// What does not change once it exists. Asked for at once by many, it is read for all of them; what is not there, or failed,
// is asked for again.
export class ReadOnce<Value> {
  readonly #read: (id: string) => Promise<Value>
  readonly #max: number
  /** The one that was read longest ago stands first. */
  readonly #reading = new Map<string, Promise<Value>>()

  /** @param max of them, kept */
  constructor(read: (id: string) => Promise<Value>, max: number) {
    this.#read = read
    this.#max = max
  }

  find(id: string): Promise<Value> {
    return this.#reading.get(id) ?? this.#findAnew(id)
  }

  async #findAnew(id: string): Promise<Value> {
    const reading = this.#read(id)
    this.#reading.set(id, reading)
    try {
      const found = await reading
      if (found === null) this.#reading.delete(id)
      else this.#forgetOldest()
      return found
    } catch (error) {
      this.#reading.delete(id)
      throw error
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#reading.keys()
    if (this.#reading.size > this.#max && oldest !== undefined) this.#reading.delete(oldest)
  }
}
