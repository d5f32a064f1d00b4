// A machine's chart as plain data, for whoever draws or explains it: states, and for each event in each state its
// branches in the order in which they are tried.
import type { AnyStateMachine } from 'xstate'

export interface ChartState {
  readonly name: string
  /** Nothing leads on from here. */
  readonly isEnd: boolean
}

export interface ChartBranch {
  readonly from: string
  readonly event: string
  /** The same as `from` where the state stays. */
  readonly to: string
  /** The rule that this branch asks; null for the last one, which takes whatever is left. */
  readonly rule: { readonly name: string; readonly mustHold: boolean } | null
  /** The code of a refusal. */
  readonly code: string | null
  /** What is done, by name. */
  readonly effects: readonly string[]
}

/** A refusal that leaves the state as it is: nothing to draw an arrow for. */
export const isStay = ({ from, to, code }: ChartBranch): boolean => from === to && code !== null

export interface Chart {
  readonly initial: string
  readonly states: readonly ChartState[]
  readonly branches: readonly ChartBranch[]
  /** The source of each rule that is asked, so that one that judges otherwise under the same name shows. */
  readonly sources: Readonly<Record<string, string>>
}

type ActionConfig = { readonly type: string; readonly params?: { readonly code?: string } }

interface BranchConfig {
  readonly target?: string
  readonly guard?: string | { readonly guards: readonly string[] }
  /** Functions change the context only, and are not shown. */
  readonly actions?: ActionConfig | readonly (ActionConfig | (() => void))[]
}

interface StateConfig {
  readonly tags?: string
  readonly on: Readonly<Record<string, BranchConfig | readonly BranchConfig[]>>
}

/** Of a flat machine whose guards are names or negated names, as ours are. */
export function chartOf(machine: Pick<AnyStateMachine, 'config' | 'implementations'>): Chart {
  const { config, implementations } = machine
  const states = Object.entries(config.states as unknown as Readonly<Record<string, StateConfig>>)
  const branches = states.flatMap(([from, { on }]) =>
    Object.entries(on).flatMap(([event, given]) =>
      [given].flat().map((branch) => branchOf(from, event, branch as BranchConfig)),
    ),
  )
  const rules = new Set(branches.flatMap(({ rule }) => (rule === null ? [] : [rule.name])))
  return {
    initial: String(config.initial),
    states: states.map(([name, { tags }]) => ({ name, isEnd: tags === 'end' })),
    branches,
    sources: Object.fromEntries([...rules].map((name) => [name, sourceOf(implementations.guards[name])])),
  }
}

/** However it is laid out. */
const sourceOf = (rule: unknown): string => String(rule).replace(/\s+/g, ' ')

function branchOf(from: string, event: string, { target, guard, actions = [] }: BranchConfig): ChartBranch {
  const effects = [actions].flat().filter((action) => typeof action === 'object') as ActionConfig[]
  return {
    from,
    event,
    to: target ?? from,
    rule: ruleOf(guard),
    code: effects.find(({ type }) => type === 'refuse')?.params?.code ?? null,
    effects: effects.map(({ type }) => type),
  }
}

function ruleOf(guard: BranchConfig['guard']): ChartBranch['rule'] {
  if (guard === undefined) return null
  if (typeof guard === 'string') return { name: guard, mustHold: true }
  return { name: String(guard.guards[0]), mustHold: false }
}

/** Which branch of the chart was taken, by its place in `branches`; -1 where the chart has none. */
export type BranchFinder = (
  from: string,
  event: string,
  verdicts: Readonly<Record<string, boolean>>,
) => number

/** As the machine does: the first branch whose rule was answered as it asks, or that asks nothing. */
export function branchFinder({ branches }: Chart): BranchFinder {
  const places = new Map<string, number[]>()
  for (const [place, { from, event }] of branches.entries()) {
    const key = `${from} ${event}`
    const known = places.get(key)
    if (known) known.push(place)
    else places.set(key, [place])
  }
  return (from, event, verdicts) =>
    places.get(`${from} ${event}`)?.find((place) => {
      const rule = branches[place]?.rule ?? null
      return rule === null || verdicts[rule.name] === rule.mustHold
    }) ?? -1
}
