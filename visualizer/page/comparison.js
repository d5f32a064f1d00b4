// Two versions side by side in one drawing: another registered one, or a candidate that is dropped onto the page.

import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import { count, failure } from './words.js'

/** @param draw shows the comparison in the chart's place, @param end the chart as it runs */
export function comparisonPanel(app, { machines, draw, end }) {
  const { words, language, machine } = app
  const others = machines.filter(({ name, version }) => name === machine.name && version !== machine.version)
  const status = h('p', { class: 'dim', role: 'status' })
  const result = h('div')
  const alive = h('p', { class: 'dim' })

  async function compare(later, name) {
    let comparison
    try {
      comparison = await api.comparison(machine, later, app.drawingOptions())
    } catch (error) {
      setText(status, failure(words, error))
      app.tryAgain(error, () => element.isConnected && compare(later, name))
      return
    }
    draw(comparison)
    result.replaceChildren(h('div', { class: 'comparison' }, differences(app, comparison, name)))
    setText(status, '')
  }

  async function read(file) {
    try {
      const { initial, states, branches, sources = {} } = JSON.parse(await file.text())
      const chart = {
        initial,
        states: states.map(({ name, isEnd }) => ({ name, isEnd })),
        branches: branches.map(({ from, event, to, rule, code, effects }) => ({
          from,
          event,
          to,
          rule,
          code,
          effects,
        })),
        sources,
      }
      await compare({ chart }, file.name)
    } catch {
      setText(status, words.unreadable)
    }
  }

  const file = h('input', {
    type: 'file',
    accept: '.json,application/json',
    id: 'candidate',
    class: 'visually-hidden',
    on: { change: () => file.files[0] && read(file.files[0]) },
  })
  const drop = h(
    'label',
    {
      class: 'drop',
      for: 'candidate',
      on: {
        dragover(event) {
          event.preventDefault()
          drop.classList.add('over')
        },
        dragleave: () => drop.classList.remove('over'),
        drop(event) {
          event.preventDefault()
          drop.classList.remove('over')
          const [given] = event.dataTransfer.files
          if (given) read(given)
        },
      },
    },
    words.dropCandidate,
  )
  const element = h('section', { class: 'card-body' }, [
    h('p', { class: 'kind' }, words.compare),
    h('h2', { class: 'mono', id: 'panel-title', tabindex: '-1' }, `${machine.name}@${machine.version}`),
    alive,
    h('h3', {}, words.compareWith),
    others.map(({ version }) =>
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          on: { click: () => compare({ version }, `${machine.name}@${version}`) },
        },
        `${words.version} ${version}`,
      ),
    ),
    h('div', { class: 'drop-field' }, [file, drop]),
    h('p', { class: 'dim small mono' }, words.candidateHint),
    status,
    result,
  ])
  return {
    element,
    live({ versions }) {
      const told = versions.map(({ version, states }) => {
        const number = states.reduce((sum, state) => sum + state.count, 0)
        return words.alive(count(language, number), version)
      })
      setText(alive, told.join(' · '))
    },
    close: end,
  }
}

function differences({ words }, { chart, states, branches, before, rules }, name) {
  const numbers = { added: 0, removed: 0, changed: rules.changed.length }
  for (const mark of [...states, ...branches]) if (mark !== 'same') numbers[mark]++
  const rows = [
    ...chart.states.map((state, place) => ({ mark: states[place], text: state.name, was: null })),
    ...chart.branches.map((branch, place) => ({
      mark: branches[place],
      text: lineOf(branch),
      was: before[place] && lineOf(before[place]),
    })),
  ].filter(({ mark }) => mark !== 'same')
  const isSame = [rows, ...Object.values(rules)].every(({ length }) => length === 0)
  return [
    h('h3', {}, `${words.candidate}: `, h('span', { class: 'mono' }, name)),
    h(
      'p',
      { class: 'chips' },
      Object.entries(numbers).map(([mark, number]) =>
        h('span', { class: 'chip', data: { mark } }, `${number} ${words.marks[mark]}`),
      ),
    ),
    isSame ? h('p', {}, words.noDifference) : null,
    h(
      'ul',
      { class: 'differences' },
      rows.map(({ mark, text, was }) =>
        h('li', { data: { mark } }, [
          h('span', { class: 'mono' }, `${signs[mark]} ${text}`),
          was === null ? null : h('span', { class: 'mono dim' }, `${words.was}: ${was}`),
        ]),
      ),
    ),
    ruleList(words.rulesAdded, rules.added, 'added'),
    ruleList(words.rulesRemoved, rules.removed, 'removed'),
    ruleList(words.rulesChanged, rules.changed, 'changed'),
  ]
}

const signs = { added: '+', removed: '−', changed: '~' }

const ruleList = (title, names, mark) =>
  names.length === 0
    ? null
    : h('p', { class: 'chips' }, [
        h('span', { class: 'dim' }, title),
        ...names.map((name) => h('span', { class: 'chip mono', data: { mark } }, name)),
      ])

function lineOf({ from, event, to, rule, code, effects }) {
  const asks = rule === null ? '' : ` ${rule.mustHold ? '' : '¬'}${rule.name}`
  const done = code ?? effects.join(', ')
  return `${from} –${event}${asks}→ ${to} / ${done}`
}
