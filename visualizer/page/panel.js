// Beside the chart: what a state or a branch is, and who is or was there.

import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import { count, failure, moment, rate, span, stateName, whose } from './words.js'

/** @param app see main.js */
export function statePanel(app, name) {
  const { chart, words, language } = app
  const state = chart.states.find((each) => each.name === name)
  const refused = chart.branches
    .map((branch, place) => ({ ...branch, place }))
    .filter(({ from, to, code }) => from === name && to === name && code !== null)
  const reasons = [
    ...new Set(chart.branches.filter(({ to, code }) => to === name && code).map(({ code }) => code)),
  ]
  const figures = h('div')
  const kind = [name === chart.initial ? words.initial : '', state.isEnd ? words.end : ''].filter(Boolean)

  const element = h('section', { class: 'card-body' }, [
    h('p', { class: 'kind' }, [words.state, ...kind].join(' · ')),
    h(
      'h2',
      { class: 'mono', id: 'panel-title', tabindex: '-1' },
      name,
      ' ',
      h('small', {}, stateName(language, name)),
    ),
    figures,
    refused.length === 0
      ? null
      : h('details', {}, [
          h('summary', {}, `${words.refusedHere} (${refused.length})`),
          h(
            'ul',
            { class: 'plain' },
            refused.map(({ place }) => h('li', {}, branchLink(app, place))),
          ),
        ]),
    people(app, { state: name }, reasons, words.who),
    name === chart.initial ? h('p', { class: 'dim' }, words.undecided) : null,
  ])
  return {
    element,
    live({ versions, queued }) {
      const isQueue = name === 'queued' && name === chart.initial
      const rows = versions.map(({ version, states }) => ({
        version,
        ...(states.find((each) => each.state === name) ?? { count: 0, dwell: null }),
      }))
      const own = rows.find(({ version }) => version === app.machine.version)
      figures.replaceChildren(
        h('dl', { class: 'figures' }, [
          ...rows.flatMap(({ version, count: number }) =>
            figure(`${words.now}, ${words.version} ${version}`, count(language, isQueue ? queued : number)),
          ),
          ...(own?.dwell
            ? [
                ...figure(words.median, span(language, own.dwell.medianMs)),
                ...figure(words.p95, span(language, own.dwell.p95Ms)),
                ...figure(words.p99, own.dwell.p99Ms === null ? '–' : span(language, own.dwell.p99Ms)),
              ]
            : []),
        ]),
      )
    },
  }
}

export function branchPanel(app, place) {
  const { chart, words, language } = app
  const { from, to, event, rule, code, effects } = chart.branches[place]
  const told = rule === null ? null : chart.rules?.[rule.name]?.[language]
  const flow = h('dl', { class: 'figures' })
  const done = effects.filter((effect) => effect !== 'refuse')
  const element = h('section', { class: 'card-body' }, [
    h('p', { class: 'kind' }, words.branch),
    h(
      'h2',
      { class: 'mono', id: 'panel-title', tabindex: '-1' },
      event,
      ' ',
      h('small', {}, `${from} → ${to}`),
    ),
    h('div', { class: 'rule' }, [
      rule === null
        ? h('p', {}, words.otherwise)
        : [
            h('p', { class: 'dim' }, rule.mustHold ? words.mustHold : words.mustNotHold),
            h('p', { class: 'mono strong' }, rule.name),
            told ? h('p', { class: 'said' }, told.rule) : null,
            told && code !== null ? h('p', { class: 'said broken' }, `→ ${told.broken}`) : null,
          ],
      code === null ? null : h('p', {}, `${words.refusesWith} `, h('span', { class: 'chip bad mono' }, code)),
    ]),
    h('h3', {}, words.effects),
    done.length === 0
      ? h('p', { class: 'dim' }, '–')
      : h(
          'p',
          { class: 'chips' },
          done.map((effect) => h('span', { class: 'chip mono' }, effect)),
        ),
    h('h3', {}, words.flow),
    flow,
    people(app, { branch: place }, [], words.whoTook),
  ])
  return {
    element,
    live({ versions }) {
      const own = versions.find(({ version }) => version === app.machine.version)
      const { perSecond, lastMinute, total } = own?.flows.find(({ branch }) => branch === place) ?? {
        perSecond: 0,
        lastMinute: 0,
        total: 0,
      }
      flow.replaceChildren(
        ...figure(words.perSecond, rate(language, perSecond)),
        ...figure(words.lastMinute, count(language, lastMinute)),
        ...figure(words.total, count(language, total)),
      )
    },
  }
}

const figure = (name, value) => [h('div', {}, h('dt', {}, name), h('dd', {}, value))]

function branchLink(app, place) {
  const { event, rule, code } = app.chart.branches[place]
  const asks = rule === null ? '' : ` ${rule.mustHold ? '' : '¬'}${rule.name}`
  return h(
    'button',
    { type: 'button', class: 'link mono', on: { click: () => app.go({ branch: place }) } },
    `${event}${asks} → ${code}`,
  )
}

/** The list with its filters. */
function people(app, where, reasons, title) {
  const { words, filter } = app
  const list = h('ol', { class: 'people' })
  const more = h(
    'button',
    { type: 'button', class: 'quiet', hidden: true, on: { click: () => look(false) } },
    words.more,
  )
  const status = h('p', { class: 'dim', role: 'status' })
  let cursor = null
  let looks = 0

  async function look(isNew) {
    const own = ++looks
    if (isNew) {
      cursor = null
      list.replaceChildren()
    }
    more.hidden = true
    try {
      const { items, nextCursor } = await api.subjects(app.machine, {
        ...where,
        showId: filter.show,
        code: 'state' in where ? filter.reason : null,
        ageMax: filter.age > 0 ? filter.age : null,
        ageMin: filter.age < 0 ? -filter.age : null,
        limit: 20,
        cursor,
      })
      if (own !== looks) return
      list.append(...items.map((item) => h('li', {}, person(app, item.subject, item))))
      cursor = nextCursor
      more.hidden = nextCursor === null
      setText(status, list.children.length === 0 ? words.nobody : '')
    } catch (error) {
      if (own !== looks) return
      setText(status, failure(words, error))
      app.tryAgain(error, () => own === looks && element.isConnected && look(isNew))
    }
  }

  const set = (name, read) => ({
    change(event) {
      filter[name] = read(event.target.value)
      look(true)
    },
  })
  const ages = [
    ['0', words.anyAge],
    ...Object.entries(words.ages),
    ...Object.entries(words.olderThan).map(([seconds, text]) => [`-${seconds}`, text]),
  ]
  const element = h('div', {}, [
    h('h3', {}, title),
    h('div', { class: 'filters' }, [
      labelled(
        words.show,
        h('input', {
          type: 'text',
          value: filter.show,
          placeholder: words.allShows,
          pattern: '[A-Za-z0-9_\\-]*',
          spellcheck: 'false',
          on: set('show', (value) => value.trim()),
        }),
      ),
      reasons.length === 0
        ? null
        : labelled(
            words.reason,
            options(
              [['', words.anyReason], ...reasons.map((code) => [code, code])],
              '',
              set('reason', (code) => code),
            ),
          ),
      labelled(words.age, options(ages, String(filter.age), set('age', Number))),
    ]),
    list,
    status,
    more,
  ])
  filter.reason = ''
  look(true)
  return element
}

const labelled = (text, control) => h('label', {}, h('span', {}, text), control)

const options = (entries, chosen, on) =>
  h(
    'select',
    { on },
    entries.map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
  )

/** One subject as a row that opens its way. */
export function person({ words, language, go }, subject, decision) {
  const at = decision?.at ?? subject.updatedAt
  return h(
    'button',
    { type: 'button', class: 'person', on: { click: () => go({ id: subject.id, step: null }) } },
    [
      h('span', { class: 'mono id' }, subject.id),
      h('span', { class: 'dim row' }, [
        h('span', {}, `${whose(words, subject)} `, h('b', {}, subject.userId || '–')),
        subject.seats.length > 0 ? h('span', {}, words.seats(subject.seats.length)) : null,
        decision?.code ? h('span', { class: 'chip bad mono' }, decision.code) : null,
        subject.deadline ? h('span', {}, `${words.deadline} ${moment(language, subject.deadline)}`) : null,
        h('time', { datetime: at }, words.ago(span(language, Math.max(0, Date.now() - Date.parse(at))))),
      ]),
    ],
  )
}
