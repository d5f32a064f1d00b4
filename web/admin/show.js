// One show: stop its sale and let it go on, see who has its seats, and let people in.
import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import { confirmed } from './confirm.js'
import { count, day } from './formats.js'
import { outcomeLine } from './outcome.js'
import { roomCard } from './room.js'
import { rowsIn } from './rows.js'
import { seatFigures, seatsOf } from './seats.js'
import { command } from './send.js'
import { watch } from './watch.js'

export function showView(app, { id }) {
  const { words, signal, language } = app
  const about = h('p', { class: 'dim reading' }, words.reading)
  const sale = saleCard(app, id, () => again())
  const seats = seatFigures(app)
  const sections = sectionTable(app)
  const room = roomCard(app, id, () => again())
  const noRoom = h('p', { class: 'dim', hidden: true }, words.noRoom)
  const cards = h('div', { class: 'stack', hidden: true }, [
    sale.element,
    room.element,
    noRoom,
    h('section', { class: 'card', 'aria-labelledby': 'seats-title' }, [
      h('h2', { id: 'seats-title' }, words.seatsTitle),
      seats.element,
      sections.element,
    ]),
  ])
  const again = watch(app, read, ({ show, found, inlet }) => {
    cards.hidden = false
    setText(about, `${show.concertId} · ${show.venueId} · ${words.begins(day(language, show.startsAt))}`)
    sale.tell(show)
    seats.tell(seatsOf(found.items))
    sections.tell(found.items)
    room.element.hidden = inlet === null
    noRoom.hidden = inlet !== null
    if (inlet !== null) room.tell(inlet)
  })
  return {
    title: id,
    element: [
      about,
      h('p', { class: 'row' }, [
        h(
          'a',
          { class: 'way', href: app.visualizer('show', `of/${encodeURIComponent(id)}`) },
          words.saleInVisualizer,
        ),
        h('a', { class: 'way', href: app.visualizer('reservation') }, words.watchInVisualizer),
      ]),
      cards,
    ],
  }

  async function read() {
    const show = await api.show(id, signal)
    const [found, inlet] = await Promise.all([
      api.sections(id, signal),
      show.hasWaitingRoom ? api.inlet(id, signal) : null,
    ])
    return { show, found, inlet }
  }
}

function saleCard(app, id, again) {
  const { words, language } = app
  const state = h('span', { class: 'chip', role: 'status', id: 'sale' })
  const meaning = h('p', { class: 'dim' })
  const outcome = outcomeLine(words)
  const order = (act, done) =>
    command(app, outcome, { path: api.salePath(id, act) }, () => {
      outcome.done(done)
      again()
    })
  const pause = async () => {
    const question = { title: words.pauseSale(id), text: words.pauseMeans, yes: words.pause }
    if (await confirmed(app, question)) order('pause', words.salePaused)
  }
  const resume = () => order('resume', words.saleResumed)
  const button = (name, kind, label, act) =>
    h('button', { type: 'button', class: kind, id: name, on: { click: act } }, label)
  const [stop, go] = [
    button('pause-sale', 'quiet danger', words.pause, pause),
    button('resume-sale', 'primary', words.resume, resume),
  ]
  return {
    element: h('section', { class: 'card', 'aria-labelledby': 'sale-title' }, [
      h('div', { class: 'row between' }, [h('h2', { id: 'sale-title' }, words.saleTitle), state]),
      meaning,
      h('div', { class: 'row' }, [stop, go]),
      outcome.element,
    ]),
    tell(show) {
      setText(state, words.sale[show.sale])
      state.dataset.state = show.sale
      const [opens, closes] = [show.opensAt, show.closesAt].map((time) => day(language, time))
      setText(meaning, words.saleMeans[show.sale](opens, closes))
      // Before the opening and after the end its times hide which of the two it is.
      swap(stop, show.sale !== 'paused', go)
      swap(go, show.sale !== 'open', stop)
    },
  }
}

/** The keyboard goes to the other button where this one goes away. */
function swap(button, isShown, other) {
  if (button.hidden !== isShown) return
  const hadKeyboard = document.activeElement === button
  button.hidden = !isShown
  if (!hadKeyboard) return
  other.hidden = false
  other.focus()
}

function sectionTable({ words, language }) {
  const body = h('tbody')
  const tell = rowsIn(
    body,
    ({ id }) => id,
    ({ name }) => {
      const cells = ['free', 'held', 'sold', 'total'].map((kind) => [kind, h('td')])
      return {
        element: h('tr', {}, [h('th', { scope: 'row' }, name), cells.map(([, cell]) => cell)]),
        tell: (section) => cells.map(([kind, cell]) => setText(cell, count(language, section[kind]))),
      }
    },
  )
  const heads = [words.section, words.seats.free, words.seats.held, words.seats.sold, words.total]
  return {
    element: h('details', {}, [
      h('summary', {}, words.bySection),
      h('table', {}, [
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            heads.map((head) => h('th', { scope: 'col' }, head)),
          ),
        ),
        body,
      ]),
    ]),
    tell,
  }
}
