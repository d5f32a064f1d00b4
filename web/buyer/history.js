// What happened to a reservation and why, in the server's words.
import { h } from '/common/dom.js'
import * as api from './api.js'
import { timeOfDay } from './format.js'

export function historyPanel(app, id) {
  const { words, language } = app
  const list = h('ol', { class: 'plain history' })
  const element = h('details', { class: 'card', on: { toggle: refresh } }, [
    h('summary', {}, words.history),
    list,
  ])
  async function refresh() {
    if (!element.open) return
    // Shown again with the next change; it is no reason to disturb anybody.
    const { items } = await api.history(id, language).catch(() => ({ items: [] }))
    if (items.length === 0 || app.signal.aborted) return
    list.replaceChildren(
      ...items.map(({ at, text }) =>
        h('li', {}, [
          h('time', { class: 'dim small', datetime: at }, timeOfDay(language, at)),
          h('span', {}, text),
        ]),
      ),
    )
  }
  return { element, refresh }
}
