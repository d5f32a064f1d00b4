// What does not change once it is final. Asked for at once by many, it is read for all of them; what is not final yet, or failed,
// is asked for again.
export class ReadOnce<Value> {
  readonly #read: (id: string) => Promise<Value>
  readonly #max: number
  readonly #isFinal: (value: Value) => boolean
  /** The one that was read longest ago stands first. */
  readonly #reading = new Map<string, Promise<Value>>()

  /**
   * @param max of them, kept
   * @param isFinal without it, whatever there is
   */
  constructor(
    read: (id: string) => Promise<Value>,
    max: number,
    isFinal: (value: Value) => boolean = (value) => value !== null,
  ) {
    this.#read = read
    this.#max = max
    this.#isFinal = isFinal
  }

  find(id: string): Promise<Value> {
    return this.#reading.get(id) ?? this.#findAnew(id)
  }

  async #findAnew(id: string): Promise<Value> {
    const reading = this.#read(id)
    this.#reading.set(id, reading)
    try {
      const found = await reading
      if (this.#isFinal(found)) this.#forgetOldest()
      else this.#reading.delete(id)
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
