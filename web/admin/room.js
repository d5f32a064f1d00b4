// The waiting room of a show: how people are let in, how many wait, stop and go.
import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import { confirmed } from './confirm.js'
import { field, formOf } from './form.js'
import { count } from './formats.js'
import { outcomeLine } from './outcome.js'
import { send } from './send.js'

const minuteMs = 60_000
const figures = ['waiting', 'admitted', 'admittedPerSecond', 'admittedTotal', 'noShows']

/** @param again reads the show anew */
export function roomCard(app, id, again) {
  const { words, language } = app
  const state = h('span', { class: 'chip', role: 'status', id: 'room-state' })
  const shown = figures.map((name) => [name, h('dd', {}, '–')])
  const stock = h('p', { class: 'dim', hidden: true })
  const outcome = outcomeLine(words)
  const form = inletForm(app, id, again)
  let isPaused = false
  const toggle = h('button', { type: 'button', class: 'quiet', id: 'pause-room', on: { click: turn } })
  return {
    element: h('section', { class: 'card', hidden: true, 'aria-labelledby': 'room-title' }, [
      h('div', { class: 'row between' }, [h('h2', { id: 'room-title' }, words.roomTitle), state]),
      h(
        'dl',
        { class: 'figures' },
        shown.map(([name, figure]) => h('div', {}, [h('dt', {}, words.room[name]), figure])),
      ),
      stock,
      h('div', { class: 'row' }, toggle),
      outcome.element,
      h('h3', {}, words.inletTitle),
      form.element,
    ]),
    tell(inlet) {
      isPaused = inlet.isPaused
      setText(state, isPaused ? words.roomPaused : words.roomOpen)
      state.dataset.state = isPaused ? 'paused' : 'open'
      for (const [name, figure] of shown) setText(figure, count(language, inlet[name]))
      setText(toggle, isPaused ? words.letInAgain : words.letNobodyIn)
      stock.hidden = inlet.stock === null
      if (inlet.stock !== null) setText(stock, words.stock(count(language, inlet.stock.insideMax)))
      form.tell(inlet)
    },
  }

  async function turn() {
    const act = isPaused ? 'resume' : 'pause'
    const question = { title: words.pauseRoom(id), text: words.pauseRoomMeans, yes: words.letNobodyIn }
    if (act === 'pause' && !(await confirmed(app, question))) return
    send(app, outcome, { path: api.inletPath(id, act), method: 'POST' }, () => {
      outcome.done(act === 'pause' ? words.roomIsPaused : words.roomGoesOn)
      again()
    })
  }
}

function inletForm(app, id, again) {
  const { words } = app
  const number = (name, others) =>
    field(words, {
      name,
      label: words.inlet[name],
      type: 'number',
      required: true,
      inputmode: 'decimal',
      ...others,
    })
  const check = (name, hint) => field(words, { name, label: words.inlet[name], type: 'checkbox', hint })
  const form = formOf(app, {
    name: `room ${id}`,
    fields: [
      number('ratePerSecond', { min: 0.01, max: 5_000, step: 'any' }),
      number('admittedMax', { min: 1, max: 1_000_000, step: 1, inputmode: 'numeric' }),
      number('sessionMinutes', { min: 0.02, max: 1_440, step: 'any', hint: words.inlet.sessionHint }),
      check('lottery', words.inlet.lotteryHint),
      check('followsStock', words.inlet.followsStockHint),
    ],
    submitLabel: words.save,
    act: save,
  })
  return {
    element: form.element,
    tell: ({ sessionTtlMs, ...inlet }) => form.show({ ...inlet, sessionMinutes: sessionTtlMs / minuteMs }),
  }

  function save() {
    const { ratePerSecond, admittedMax, sessionMinutes, lottery, followsStock } = form.values()
    const body = {
      ratePerSecond: Number(ratePerSecond),
      admittedMax: Number(admittedMax),
      sessionTtlMs: Math.round(Number(sessionMinutes) * minuteMs),
      lottery,
      followsStock,
    }
    return send(
      app,
      form.outcome,
      { path: api.inletPath(id), method: 'PUT', body },
      () => {
        form.taken()
        form.outcome.done(words.saved)
        again()
      },
      form.pointAt,
    )
  }
}
