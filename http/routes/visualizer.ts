// What the visualizer has the server work out: where everything of a chart stands, and how two versions differ.
import { type Static, Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import { type Chart, chartOf } from '../../machines/chart.ts'
import { compare } from '../../visualizer/comparison.ts'
import type { Drawing } from '../../visualizer/drawing.ts'
import { Drawings } from '../../visualizer/drawings.ts'
import { mermaidOf } from '../../visualizer/mermaid.ts'
import { ChartSchema, MachineNameParameter, machineOf, VersionParameter } from '../chart-views.ts'
import type { App } from '../parts.ts'
import { answers, described, Named, Nullable, Strict, text } from '../schemas.ts'

const Point = Type.Object({ x: Type.Number(), y: Type.Number() })
const box = { x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() }
const Lines = Type.Array(Type.Object({ place: Type.Integer(), text: Type.String(), effects: Type.String() }))
const DrawingView = Named('ChartDrawing', {
  width: Type.Number(),
  height: Type.Number(),
  start: Type.Object({ ...Point.properties, arrow: Type.Array(Point) }),
  states: Type.Array(Type.Object({ ...box, name: Type.String(), isEnd: Type.Boolean(), refusals: Lines })),
  arrows: Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      branches: Lines,
      points: Type.Array(Point),
      label: Type.Object(box),
    }),
  ),
})
const DrawingQuery = Strict({
  direction: Type.Optional(Type.Enum(['right', 'down'])),
  refusals: Type.Optional(Type.Enum(['folded', 'shown'])),
})

const Label = text(64)
const Branch = Strict({
  from: Label,
  event: Label,
  to: Label,
  rule: Type.Union([Strict({ name: Label, mustHold: Type.Boolean() }), Type.Null()]),
  code: Nullable(Label),
  effects: Type.Array(Label, { maxItems: 16 }),
})
/** As `npm run chart -- FILE --json` prints it. */
const Candidate = Named('CandidateMachine', {
  initial: Label,
  states: Type.Array(Strict({ name: Label, isEnd: Type.Boolean() }), { minItems: 1, maxItems: 64 }),
  branches: Type.Array(Branch, { maxItems: 1_000 }),
  sources: Type.Optional(
    Type.Record(Type.String({ maxLength: 64 }), text(limits.ruleSourceLengthMax), {
      additionalProperties: false,
    }),
  ),
})
const Names = Type.Array(Type.String())
const Mark = Type.Enum(['same', 'added', 'removed', 'changed'])
const ComparisonView = Named('ChartComparison', {
  chart: ChartSchema,
  states: Type.Array(Mark),
  branches: Type.Array(Mark),
  before: Type.Array(Type.Union([ChartSchema.properties.branches.items, Type.Null()])),
  rules: Type.Object({ added: Names, removed: Names, changed: Names }),
  drawing: DrawingView,
})

export function visualizerRoutes(app: App): void {
  const drawings = new Drawings()
  const config = { access: ['developer', 'admin'] } as const
  const tags = ['machines']
  const params = Strict({ name: MachineNameParameter, version: VersionParameter })

  app.get(
    '/v1/machines/:name/:version/drawing',
    {
      config,
      schema: {
        tags,
        summary: 'Where everything of a chart stands when it is drawn',
        params,
        querystring: DrawingQuery,
        response: answers({ 200: described(DrawingView, 'Where every state, arrow and label stands') }),
      },
    },
    async ({ params: { name, version }, query }) =>
      showDrawing(await drawings.draw(chartOf(machineOf(name, version).machine), optionsOf(query))),
  )

  app.get(
    '/v1/machines/:name/:version/mermaid',
    {
      config,
      schema: {
        tags,
        summary: 'A chart as a Mermaid diagram',
        params,
        produces: ['text/plain'],
        response: answers({ 200: described(Type.String(), 'The diagram') }),
      },
    },
    async ({ params: { name, version } }, reply) =>
      reply.type('text/plain; charset=utf-8').send(mermaidOf(chartOf(machineOf(name, version).machine))),
  )

  app.post(
    '/v1/machines/:name/:version/comparison',
    {
      config,
      bodyLimit: limits.chartBodyBytesMax,
      schema: {
        tags,
        summary: 'What another version, or a candidate, adds, drops and changes',
        params,
        querystring: DrawingQuery,
        body: Type.Union(
          [Strict({ version: Type.Integer({ minimum: 1, maximum: 999_999 }) }), Strict({ chart: Candidate })],
          { examples: [{ version: 1 }] },
        ),
        response: answers({
          200: described(
            ComparisonView,
            'Both in one chart, what became of each of its parts, and its drawing',
          ),
        }),
      },
    },
    async ({ params: { name, version }, query, body }) => {
      const earlier = chartOf(machineOf(name, version).machine)
      const later = 'chart' in body ? checked(body.chart) : chartOf(machineOf(name, body.version).machine)
      const { chart, states, branches, before, rules } = compare(earlier, later)
      return {
        chart: { ...chart, states: [...chart.states], branches: chart.branches.map(showBranch) },
        states: [...states],
        branches: [...branches],
        before: before.map((branch) => branch && showBranch(branch)),
        rules: { added: [...rules.added], removed: [...rules.removed], changed: [...rules.changed] },
        drawing: showDrawing(await drawings.draw(chart, optionsOf(query))),
      }
    },
  )
}

const optionsOf = ({ direction = 'right', refusals = 'folded' }: Static<typeof DrawingQuery>) => ({
  direction,
  refusals,
})

/** @throws {HoldfastError} `invalid_request` where an arrow would hang in the air */
function checked(chart: Static<typeof Candidate>): Chart {
  const names = new Set(chart.states.map(({ name }) => name))
  if (names.size < chart.states.length)
    throw new HoldfastError('invalid_request', 'body.chart has a state twice.')
  for (const name of [chart.initial, ...chart.branches.flatMap(({ from, to }) => [from, to])])
    if (!names.has(name))
      throw new HoldfastError('invalid_request', `body.chart has no state ${JSON.stringify(name)}.`)
  return { sources: {}, ...chart }
}

const showBranch = ({ effects, ...branch }: Chart['branches'][number]) => ({
  ...branch,
  effects: [...effects],
})

const showDrawing = ({ width, height, start, states, arrows }: Drawing): Static<typeof DrawingView> => ({
  width,
  height,
  start: { ...start, arrow: [...start.arrow] },
  states: states.map((state) => ({ ...state, refusals: [...state.refusals] })),
  arrows: arrows.map((arrow) => ({ ...arrow, branches: [...arrow.branches], points: [...arrow.points] })),
})
