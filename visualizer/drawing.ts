// Where everything of a chart stands on the page: elkjs lays out, the page draws. One arrow for all branches that lead from
// one state to another, with a line of text each; refusals, which lead nowhere, stand as lines in their state.
import elk, { type ElkNode } from 'elkjs/lib/elk.bundled.js'
import { type Chart, type ChartBranch, isStay } from '../machines/chart.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A branch, as the line or two of text that stand for it. */
export interface DrawnBranch {
  /** Its place in the chart. */
  readonly place: number
  readonly text: string
  /** What is done, on a line of its own; empty where nothing is that would be worth one. */
  readonly effects: string
}

export interface DrawnState extends Box {
  readonly name: string
  readonly isEnd: boolean
  /** The branches that stand in it; none while refusals are folded. */
  readonly refusals: readonly DrawnBranch[]
}

export interface DrawnArrow {
  readonly from: string
  readonly to: string
  readonly branches: readonly DrawnBranch[]
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly label: Box
}

export interface Drawing {
  readonly width: number
  readonly height: number
  /** The dot from which the arrow to the initial state comes. */
  readonly start: { readonly x: number; readonly y: number; readonly arrow: DrawnArrow['points'] }
  readonly states: readonly DrawnState[]
  readonly arrows: readonly DrawnArrow[]
}

export interface DrawingOptions {
  readonly direction: 'right' | 'down'
  readonly refusals: 'folded' | 'shown'
}

/** What the page's style sheet gives a line of text, in px; its font is one whose letters are all equally wide. */
const letterWidth = 6.65
const lineHeight = 18
const labelPadding = 10
/** What is counted of a branch stands behind it, in so many letters. */
const countLetters = 7
const stateWidth = 176
const stateHeight = 96
const startId = '*'

/** Every accepted branch announces itself: that goes without saying. */
const plainEffects = new Set(['refuse', 'announce'])

function drawnBranch({ event, rule, code, effects }: ChartBranch, place: number): DrawnBranch {
  const asks = rule === null ? '' : ` ${rule.mustHold ? '' : '¬'}${rule.name}`
  return {
    place,
    text: `${event}${asks}${code === null ? '' : ` → ${code}`}`,
    effects: effects.filter((effect) => !plainEffects.has(effect)).join(' · '),
  }
}

function roomFor(branches: readonly DrawnBranch[]): { width: number; height: number } {
  const letters = branches.map(({ text, effects }) => Math.max(text.length + countLetters, effects.length))
  const lines = branches.reduce((sum, { effects }) => sum + (effects === '' ? 1 : 2), 0)
  return {
    width: Math.max(0, ...letters) * letterWidth + 2 * labelPadding,
    height: lines === 0 ? 0 : lines * lineHeight + labelPadding,
  }
}

export async function draw(chart: Chart, { direction, refusals }: DrawingOptions): Promise<Drawing> {
  const stays = new Map<string, DrawnBranch[]>(chart.states.map(({ name }) => [name, []]))
  const bundles = new Map<string, DrawnBranch[]>()
  for (const [place, branch] of chart.branches.entries()) {
    const drawn = drawnBranch(branch, place)
    const key = JSON.stringify([branch.from, branch.to])
    if (!isStay(branch)) bundles.set(key, [...(bundles.get(key) ?? []), drawn])
    else if (refusals === 'shown') stays.get(branch.from)?.push(drawn)
  }
  const arrows = [...bundles].map(([key, branches], index): Arrow => {
    const [from, to] = JSON.parse(key) as [string, string]
    return { id: `arrow ${index}`, from, to, branches }
  })
  const laidOut = await new elk.default().layout({
    id: 'chart',
    layoutOptions: optionsFor(direction),
    children: [
      { id: startId, width: 14, height: 14 },
      ...chart.states.map(({ name }) => {
        const { width, height } = roomFor(stays.get(name) ?? [])
        return {
          id: `state ${name}`,
          width: Math.max(stateWidth, width),
          height: stateHeight + height,
        }
      }),
    ],
    edges: [
      { id: startId, sources: [startId], targets: [`state ${chart.initial}`] },
      ...arrows.map(({ id, from, to, branches }) => ({
        id,
        sources: [`state ${from}`],
        targets: [`state ${to}`],
        labels: [{ id: `${id} label`, text: ' ', ...roomFor(branches) }],
      })),
    ],
  })
  return readLayout(laidOut, chart, arrows, stays)
}

const optionsFor = (direction: DrawingOptions['direction']): Record<string, string> => ({
  'elk.algorithm': 'layered',
  'elk.direction': direction === 'right' ? 'RIGHT' : 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.edgeLabels.inline': 'true',
  'elk.padding': '[top=24,left=24,bottom=24,right=24]',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '28',
  'elk.spacing.edgeEdge': '18',
  'elk.spacing.edgeLabel': '6',
  'elk.layered.spacing.nodeNodeBetweenLayers': '44',
  'elk.layered.spacing.edgeNodeBetweenLayers': '26',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.crossingMinimization.semiInteractive': 'true',
})

type Arrow = Omit<DrawnArrow, 'points' | 'label'> & { readonly id: string }

function readLayout(
  laidOut: ElkNode,
  chart: Chart,
  arrows: readonly Arrow[],
  stays: ReadonlyMap<string, readonly DrawnBranch[]>,
): Drawing {
  const nodes = new Map(laidOut.children?.map((node) => [node.id, boxOf(node)]))
  const edges = new Map(laidOut.edges?.map((edge) => [edge.id, edge]))
  const pointsOf = (id: string): DrawnArrow['points'] => {
    const [section] = edges.get(id)?.sections ?? []
    if (section === undefined) return []
    return [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({ x, y }))
  }
  const start = nodes.get(startId) ?? boxOf({})
  return {
    width: Math.ceil(laidOut.width ?? 0),
    height: Math.ceil(laidOut.height ?? 0),
    start: { x: start.x + start.width / 2, y: start.y + start.height / 2, arrow: pointsOf(startId) },
    states: chart.states.map(({ name, isEnd }) => ({
      name,
      isEnd,
      refusals: stays.get(name) ?? [],
      ...(nodes.get(`state ${name}`) ?? boxOf({})),
    })),
    arrows: arrows.map(({ id, from, to, branches }) => ({
      from,
      to,
      branches,
      points: pointsOf(id),
      label: boxOf(edges.get(id)?.labels?.[0] ?? {}),
    })),
  }
}

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({ x, y, width, height })
