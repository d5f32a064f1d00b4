// Virtual time: everything that waits, waits here, and one thing happens at a time. After each event all that follows
// from it without waiting is carried out before the next one, so that a seed decides the whole order.

export interface Scheduled {
  readonly at: number
  readonly order: number
  /** Null once it was called off. */
  fire: (() => void) | null
}

/** Events between two looks at the real event loop, which a long run must not starve. */
const eventsPerTurn = 5_000
/** What waits for it comes next among the microtasks, for less than `queueMicrotask` takes. */
const settled = Promise.resolve()

export class Scheduler {
  #now = 0
  #order = 0
  #digest = 0
  #fired = 0
  readonly #heap: Scheduled[] = []

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now
  }

  /** Changes with the time of every event and with all that was noted: equal for equal runs. */
  get digest(): number {
    return this.#digest >>> 0
  }

  get fired(): number {
    return this.#fired
  }

  after(ms: number, fire: () => void): Scheduled {
    const event: Scheduled = { at: this.#now + Math.max(0, ms), order: this.#order++, fire }
    this.#push(event)
    return event
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Makes the digest depend on what happened, besides when. */
  note(value: number): void {
    this.#digest = Math.imul(this.#digest ^ value, 0x01000193) ^ (this.#digest >>> 15)
  }

  /** Lets everything happen that is due up to this time. */
  runUntil(time: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        const next = this.#next(time)
        if (next === null) {
          this.#now = Math.max(this.#now, time)
          return resolve()
        }
        this.#now = next.at
        this.note(Math.trunc(next.at * 1_000))
        try {
          next.fire()
        } catch (error) {
          return reject(error)
        }
        void settled.then(++this.#fired % eventsPerTurn === 0 ? onceTheLoopHasTurned : onceAllHasFollowed)
      }
      // Node runs its next ticks when no microtask is left: when all that followed from the last event is done.
      const onceAllHasFollowed = () => process.nextTick(step)
      const onceTheLoopHasTurned = () => void setImmediate(step)
      void settled.then(onceAllHasFollowed)
    })
  }

  /** The first event that is due by then and was not called off. */
  #next(time: number): { readonly at: number; readonly fire: () => void } | null {
    for (let next = this.#heap[0]; next !== undefined && next.at <= time; next = this.#heap[0]) {
      this.#pop()
      const { at, fire } = next
      if (fire !== null) return { at, fire }
    }
    return null
  }

  #push(event: Scheduled): void {
    const heap = this.#heap
    let place = heap.push(event) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!isBefore(event, heap[parent] as Scheduled)) break
      heap[place] = heap[parent] as Scheduled
      place = parent
    }
    heap[place] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Scheduled
    if (heap.length === 0) return
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Scheduled, heap[child] as Scheduled)) child++
      if (!isBefore(heap[child] as Scheduled, last)) break
      heap[place] = heap[child] as Scheduled
      place = child
    }
    heap[place] = last
  }
}

const isBefore = (a: Scheduled, b: Scheduled): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
