// Row locks, as a database has them: exclusive, kept to the end of the transaction, waited for in the order of asking,
// for a limited time, and refused at once to whoever closes a circle.
import { Transient } from '../../../engine/failures.ts'

/** Runs something later, in whatever time there is. */
export interface Timer {
  after(ms: number, fire: () => void): unknown
}

export interface Holder {
  /** The row that it waits for. */
  waitsFor: string | null
  readonly rows: Set<string>
}

interface Waiter {
  readonly holder: Holder
  grant(): void
  refuse(reason: Error): void
}

/** Its victim is rolled back whole. */
export class Deadlock extends Transient {}

interface Row {
  holder: Holder
  readonly waiters: Waiter[]
}

export class RowLocks {
  readonly #rows = new Map<string, Row>()
  readonly #timer: Timer
  readonly #waitMaxMs: number

  constructor(timer: Timer, waitMaxMs: number) {
    this.#timer = timer
    this.#waitMaxMs = waitMaxMs
  }

  /** Undefined when the lock is had at once. */
  take(key: string, holder: Holder): Promise<void> | undefined {
    const row = this.#rows.get(key)
    if (row === undefined) {
      this.#rows.set(key, { holder, waiters: [] })
      holder.rows.add(key)
      return
    }
    return row.holder === holder ? undefined : this.#wait(key, row, holder)
  }

  /** And waits for none any more. */
  releaseAll(holder: Holder): void {
    if (holder.waitsFor !== null) {
      const waiters = this.#rows.get(holder.waitsFor)?.waiters ?? []
      waiters.find((waiter) => waiter.holder === holder)?.refuse(new Transient('the transaction has ended'))
    }
    for (const key of holder.rows) {
      const row = this.#rows.get(key) as Row
      const next = row.waiters.shift()
      if (next === undefined) this.#rows.delete(key)
      else {
        row.holder = next.holder
        next.holder.rows.add(key)
        next.grant()
      }
    }
    holder.rows.clear()
  }

  #wait(key: string, row: Row, holder: Holder): Promise<void> {
    if (this.#closesCircle(row, holder)) return Promise.reject(new Deadlock(`a deadlock at ${key}`))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stopWaiting = () => {
      const place = row.waiters.indexOf(waiter)
      if (place !== -1) row.waiters.splice(place, 1)
      holder.waitsFor = null
    }
    const waiter: Waiter = {
      holder,
      grant: () => {
        stopWaiting()
        resolve()
      },
      refuse: (reason) => {
        stopWaiting()
        reject(reason)
      },
    }
    holder.waitsFor = key
    row.waiters.push(waiter)
    this.#timer.after(this.#waitMaxMs, () => {
      if (row.waiters.includes(waiter))
        waiter.refuse(new Transient(`waited ${this.#waitMaxMs} ms for ${key}`))
    })
    return promise
  }

  #closesCircle(row: Row, asking: Holder): boolean {
    let holder = row.holder
    while (holder !== asking) {
      const next = holder.waitsFor === null ? undefined : this.#rows.get(holder.waitsFor)
      if (next === undefined) return false
      holder = next.holder
    }
    return true
  }
}
