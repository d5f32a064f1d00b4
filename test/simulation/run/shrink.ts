// From an evening that fails to a smaller one that fails the same way: fewer faults, then fewer buyers, for as long as it
// still breaks the same invariant.
import type { Design } from '../design.ts'
import { buyersUsually, type Report, simulate } from '../simulate.ts'

export interface Smaller {
  readonly seed: number
  readonly buyers: number
  readonly struck: readonly string[]
  readonly report: Report
  readonly tries: number
}

const buyersTried = [2, 3, 5, 8, 13, 25, 50]

/** @param triesMax evenings that it may play at most */
export async function shrink(failed: Report, design: Design, triesMax: number): Promise<Smaller> {
  const { seed } = failed
  const wanted = new Set(failed.violations.map(({ invariant }) => invariant))
  let tries = 0
  let best: Omit<Smaller, 'tries'> = { seed, buyers: buyersUsually, struck: failed.struck, report: failed }

  /** Whether it still fails; if so it is the best one yet. */
  const fails = async (buyers: number, struck: readonly string[]): Promise<boolean> => {
    if (tries++ >= triesMax) return false
    const report = await simulate({ seed, design, buyers, selection: new Set(struck) })
    const isSame = report.violations.some(({ invariant }) => wanted.has(invariant))
    if (isSame) best = { seed, buyers, struck: struck.filter((name) => report.struck.includes(name)), report }
    return isSame
  }

  // What a fault changes is everything after it: halves first, then quarters, down to single ones.
  const fewerFaults = async (): Promise<void> => {
    for (let parts = 2; best.struck.length > 0; ) {
      const { struck, buyers } = best
      const size = Math.ceil(struck.length / parts)
      let isSmaller = false
      for (let from = 0; from < struck.length && !isSmaller; from += size)
        isSmaller = await fails(buyers, [...struck.slice(0, from), ...struck.slice(from + size)])
      if (isSmaller) parts = Math.max(2, parts - 1)
      else if (size === 1 || tries >= triesMax) return
      else parts = Math.min(struck.length, parts * 2)
    }
  }

  if (!(await fails(buyersUsually, []))) await fewerFaults()
  for (const buyers of buyersTried) if (buyers < best.buyers && (await fails(buyers, best.struck))) break
  await fewerFaults()
  return { ...best, tries }
}
