// A chart, or the path of one reservation over it, as a Mermaid state diagram: for documents, tickets and chats.
import { type Chart, type ChartBranch, isStay } from '../machines/chart.ts'

/** Refusals that leave the state as it is are left out: every event that a state does not name is refused in it. */
export function mermaidOf({ initial, states, branches }: Chart): string {
  return [
    'stateDiagram-v2',
    `  [*] --> ${initial}`,
    ...branches.filter((branch) => !isStay(branch)).map(arrowOf),
    ...states.filter(({ isEnd }) => isEnd).map(({ name }) => `  ${name} --> [*]`),
  ]
    .join('\n')
    .concat('\n')
}

function arrowOf({ from, to, event, rule, code, effects }: ChartBranch): string {
  const asks = rule === null ? '' : ` [${rule.mustHold ? '' : 'not '}${rule.name}]`
  const done = code ?? effects.filter((effect) => effect !== 'announce').join(', ')
  return `  ${from} --> ${to} : ${event}${asks}${done === '' ? '' : ` / ${done}`}`
}

/** One decision on the way of a reservation. */
export interface PathStep {
  readonly from: string
  readonly to: string
  readonly event: string
  readonly code: string | null
  /** RFC 3339. */
  readonly at: string
}

/** The steps in their order, each with its number. */
export function mermaidOfPath(initial: string, steps: readonly PathStep[]): string {
  return [
    'stateDiagram-v2',
    `  [*] --> ${initial}`,
    ...steps.map(({ from, to, event, code, at }, index) => {
      // A colon would end the label.
      const time = at.slice(11, 23).replaceAll(':', '∶')
      return `  ${from} --> ${to} : ${index + 1}. ${event}${code === null ? '' : ` / ${code}`} (${time})`
    }),
  ]
    .join('\n')
    .concat('\n')
}
