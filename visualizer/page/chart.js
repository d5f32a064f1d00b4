// Draws a chart where the server laid it out, and shows on it what happens: counts, flows, a way through it, marks.
import { actAsButton, s, setText } from '/common/dom.js'
import { count, rate, shortSpan, stateName } from './words.js'

const lineHeight = 18
const padding = 10
const headHeight = 96
const hues = ['queued', 'held', 'paid', 'expired', 'rejected', 'cancelled', 'refunded', 'open', 'paused']

// Texts end in a blank, so that whoever hears them hears words; a group is named by the texts in it.

/** Known states have a colour of their own, others one of those that are left, by their place. */
const hueOf = (name, place) => (hues.includes(name) ? name : `other-${place % 4}`)

export class ChartView {
  #states = new Map()
  #branches = new Map()
  #arrows = []
  #select

  /** @param select called with `{ state }` or `{ branch }` */
  constructor(scene, { language, words, select }) {
    this.scene = scene
    this.language = language
    this.words = words
    this.#select = select
  }

  draw(chart, drawing) {
    this.chart = chart
    this.drawing = drawing
    this.#states.clear()
    this.#branches.clear()
    this.#arrows = drawing.arrows.map((arrow) => this.#arrow(arrow))
    const { start } = drawing
    this.scene.replaceChildren(
      s('g', { class: 'start' }, [
        s('circle', { cx: start.x, cy: start.y, r: 6 }),
        s('path', { class: 'arrow', d: rounded(start.arrow), 'marker-end': 'url(#tip)' }),
      ]),
      ...this.#arrows.map(({ line }) => line),
      ...drawing.states.map((state, place) => this.#state(state, place)),
      ...this.#arrows.map(({ label }) => label),
    )
  }

  #state({ name, isEnd, x, y, width, height, refusals }, place) {
    const number = s('text', {
      class: 'count',

      x: width - 14,
      y: 38,
      'text-anchor': 'end',
    })
    const dwell = s('text', { class: 'dwell', x: 18, y: 82 })
    const translated = stateName(this.language, name)
    const group = s(
      'g',
      {
        class: `state${isEnd ? ' end' : ''}`,
        transform: `translate(${x} ${y})`,
        data: { state: name, hue: hueOf(name, place) },
      },
      [
        s('rect', { class: 'halo', x: -5, y: -5, width: width + 10, height: height + 10, rx: 19 }),
        s('rect', { class: 'card', width, height, rx: 14 }),
        isEnd
          ? s('rect', { class: 'inner', x: 4, y: 4, width: width - 8, height: height - 8, rx: 11 })
          : null,
        s('rect', { class: 'bar', x: 0, y: 18, width: 4, height: 26, rx: 2 }),
        s('text', { class: 'name', x: 18, y: 36 }, `${name} `),
        s('text', { class: 'translated', x: 18, y: 56 }, `${translated} `),
        number,
        dwell,
      ],
    )
    const button = actAsButton(group, () => this.#select({ state: name }))
    this.#states.set(name, { group, number, dwell })
    if (refusals.length === 0) return button
    const lines = this.#lines(refusals, width)
    lines.setAttribute('transform', `translate(${x} ${y + headHeight})`)
    return s('g', {}, [button, lines])
  }

  #arrow({ from, to, branches, points, label }) {
    const d = rounded(points)
    const flow = s('path', { class: 'flow', d })
    const line = s('g', { class: 'edge', data: { from, to } }, [
      s('path', { class: 'arrow', d, 'marker-end': 'url(#tip)' }),
      flow,
    ])
    const lines = this.#lines(branches, label.width)
    const group = s(
      'g',
      { class: 'label', transform: `translate(${label.x} ${label.y})`, data: { from, to } },
      [s('rect', { class: 'plate', width: label.width, height: label.height, rx: 9 }), lines],
    )
    return { from, to, places: branches.map(({ place }) => place), line, flow, label: group }
  }

  /** One branch a line; what is done stands below it. */
  #lines(branches, width) {
    let y = padding / 2
    return s(
      'g',
      { class: 'lines' },
      branches.map(({ place, text, effects }) => {
        const height = effects === '' ? lineHeight : 2 * lineHeight
        const counted = s('text', {
          class: 'rate',

          x: width - padding,
          y: y + 13,
          'text-anchor': 'end',
        })
        const group = s('g', { class: 'branch', data: { branch: place } }, [
          s('rect', { class: 'hit', x: 3, y, width: width - 6, height, rx: 6 }),
          s('text', { class: 'line', x: padding, y: y + 13 }, this.#words(place, text)),
          effects === ''
            ? null
            : s('text', { class: 'effects', x: padding, y: y + 13 + lineHeight }, effects),
          counted,
        ])
        y += height
        actAsButton(group, () => this.#select({ branch: place }))
        this.#branches.set(place, { group, counted })
        return group
      }),
    )
  }

  /** The line's text, its parts told apart by their looks. */
  #words(place, text) {
    const { event, code } = this.chart.branches[place]
    const refusal = code === null ? '' : ` → ${code}`
    const asks = text.slice(event.length, text.length - refusal.length)
    return [
      s('tspan', { class: 'event' }, event),
      s('tspan', { class: 'guard' }, asks),
      s('tspan', { class: 'code' }, `${refusal} `),
    ]
  }

  /** How many are in each state of one version now. */
  liveStates({ versions, queued }, version) {
    const own = versions.find((each) => each.version === version)
    const states = new Map(own?.states.map((state) => [state.state, state]))
    for (const [name, { number, dwell }] of this.#states) {
      const state = states.get(name)
      const isQueue = name === this.chart.initial && this.chart.initial === 'queued'
      const text = count(this.language, isQueue ? queued : (state?.count ?? 0))
      if (number.textContent !== '' && number.textContent !== `${text} `) pulse(this.#states.get(name).group)
      setText(number, `${text} `)
      setText(dwell, state?.dwell ? `${this.#dwell(state.dwell)} ` : '')
    }
  }

  /** How often each branch is taken now; of the chart that runs, not of a comparison. */
  liveFlows({ versions }, version) {
    const own = versions.find((each) => each.version === version)
    const flows = new Map(own?.flows.map((flow) => [flow.branch, flow]))
    for (const [place, { counted, group }] of this.#branches) {
      const { perSecond = 0, lastMinute = 0 } = flows.get(place) ?? {}
      setText(counted, perSecond > 0 ? `${rate(this.language, perSecond)}/s` : '')
      group.classList.toggle('lately', lastMinute > 0)
    }
    for (const { places, flow, line } of this.#arrows) {
      const perSecond = places.reduce((sum, place) => sum + (flows.get(place)?.perSecond ?? 0), 0)
      line.classList.toggle('flows', perSecond > 0)
      flow.setAttribute('stroke-width', (1.5 + Math.log2(1 + perSecond)).toFixed(2))
      flow.dataset.pace = perSecond >= 50 ? 'fast' : perSecond >= 5 ? 'brisk' : 'calm'
    }
  }

  #dwell({ medianMs, p95Ms }) {
    return `${shortSpan(this.language, medianMs)} · p95 ${shortSpan(this.language, p95Ms)}`
  }

  /** What the panel speaks of; null for nothing. */
  select(selection) {
    for (const [name, { group }] of this.#states)
      group.classList.toggle('selected', selection?.state === name)
    for (const [place, { group }] of this.#branches)
      group.classList.toggle('selected', selection?.branch === place)
  }

  /** The way of one reservation up to `at`; null takes it away. */
  way(steps, at) {
    this.scene.classList.toggle('has-way', steps !== null)
    const taken = (steps ?? []).slice(0, at)
    const last = taken.at(-1)
    const visited = new Set([this.chart.initial, ...taken.map(({ to }) => to)])
    const branches = new Set(taken.map(({ branch }) => branch))
    for (const [name, { group }] of this.#states) {
      group.classList.toggle('visited', steps !== null && visited.has(name))
      group.classList.toggle('here', steps !== null && name === (last?.to ?? this.chart.initial))
    }
    for (const [place, { group }] of this.#branches) {
      group.classList.toggle('taken', branches.has(place))
      group.classList.toggle('just-taken', last?.branch === place)
    }
    for (const { places, line, label } of this.#arrows) {
      const isTaken = places.some((place) => branches.has(place))
      for (const element of [line, label]) {
        element.classList.toggle('taken', isTaken)
        element.classList.toggle('just-taken', last !== undefined && places.includes(last.branch))
      }
    }
  }

  /** How two versions differ; null takes the marks away. */
  mark(comparison) {
    for (const [name, { group }] of this.#states) {
      const place = this.chart.states.findIndex((state) => state.name === name)
      setMark(group, comparison?.states[place])
    }
    for (const [place, { group }] of this.#branches) setMark(group, comparison?.branches[place])
    for (const { places, line } of this.#arrows) {
      const marks = new Set(places.map((place) => comparison?.branches[place]))
      setMark(line, marks.size === 1 ? [...marks][0] : comparison ? 'changed' : undefined)
    }
  }
}

function setMark(element, mark) {
  if (mark === undefined) delete element.dataset.mark
  else element.dataset.mark = mark
}

function pulse(group) {
  group.classList.remove('pulse')
  // So that the animation begins anew.
  group.getBoundingClientRect()
  group.classList.add('pulse')
}

/** A line through the points, its corners rounded. */
function rounded(points) {
  const radius = 10
  const [first, ...rest] = points
  if (first === undefined) return ''
  let d = `M${first.x} ${first.y}`
  let from = first
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1]
    if (next === undefined) d += ` L${point.x} ${point.y}`
    else {
      const [before, after] = [towards(point, from, radius), towards(point, next, radius)]
      d += ` L${before.x} ${before.y} Q${point.x} ${point.y} ${after.x} ${after.y}`
    }
    from = point
  }
  return d
}

function towards(from, to, distance) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const share = Math.min(distance, length / 2) / length
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}
