// Pays a reservation back: look it up, see what it is, and confirm.

import { h } from '/common/dom.js'
import { money } from '/common/money.js'
import * as api from './api.js'
import { confirmed } from './confirm.js'
import { field, formOf } from './form.js'
import { command } from './send.js'

export function refundView(app) {
  const { words } = app
  const form = formOf(app, {
    name: 'refund',
    fields: [
      field(words, {
        name: 'reservation',
        label: words.reservationId,
        hint: words.reservationHint,
        required: true,
        spellcheck: 'false',
        maxlength: 128,
      }),
    ],
    submitLabel: words.refund,
    act: ask,
  })
  return {
    title: words.refundTitle,
    element: [
      h('p', { class: 'dim' }, words.refundText),
      h('section', { class: 'card narrow' }, form.element),
    ],
  }

  async function ask() {
    const id = form.values().reservation
    const found = await lookedUp(id)
    if (found === null) return
    const { language } = app
    const state = words.states[found.state] ?? found.state
    if (found.state !== 'paid') return form.outcome.fault(words.notPaid(id, state))
    const question = {
      title: words.refundAsk(money(language, found.amount, found.currency)),
      text: [words.refundWhat(id, found.seats.length, state), words.refundMeans],
      yes: words.refund,
    }
    if (!(await confirmed(app, question))) return
    return command(app, form.outcome, { path: api.refundPath(id), isOnce: true }, (answer) => {
      form.empty()
      form.outcome.done(words.refunded(id, words.states[answer.state] ?? answer.state), wayOf(id))
    })
  }

  async function lookedUp(id) {
    try {
      form.outcome.busy()
      const found = await api.reservation(id, app.signal)
      form.outcome.clear()
      app.reached()
      return found
    } catch (error) {
      if (app.signal.aborted || app.isOut(error)) return null
      if (error.isAway) form.outcome.fault(words.awayNow)
      else form.outcome.refused(error)
      return null
    }
  }

  function wayOf(id) {
    const href = app.visualizer('reservation', `of/${encodeURIComponent(id)}`)
    return h('a', { href }, words.wayInVisualizer)
  }
}
