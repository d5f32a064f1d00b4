// What is made of a chart without a browser: diagrams, drawings, and the comparison of two versions.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { branchFinder, type Chart, type ChartBranch, chartOf } from '../../machines/chart.ts'
import { registry } from '../../machines/registry.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { compare } from '../../visualizer/comparison.ts'
import { withDiagram } from '../../visualizer/document.ts'
import { draw } from '../../visualizer/drawing.ts'
import { mermaidOf } from '../../visualizer/mermaid.ts'

const root = join(import.meta.dirname, '../..')
const chart = chartOf(reservationV1)
const command = (...given: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'ops/chart.ts'), ...given], { cwd: root })

test('the diagram in docs/ARCHITECTURE.md is the chart that runs', (t) => {
  const document = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8')
  t.is(
    withDiagram(document, 'reservation', mermaidOf(chart)),
    document,
    'npm run chart -- reservation --into docs/ARCHITECTURE.md',
  )
})

test('npm run chart prints a machine, registered or in a file, as Mermaid and as data', async (t) => {
  t.is((await command('reservation')).stdout, mermaidOf(chart))
  t.deepEqual(JSON.parse((await command('reservation', '--version', '1', '--json')).stdout), chart)
  t.deepEqual(JSON.parse((await command('./machines/reservation.ts', '--json')).stdout), chart)
  const failure = await t.throwsAsync(command('nothing'))
  t.regex(failure?.message ?? '', /There is no machine nothing\.\nnpm run chart/)
})

test('a diagram has every arrow that leads on, and every end', (t) => {
  const lines = mermaidOf(chart).split('\n')
  for (const { from, to, event, rule } of chart.branches.filter(({ from, to }) => from !== to)) {
    const asks = rule === null ? '' : ` [${rule.mustHold ? '' : 'not '}${rule.name}]`
    t.true(lines.some((line) => line.startsWith(`  ${from} --> ${to} : ${event}${asks}`)))
  }
  for (const { name, isEnd } of chart.states) t.is(lines.includes(`  ${name} --> [*]`), isEnd)
})

test('everything of a chart is drawn, and no two states overlap', async (t) => {
  for (const { machine } of registry)
    for (const direction of ['right', 'down'] as const) {
      const chart = chartOf(machine)
      const drawing = await draw(chart, { direction, refusals: 'shown' })
      const drawn = [
        ...drawing.states.map((state) => state.refusals),
        ...drawing.arrows.map((arrow) => arrow.branches),
      ]
      t.deepEqual(
        drawn
          .flat()
          .map(({ place }) => place)
          .sort((a, b) => a - b),
        [...chart.branches.keys()],
      )
      for (const one of drawing.states)
        for (const other of drawing.states)
          t.true(
            one === other ||
              one.x + one.width <= other.x ||
              other.x + other.width <= one.x ||
              one.y + one.height <= other.y ||
              other.y + other.height <= one.y,
            `${one.name} and ${other.name}`,
          )
    }
})

test('the branch that was taken is the first whose rule was answered as it asks', (t) => {
  const find = branchFinder(chart)
  const taken = (event: string, verdicts: Record<string, boolean>) =>
    chart.branches[find('held', event, verdicts)]
  t.is(taken('pay', { isBeforeDeadline: false })?.code, 'hold_expired')
  t.is(taken('pay', { isBeforeDeadline: true, balanceCoversAmount: false })?.code, 'insufficient_balance')
  t.is(taken('pay', { isBeforeDeadline: true, balanceCoversAmount: true })?.to, 'paid')
  t.is(find('held', 'sing', {}), -1)
})

const branch = (event: string, values: Partial<ChartBranch> = {}): ChartBranch => ({
  from: 'a',
  event,
  to: 'b',
  rule: null,
  code: null,
  effects: ['announce'],
  ...values,
})
const of = (branches: ChartBranch[], states = ['a', 'b'], sources: Chart['sources'] = {}): Chart => ({
  initial: 'a',
  states: states.map((name) => ({ name, isEnd: false })),
  branches,
  sources,
})
const rule = (name: string) => ({ name, mustHold: true })
const marks = (earlier: Chart, later: Chart) => {
  const { chart: both, branches, states } = compare(earlier, later)
  return [
    ...both.states.map(({ name }, place) => `${name} ${states[place]}`),
    ...both.branches.map(
      ({ event, rule: asks, to }, place) => `${event}${asks ? ` ${asks.name}` : ''} ${to} ${branches[place]}`,
    ),
  ].filter((line) => !line.endsWith(' same'))
}

for (const [what, earlier, later, expected] of [
  ['nothing', of([branch('pay')]), of([branch('pay')]), []],
  ['a state', of([]), of([], ['a', 'b', 'c']), ['c added']],
  ['a dropped state', of([], ['a', 'b', 'c']), of([]), ['c removed']],
  ['a branch', of([branch('pay')]), of([branch('pay'), branch('extend')]), ['extend b added']],
  ['a dropped branch', of([branch('pay'), branch('extend')]), of([branch('pay')]), ['extend b removed']],
  ['another target', of([branch('pay')]), of([branch('pay', { to: 'a' })]), ['pay a changed']],
  [
    'another rule',
    of([branch('pay', { rule: rule('x') })]),
    of([branch('pay', { rule: rule('y') })]),
    ['pay y b changed'],
  ],
  ['another effect', of([branch('pay')]), of([branch('pay', { effects: ['debit'] })]), ['pay b changed']],
  [
    'another order',
    of([branch('pay', { rule: rule('x'), to: 'a' }), branch('pay', { rule: rule('y') })]),
    of([branch('pay', { rule: rule('y') }), branch('pay', { rule: rule('x'), to: 'a' })]),
    ['pay x a changed'],
  ],
] as readonly [string, Chart, Chart, string[]][])
  test(`compared with the version before, ${what} shows`, (t) => {
    t.deepEqual(marks(earlier, later), expected)
  })

test('a rule that judges otherwise under the same name shows, however it is laid out', (t) => {
  const asking = [branch('pay', { rule: rule('x') }), branch('extend', { rule: rule('y') })]
  const before = of(asking, ['a', 'b'], { x: '(a) => a > 1', y: '() => true' })
  const after = of(asking, ['a', 'b'], { x: '(a) => a > 2', y: '() => true' })
  t.deepEqual(compare(before, after).rules, { added: [], removed: [], changed: ['x'] })
  t.deepEqual(compare(before, of(asking)).rules.changed, [], 'a chart that says nothing of it')
  const odd = [branch('pay', { rule: rule('constructor') })]
  const told = of(odd, ['a', 'b'], { constructor: '() => true' })
  t.deepEqual(compare(of(odd), told).rules.changed, [], 'nor does it of a rule with a name that objects know')

  const { config, implementations } = reservationV1
  const guards = { ...implementations.guards, isBeforeDeadline: () => true }
  const lenient = chartOf({ config, implementations: { ...implementations, guards } })
  t.deepEqual(compare(chart, lenient).rules.changed, ['isBeforeDeadline'])
})

test('each machine is the same as itself', (t) => {
  for (const { machine } of registry) t.deepEqual(marks(chartOf(machine), chartOf(machine)), [])
})
