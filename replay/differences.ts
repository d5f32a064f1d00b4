// What does not agree: the first of each kind, and how many there are of it.

export interface Difference {
  readonly kind: DifferenceKind
  /** A show and position, a reservation, a seat, an account. */
  readonly where: string
  readonly what: string
  readonly count: number
}

export const differenceKinds = {
  chain: 'a hash that does not cover its entry and the one before',
  order: 'an entry that is missing, or stands where it should not',
  entry: 'an entry that its machine would not have written',
  columns: 'columns beside an entry that say something else',
  facts: 'facts that were not so at that position',
  head: "a show's head that is not where its journal ends",
  snapshot: 'a reservation that is not what its entries make of it',
  reservation: 'a reservation without its entries, or entries without their reservation',
  seats: 'seats that are not where the entries left them',
  ledger: 'money that moved otherwise than was decided',
  balance: 'a balance that is not the sum of its entries',
  parked: 'a parked command that is not kept, or differs',
  fence: 'a decision after its partition was said to have moved on, or before its time',
  machine: 'a machine that is not the one that made the decisions',
  version: 'an entry of a machine that this release does not know',
} as const

export type DifferenceKind = keyof typeof differenceKinds

export class Differences {
  readonly #found = new Map<DifferenceKind, { where: string; what: string; count: number }>()

  add(kind: DifferenceKind, where: string, what: string): void {
    const known = this.#found.get(kind)
    if (known) known.count++
    else this.#found.set(kind, { where, what, count: 1 })
  }

  /** Says what differs where `stored` is not `expected`. */
  compare(kind: DifferenceKind, where: string, name: string, expected: unknown, stored: unknown): void {
    if (expected === stored) return
    this.add(kind, where, `${name} is ${text(stored)} and should be ${text(expected)}`)
  }

  list(): Difference[] {
    const kinds = Object.keys(differenceKinds) as DifferenceKind[]
    return kinds.flatMap((kind) => {
      const found = this.#found.get(kind)
      return found ? [{ kind, ...found }] : []
    })
  }
}

const longestText = 200

const text = (value: unknown): string => {
  const whole = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing')
  return whole.length > longestText ? `${whole.slice(0, longestText)}…` : whole
}
