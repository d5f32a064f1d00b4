// Commands that were given up on, each with its reason; and to try one again.
import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import { field, formOf } from './form.js'
import { day } from './formats.js'
import { showPlace } from './place.js'
import { rowsIn } from './rows.js'
import { pageLinks } from './sales.js'
import { command } from './send.js'
import { watch } from './watch.js'

export function parkedView(app, { cursor }) {
  const { words } = app
  const list = h('ul', { class: 'cards' })
  const tell = rowsIn(
    list,
    ({ id }) => id,
    (item) => ({ element: parkedCard(app, item), tell() {} }),
  )
  const state = h('p', { class: 'dim reading', role: 'status' }, words.reading)
  const pages = pageLinks(app, cursor, '#/parked')
  watch(
    app,
    () => api.parked(cursor, app.signal),
    ({ items, nextCursor }) => {
      tell(items)
      setText(state, items.length === 0 ? words.nothingParked : words.parkedText)
      pages.tell(nextCursor)
    },
  )
  return { title: words.parked, element: [state, list, pages.element] }
}

function parkedCard(app, parked) {
  const { words, language } = app
  const { id, at, reason, showId, command: order } = parked
  const facts = [
    [words.since, h('time', { datetime: at }, day(language, at))],
    [words.ofShow, showId === null ? '–' : h('a', { href: showPlace(showId) }, showId)],
    ...(order === null
      ? []
      : [
          [words.about, h('span', { class: 'mono' }, order.subjectId)],
          [words.askedBy, h('span', { class: 'mono' }, order.userId)],
        ]),
    [words.number, h('span', { class: 'mono' }, id)],
  ]
  return h('li', { class: 'card', data: { parked: id } }, [
    h('h2', {}, order === null ? words.noCommand : (words.commands[order.type] ?? order.type)),
    h('p', { class: 'reason', lang: 'en' }, reason),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([term, value]) => h('div', {}, [h('dt', {}, term), h('dd', {}, value)])),
    ),
    order === null ? h('p', { class: 'dim' }, words.cannotRetry) : retryForm(app, id),
  ])
}

function retryForm(app, id) {
  const { words } = app
  const form = formOf(app, {
    name: `retry ${id}`,
    fields: [
      field(words, { name: `reason-${id}`, label: words.retryReason, hint: words.retryHint, maxlength: 255 }),
    ],
    submitLabel: words.retry,
    act() {
      const reason = form.values()[`reason-${id}`]
      const body = reason === '' ? {} : { reason }
      return command(app, form.outcome, { path: api.retryPath(id), body, isOnce: true }, ({ state }) => {
        form.empty()
        form.outcome.done(words.retried(words.states[state] ?? state))
      })
    },
  })
  return form.element
}
