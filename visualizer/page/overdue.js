// Who stands out: past the deadline, waiting long, parked, sent again.
import { h, setText } from '/common/dom.js'
import { person } from './panel.js'
import { count, span } from './words.js'

/** What the server told last, for whoever shows it now and later. */
export class OverdueNews {
  #found = null
  #listeners = new Set()

  tell(found) {
    this.#found = found
    for (const listener of this.#listeners) listener(found)
  }

  listen(listener) {
    this.#listeners.add(listener)
    if (this.#found !== null) listener(this.#found)
    return () => this.#listeners.delete(listener)
  }
}

const kinds = ['pastDeadline', 'waitingLong', 'parked', 'redriven']

/** The numbers in one button. */
export function overdueChips({ words, language, overdue, go }) {
  const chips = kinds.map((kind) => ({
    kind,
    number: h('b', {}, '–'),
    element: h('span', { class: 'overdue-chip' }),
  }))
  for (const { kind, number, element } of chips) element.append(number, ` ${words[kind]}`)
  const button = h(
    'button',
    { type: 'button', class: 'overdue', on: { click: () => go({ view: 'overdue' }) } },
    chips.map(({ element }) => element),
  )
  overdue.listen((found) => {
    for (const { kind, number, element } of chips) {
      const { length } = found[kind]
      setText(number, length >= 50 ? '50+' : count(language, length))
      element.classList.toggle('some', length > 0)
    }
  })
  return button
}

export function overduePanel(app) {
  const { words, language, overdue } = app
  const lists = new Map(kinds.map((kind) => [kind, h('div')]))
  const element = h('section', { class: 'card-body' }, [
    h('p', { class: 'kind' }, words.overdue),
    h('h2', { id: 'panel-title', tabindex: '-1' }, words.overdue),
    ...kinds.map((kind) => h('div', {}, [h('h3', {}, words[kind]), lists.get(kind)])),
  ])
  const stop = overdue.listen((found) => {
    for (const [kind, list] of lists) {
      const rows = found[kind].map((each) => row(app, kind, each))
      list.replaceChildren(
        rows.length === 0
          ? h('p', { class: 'dim' }, words.nobody)
          : h(
              'ol',
              { class: 'people' },
              rows.map((each) => h('li', {}, each)),
            ),
      )
    }
  })
  return { element, live() {}, close: stop }

  function row(given, kind, each) {
    if (kind === 'pastDeadline' || kind === 'waitingLong') return person(given, each)
    const ago = words.ago(span(language, Math.max(0, Date.now() - Date.parse(each.at))))
    const text = kind === 'parked' ? each.reason : each.redriveOf
    const content = [
      h('span', { class: 'mono id' }, each.subjectId ?? each.id),
      h('span', { class: 'dim row' }, [h('span', {}, text), h('time', { datetime: each.at }, ago)]),
    ]
    if (each.subjectId === null) return h('div', { class: 'person' }, content)
    const open = { click: () => given.go({ id: each.subjectId, step: null }) }
    return h('button', { type: 'button', class: 'person', on: open }, content)
  }
}
