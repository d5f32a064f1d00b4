// One reservation as it stands: its seats, how long they are held, and what can be done. Live, whoever changes it.

import { follow } from '/common/ask.js'
import { h, setText } from '/common/dom.js'
import { money } from '/common/money.js'
import { Actions, isOver } from './actions.js'
import * as api from './api.js'
import * as catalogue from './catalogue.js'
import { Countdown } from './countdown.js'
import { moment } from './format.js'
import { historyPanel } from './history.js'
import { whenLost } from './notice.js'
import { places } from './place.js'
import { codeText } from './problems.js'

export async function reservationView(app, { id }) {
  const reservation = await api.reservation(id)
  const show = await catalogue.show(reservation.showId)
  const [concert, sectionNames] = await Promise.all([
    catalogue.concert(show.concertId),
    catalogue.sectionNames(show.id),
  ])
  app.signal.throwIfAborted()
  const view = new ReservationView(app, { show, sectionNames, reservation })
  view.begin()
  return { title: concert.name, element: view.element(concert) }
}

class ReservationView {
  #app
  #show
  #sectionNames
  #reservation
  #badge = h('span', { class: 'badge' })
  #text = h('p', { class: 'state-text', role: 'status' })
  #countdown
  #seats = h('ul', { class: 'plain chosen' })
  #sum = h('p', { class: 'sum' })
  #actions
  #history

  constructor(app, { show, sectionNames, reservation }) {
    this.#app = app
    this.#show = show
    this.#sectionNames = sectionNames
    this.#reservation = reservation
    this.#countdown = new Countdown(app, () => this.#timeIsUp())
    this.#actions = new Actions(app, show, (changed) => this.#update(changed))
    this.#history = historyPanel(app, reservation.id)
  }

  begin() {
    const app = this.#app
    this.#update(this.#reservation)
    const listener = {
      reservation: (reservation) => {
        app.notice.tell('reservation', null)
        this.#update(reservation)
      },
      lost: whenLost(app, 'reservation', app.signal),
    }
    follow(api.reservationStream(this.#reservation.id), listener, app.signal)
  }

  element(concert) {
    const { words, language } = this.#app
    return h('div', { class: 'stack wide-gap narrow' }, [
      h('div', { class: 'stack show-head' }, [
        h('a', { class: 'link back', href: places.mine }, words.toMine),
        h('h1', {}, concert.name),
        h('p', { class: 'show-facts' }, [moment(language, this.#show.startsAt), this.#badge]),
      ]),
      h('section', { class: 'card stack', 'aria-label': words.reservation }, [
        this.#text,
        this.#countdown.element,
        this.#seats,
        this.#sum,
        this.#actions.element,
      ]),
      this.#history.element,
    ])
  }

  #update(reservation) {
    this.#reservation = reservation
    const { words, language } = this.#app
    const { state, seats, amount, currency, holdExpiresAt } = reservation
    this.#badge.dataset.state = state
    setText(this.#badge, words.states[state])
    this.#countdown.until(state === 'held' ? Date.parse(holdExpiresAt) : null)
    setText(this.#text, isOver(reservation) ? words.timeIsUp : this.#stateText(reservation))
    this.#seats.replaceChildren(...seats.map((seat) => this.#row(seat)))
    const sum = `${words.seatCount(seats.length)} · ${money(language, amount, currency)}`
    setText(this.#sum, seats.length === 0 ? '' : sum)
    this.#actions.show(reservation)
    this.#history.refresh()
  }

  #stateText({ state, lastCommand }) {
    const why = state === 'rejected' ? codeText(this.#app, lastCommand?.code) : null
    return why ?? this.#app.words.stateTexts[state]
  }

  #row({ section, row, number, price }) {
    const { words, language } = this.#app
    return h('li', {}, [
      h('span', {}, words.seat(this.#sectionNames.get(section) ?? section, row, number)),
      h('span', { class: 'dim' }, money(language, price, this.#reservation.currency)),
    ])
  }

  #timeIsUp() {
    setText(this.#text, this.#app.words.timeIsUp)
    this.#actions.show(this.#reservation)
  }
}
