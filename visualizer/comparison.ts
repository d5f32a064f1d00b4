// Two versions of a machine in one chart: what the later one adds, drops and changes. Pure.
import type { Chart, ChartBranch, ChartState } from '../machines/chart.ts'

export type Mark = 'same' | 'added' | 'removed' | 'changed'

export interface Comparison {
  /** The states and branches of both. A branch that changed stands in it as the later version has it. */
  readonly chart: Chart
  readonly states: readonly Mark[]
  /** Of the chart's branches, by their places. */
  readonly branches: readonly Mark[]
  /** How a branch that changed was before; null of all others. */
  readonly before: readonly (ChartBranch | null)[]
  readonly rules: Readonly<Record<'added' | 'removed' | 'changed', readonly string[]>>
}

export function compare(earlier: Chart, later: Chart): Comparison {
  const states = [...later.states, ...earlier.states.filter(({ name }) => !has(later.states, name))]
  const marked = [...eventsOf(earlier, later)].flatMap(([from, event]) =>
    compareBranches(branchesAt(earlier, from, event), branchesAt(later, from, event)),
  )
  const [rulesBefore, rulesAfter] = [rulesOf(earlier), rulesOf(later)]
  return {
    chart: {
      initial: later.initial,
      states,
      branches: marked.map(({ branch }) => branch),
      sources: { ...earlier.sources, ...later.sources },
    },
    states: states.map((state) => markOf(state, earlier, later)),
    branches: marked.map(({ mark }) => mark),
    before: marked.map(({ before }) => before),
    rules: {
      added: [...rulesAfter].filter((rule) => !rulesBefore.has(rule)),
      removed: [...rulesBefore].filter((rule) => !rulesAfter.has(rule)),
      changed: [...rulesAfter].filter((rule) => {
        const [before, after] = [sourceOf(earlier, rule), sourceOf(later, rule)]
        return before !== undefined && after !== undefined && before !== after
      }),
    },
  }
}

/** A candidate's rule may be named as a member that every object has. */
const sourceOf = ({ sources }: Chart, rule: string): string | undefined =>
  Object.hasOwn(sources, rule) ? sources[rule] : undefined

function markOf({ name, isEnd }: ChartState, earlier: Chart, later: Chart): Mark {
  const before = earlier.states.find((state) => state.name === name)
  if (before === undefined) return 'added'
  if (!has(later.states, name)) return 'removed'
  const isInitialInOne = (earlier.initial === name) !== (later.initial === name)
  return before.isEnd !== isEnd || isInitialInOne ? 'changed' : 'same'
}

interface MarkedBranch {
  readonly branch: ChartBranch
  readonly mark: Mark
  readonly before: ChartBranch | null
}

/** Of one event in one state. The order counts: branches are tried one after the other. */
function compareBranches(earlier: readonly ChartBranch[], later: readonly ChartBranch[]): MarkedBranch[] {
  const kept = inSameOrder(earlier, later)
  const left = earlier.filter((branch) => !kept.has(branch))
  const marked = later.map((branch): MarkedBranch => {
    if ([...kept.values()].includes(branch)) return { branch, mark: 'same', before: null }
    const place = [isSame, hasSameRule, leadsToSame]
      .map((isLike) => left.findIndex((other) => isLike(other, branch)))
      .find((found) => found >= 0)
    if (place === undefined) return { branch, mark: 'added', before: null }
    const [before = branch] = left.splice(place, 1)
    return { branch, mark: 'changed', before }
  })
  return [...marked, ...left.map((branch): MarkedBranch => ({ branch, mark: 'removed', before: null }))]
}

/** The longest list of branches that both have in the same order, from the earlier one to the later one. */
function inSameOrder(
  earlier: readonly ChartBranch[],
  later: readonly ChartBranch[],
): Map<ChartBranch, ChartBranch> {
  const [first, ...rest] = earlier
  if (first === undefined) return new Map()
  const without = inSameOrder(rest, later)
  const place = later.findIndex((branch) => isSame(first, branch))
  const match = later[place]
  if (match === undefined) return without
  const withFirst = new Map([[first, match], ...inSameOrder(rest, later.slice(place + 1))])
  return withFirst.size > without.size ? withFirst : without
}

const isSame = (one: ChartBranch, other: ChartBranch): boolean =>
  JSON.stringify(fixed(one)) === JSON.stringify(fixed(other))

const fixed = ({ from, event, to, rule, code, effects }: ChartBranch) => [
  ...[from, event, to, code, ...effects],
  rule?.name ?? null,
  rule?.mustHold ?? null,
]

const hasSameRule = (one: ChartBranch, other: ChartBranch): boolean =>
  one.rule?.name === other.rule?.name && one.rule?.mustHold === other.rule?.mustHold

const leadsToSame = (one: ChartBranch, other: ChartBranch): boolean =>
  one.to === other.to && one.code === other.code

const branchesAt = ({ branches }: Chart, from: string, event: string): ChartBranch[] =>
  branches.filter((branch) => branch.from === from && branch.event === event)

/** Each pair of state and event once, as the later chart orders them, then those that only the earlier has. */
function eventsOf(earlier: Chart, later: Chart): Iterable<[from: string, event: string]> {
  const pairs = new Map<string, [string, string]>()
  for (const { from, event } of [...later.branches, ...earlier.branches])
    pairs.set(JSON.stringify([from, event]), [from, event])
  return pairs.values()
}

const rulesOf = ({ branches }: Chart): Set<string> =>
  new Set(branches.flatMap(({ rule }) => (rule === null ? [] : [rule.name])))

const has = (states: readonly ChartState[], name: string): boolean =>
  states.some((state) => state.name === name)
