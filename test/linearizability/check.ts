// Whether what clients saw of one seat can be explained by one order of things in which each took effect at one moment between
// its call and its answer (Wing and Gong's search, with Lowe's memory of what was tried).

export type Effect = 'hold' | 'sell' | 'free' | 'see taken'

export interface Operation {
  readonly effect: Effect
  /** Whose hold it is; null for who only saw. */
  readonly reservation: string | null
  /** On the clients' clock. */
  readonly calledAt: number
  /** Infinity where no answer was heard: it may take effect at any time from the call on, or never. */
  readonly answeredAt: number
  /** Whether it must have taken effect. */
  readonly isCertain: boolean
}

type State = string

const free: State = 'free'
const held = (reservation: string | null): State => `held by ${reservation}`
const sold = (reservation: string | null): State => `sold to ${reservation}`

/** The seat after it, or null where it could not have happened in this state. */
function after(state: State, { effect, reservation }: Operation): State | null {
  switch (effect) {
    case 'hold':
      return state === free ? held(reservation) : null
    case 'sell':
      return state === held(reservation) ? sold(reservation) : null
    case 'free':
      return state === held(reservation) ? free : null
    case 'see taken':
      return state === free ? null : state
  }
}

/** All operations on one seat, which was free before the first of them. */
export function isLinearizable(operations: readonly Operation[]): boolean {
  const ordered = [...operations].sort((a, b) => a.calledAt - b.calledAt)
  return new Search(ordered).explains(free, new Set())
}

class Search {
  readonly #ordered: readonly Operation[]
  readonly #failed = new Set<string>()

  constructor(ordered: readonly Operation[]) {
    this.#ordered = ordered
  }

  /** Whether what is not `done` can follow on this state. */
  explains(state: State, done: Set<number>): boolean {
    const open = this.#ordered.flatMap((operation, index) => (done.has(index) ? [] : [{ operation, index }]))
    const certain = open.filter(({ operation }) => operation.isCertain)
    if (certain.length === 0) return true
    const key = `${state} ${open.map(({ index }) => index)}`
    if (this.#failed.has(key)) return false

    // What was called after another one was answered comes after it.
    const firstAnswer = Math.min(...certain.map(({ operation }) => operation.answeredAt))
    const next = open.filter(({ operation }) => operation.calledAt <= firstAnswer)
    // Who only saw changes nothing for the others: as soon as it fits it is as good as at any later time.
    const seen = next.filter(
      ({ operation }) => operation.effect === 'see taken' && after(state, operation) !== null,
    )
    const isExplained =
      seen.length > 0
        ? this.explains(state, new Set([...done, ...seen.map(({ index }) => index)]))
        : next.some(({ operation, index }) => {
            const then = after(state, operation)
            return then !== null && this.explains(then, new Set([...done, index]))
          })
    if (!isExplained) this.#failed.add(key)
    return isExplained
  }
}
