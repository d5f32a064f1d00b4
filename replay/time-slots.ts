// Counts over a time whose length nobody knows beforehand: so many slots of equal length, which grow twice as long
// whenever the time has outgrown them.

const slotsMax = 120

export class TimeSlots {
  #slotMs = 1_000
  readonly #series = new Map<string, Map<number, number>>()

  add(name: string, at: number): void {
    const slots = this.#series.get(name) ?? new Map<number, number>()
    this.#series.set(name, slots)
    const slot = this.#slotOf(at)
    slots.set(slot, (slots.get(slot) ?? 0) + 1)
    if (slots.size > slotsMax) this.#widen()
  }

  chart(): { slots: number[]; series: { name: string; counts: number[] }[] } {
    for (;;) {
      const used = [...this.#series.values()].flatMap((slots) => [...slots.keys()])
      if (used.length === 0) return { slots: [], series: [] }
      const first = used.reduce((a, b) => Math.min(a, b))
      const last = used.reduce((a, b) => Math.max(a, b))
      if (last - first >= slotsMax) {
        this.#widen()
        continue
      }
      const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
      return {
        slots: numbers.map((slot) => slot * this.#slotMs),
        series: [...this.#series].map(([name, slots]) => ({
          name,
          counts: numbers.map((slot) => slots.get(slot) ?? 0),
        })),
      }
    }
  }

  #slotOf(at: number): number {
    return Math.floor(at / this.#slotMs)
  }

  #widen(): void {
    this.#slotMs *= 2
    for (const [name, slots] of this.#series) {
      const wider = new Map<number, number>()
      for (const [slot, count] of slots) {
        const into = Math.floor(slot / 2)
        wider.set(into, (wider.get(into) ?? 0) + count)
      }
      this.#series.set(name, wider)
    }
  }
}
