// The visualizer: puts the parts together, knows where somebody is, and brings what is pushed to whoever shows it.

import { download, h, rememberFocus, s, setText } from '/common/dom.js'
import { devLogin, loginView } from '/common/login.js'
import { applyTheme, settings } from '/common/settings.js'
import * as api from './api.js'
import { Camera } from './camera.js'
import { ChartView } from './chart.js'
import { comparisonPanel } from './comparison.js'
import { chartTools, statusLine, topBar, wordsOf } from './frame.js'
import { OverdueNews, overduePanel } from './overdue.js'
import { branchPanel, statePanel } from './panel.js'
import { pictureOf } from './picture.js'
import { readPlace, writePlace } from './place.js'
import { wayPanel } from './way.js'
import { failure } from './words.js'

const [top, main] = ['top', 'main'].map((id) => document.getElementById(id))
let running = new AbortController()

async function build() {
  running.abort()
  running = new AbortController()
  const { signal } = running
  applyTheme()
  document.documentElement.lang = settings.language
  const words = wordsOf()
  document.title = `Holdfast: ${words.title}`
  if (api.login.token === null) return askWho(words)
  try {
    await open(words, signal)
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof api.Refused && error.status === 401) return logOut(words.dropped)
    if (error instanceof api.Refused && error.status === 403) return logOut(words.notAllowed)
    tell(failure(words, error))
    if (!error.isAway) return
    await api.pause()
    if (!signal.aborted) build()
  }
}

/** In the place of all else. */
function tell(text) {
  document.body.classList.remove('has-panel')
  const told = main.querySelector('.alone[role="alert"]')
  if (told === null) main.replaceChildren(h('p', { class: 'broken alone', role: 'alert' }, text))
  else setText(told, text)
}

function askWho(words, reason) {
  top.replaceChildren()
  document.body.classList.remove('has-panel')
  const tryOut = () => devLogin('visualizer', 'developer')
  main.replaceChildren(
    loginView(words, { reason, tryOut, tell: (error) => failure(words, error), done: build }),
  )
  document.getElementById('token').focus()
}

function logOut(reason) {
  running.abort()
  api.login.forget()
  askWho(wordsOf(), reason)
}

/** Where the address names a machine that is not there, the ways to those that are. */
function offer(machines, { words, wanted: { name, version }, signal }) {
  top.replaceChildren()
  document.body.classList.remove('has-panel')
  const links = machines.map((machine) =>
    h(
      'li',
      {},
      h('a', { class: 'link mono', href: writePlace(machine, {}) }, `${machine.name}@${machine.version}`),
    ),
  )
  main.replaceChildren(
    h('div', { class: 'alone' }, [
      h('h1', {}, words.noMachine(version === null ? name : `${name}@${version}`)),
      h('p', {}, words.thoseThere),
      h('ul', { class: 'plain' }, links),
    ]),
  )
  addEventListener('hashchange', build, { signal })
}

async function open(words, signal) {
  const machines = await api.machines()
  const wanted = readPlace(location.hash)
  const machine = machines.find(
    ({ name, version, isActive }) =>
      (wanted.name ?? name) === name && (wanted.version === null ? isActive : version === wanted.version),
  )
  if (machine === undefined) return offer(machines, { words, wanted, signal })
  if (wanted.name !== null && wanted.version === null) history.replaceState(null, '', writePlace(machine, {}))
  const chart = await api.chart(machine)
  if (signal.aborted) return

  const scene = s('g', { class: 'scene' })
  const stage = s(
    'svg',
    {
      class: 'stage',
      id: 'chart',
      role: 'group',
      tabindex: '-1',
      'aria-label': words.chartLabel(machine.name),
    },
    [s('defs', {}, tip()), scene],
  )
  const panel = h('aside', { class: 'panel', 'aria-labelledby': 'panel-title' })
  const again = new Set()
  const app = {
    words,
    machine,
    chart,
    language: settings.language,
    filter: { show: '', reason: '', age: 0 },
    overdue: new OverdueNews(),
    go: (place) => location.assign(writePlace(machine, place)),
    choose: (other) => location.assign(writePlace(other, {})),
    drawingOptions: () => ({
      direction: directionOf(stage),
      refusals: areRefusalsShown ? 'shown' : 'folded',
    }),
    walk,
    /** Where it failed for want of the server, `act` is called once that is back. */
    tryAgain(error, act) {
      if (error.isAway) again.add(act)
      return error.isAway === true
    },
    exportChart: () => take('SVG'),
  }
  const view = new ChartView(scene, {
    words,
    language: app.language,
    // In a comparison the places are those of both charts together.
    select: (place) => compared === null && app.go(place),
  })
  const status = statusLine(app)
  const canvas = h('div', { class: 'canvas' }, stage)
  const hadFocus = document.activeElement !== document.body
  const returnFocus = rememberFocus()
  top.replaceChildren(...topBar(app, { machines, rebuild: build, logOut: () => logOut() }).flat())
  main.replaceChildren(canvas, panel, status.element)
  if (hadFocus) returnFocus(stage)
  const camera = new Camera(stage, scene)

  let areRefusalsShown = false
  let last = null
  let shown = null
  let returnToOpener = null
  let way = null
  let compared = null
  let direction = null

  async function draw(comparison = null) {
    direction = directionOf(stage)
    const drawing = comparison?.drawing ?? (await api.drawing(machine, app.drawingOptions()))
    const returnFocus = rememberFocus()
    compared = comparison
    app.chart = comparison === null ? chart : { ...comparison.chart, rules: chart.rules }
    view.draw(app.chart, drawing)
    view.mark(comparison)
    camera.show(drawing)
    if (last !== null) showLive()
    canvas.querySelector('.tools')?.remove()
    canvas.append(chartTools(app, camera, { areRefusalsShown, toggleRefusals, take }))
    returnFocus()
  }

  /** The chart as it runs; where the server is away, once it is back. */
  async function redraw() {
    try {
      await draw()
      highlight()
    } catch (error) {
      if (!app.tryAgain(error, redrawLater)) throw error
    }
  }

  /** A comparison stays for as long as it is looked at; who leaves it has the chart drawn anyway. */
  function redrawLater() {
    if (readPlace(location.hash).view !== 'compare') redraw()
  }

  function showLive() {
    view.liveStates(last, machine.version)
    if (compared === null) view.liveFlows(last, machine.version)
  }

  function toggleRefusals() {
    areRefusalsShown = !areRefusalsShown
    redraw()
  }

  function walk(by) {
    if (way === null) return
    const step = Math.min(way.found.steps.length, Math.max(0, way.at + by))
    history.replaceState(null, '', writePlace(machine, { id: way.found.subject.id, step }))
    goTo(step)
  }

  function goTo(step) {
    way.at = step
    shown.show(step)
    view.way(way.found.steps, step)
  }

  async function take(kind) {
    const name = `${machine.name}-${machine.version}`
    if (kind === 'SVG') download(`${name}.svg`, 'image/svg+xml', pictureOf(stage, scene, view.drawing))
    else if (kind === 'Mermaid') await takeMermaid(name)
    else download(`${name}.json`, 'application/json', JSON.stringify(chart, null, 2))
  }

  async function takeMermaid(name) {
    try {
      download(`${name}.mmd`, 'text/plain', await api.mermaid(machine))
    } catch (error) {
      if (!app.tryAgain(error, () => takeMermaid(name))) throw error
    }
  }

  function show(next) {
    const before = shown
    before?.close?.()
    shown = next
    if (before === null) returnToOpener = rememberFocus()
    document.body.classList.toggle('has-panel', next !== null)
    if (next === null) {
      panel.replaceChildren()
      if (before !== null) returnToOpener(stage)
      return
    }
    const close = h(
      'button',
      { type: 'button', class: 'icon close', 'aria-label': words.close, on: { click: () => app.go({}) } },
      '×',
    )
    panel.replaceChildren(close, next.element)
    panel.scrollTop = 0
    if (last !== null) next.live(last)
    document.getElementById('panel-title')?.focus({ preventScroll: true })
  }

  /** On a drawing that is new. */
  function highlight() {
    view.select(readPlace(location.hash))
    view.way(way?.found.steps ?? null, way?.at ?? 0)
  }

  /** Shows what the address names. */
  async function arrive() {
    const place = readPlace(location.hash)
    if (place.name !== null && (place.name !== machine.name || place.version !== machine.version))
      return build()
    if (place.id !== undefined && way?.found.subject.id === place.id && shown?.show)
      return goTo(stepOf(place, way.found))
    way = null
    view.way(null, 0)
    view.select(place)
    const isKnown = chart.states.some(({ name }) => name === place.state)
    if (isKnown) show(statePanel(app, place.state))
    else if (chart.branches[place.branch] !== undefined) show(branchPanel(app, place.branch))
    else if (place.view === 'overdue') show(overduePanel(app))
    else if (place.view === 'compare') show(comparisonPanel(app, { machines, draw, end: redraw }))
    else if (place.id !== undefined) await openWay(place)
    else if ((place.state ?? place.branch ?? place.view) !== undefined)
      show(notice(words.nowhere, words.nowhereText))
    else show(null)
  }

  async function openWay(place) {
    const { hash } = location
    let found
    try {
      found = await api.way(machine, place.id)
    } catch (error) {
      if (location.hash !== hash) return
      show(notice(words.way, whyNoWay(words, place.id, error)))
      app.tryAgain(error, () => location.hash === hash && arrive())
      return
    }
    if (location.hash !== hash) return
    const decidedBy = found.steps.at(-1).machine
    const other = machines.find(({ name, version }) => `${name}@${version}` === decidedBy)
    if (other !== undefined && other !== machine) return location.replace(writePlace(other, place))
    app.subjectId = found.subject.id
    way = { found, at: stepOf(place, found) }
    show(wayPanel(app, found, way.at))
    view.way(found.steps, way.at)
  }

  await draw()
  await arrive()
  addEventListener('hashchange', () => arrive(), { signal })
  addEventListener('keydown', (event) => onKey(event, { walk, camera, close: () => app.go({}) }), { signal })
  // A telephone that is turned, and a panel that opens, want the other layout.
  const resized = new ResizeObserver(() => {
    if (directionOf(stage) !== direction && compared === null) redraw()
  })
  resized.observe(stage)
  signal.addEventListener('abort', () => resized.disconnect())
  const listener = {
    live(figures) {
      last = figures
      showLive()
      status.live(figures)
      shown?.live(figures)
      const due = [...again]
      again.clear()
      for (const act of due) act()
    },
    overdue(found) {
      app.overdue.tell(found)
    },
    lost(error) {
      status.lost()
      if (error instanceof api.Refused && error.status === 401) logOut(words.dropped)
    },
  }
  api.follow(machine.name, listener, signal)
}

/** Laid out from left to right a chart is about two and a half times as wide as high; from above, as wide as high. */
const directionOf = ({ clientWidth, clientHeight }) => (clientWidth > clientHeight * 1.75 ? 'right' : 'down')

const stepOf = ({ step }, { steps }) => (step === null ? steps.length : Math.min(step, steps.length))

/** Instead of a panel, what there is to say. */
const notice = (title, text) => ({
  element: h('section', { class: 'card-body' }, [
    h('h2', { id: 'panel-title', tabindex: '-1' }, title),
    h('p', { class: 'broken', role: 'alert' }, text),
  ]),
  live() {},
})

function whyNoWay(words, id, error) {
  if (error.status === 404) return words.noneSuch(id)
  return error.status === 400 ? `${words.noneSuch(id)} ${words.idForm}` : failure(words, error)
}

function onKey(event, { walk, camera, close }) {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  const acts = {
    ArrowLeft: () => walk(-1),
    ArrowRight: () => walk(1),
    '+': () => camera.zoom(1.25),
    '-': () => camera.zoom(1 / 1.25),
    0: () => camera.fitAll(),
    Escape: close,
  }
  const act = acts[event.key]
  if (act === undefined) return
  event.preventDefault()
  act()
}

const tip = () =>
  s(
    'marker',
    {
      id: 'tip',
      viewBox: '0 0 8 8',
      refX: 7,
      refY: 4,
      markerWidth: 11,
      markerHeight: 11,
      orient: 'auto',
      markerUnits: 'userSpaceOnUse',
    },
    s('path', { class: 'tip', d: 'M0 0.5 L7.5 4 L0 7.5 L2 4 Z' }),
  )

build()
