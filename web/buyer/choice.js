// What was chosen: the seats, what they cost together, and the way to hold them. Says who came first, and what is free near by.

import { h, setText } from '/common/dom.js'
import { money } from '/common/money.js'

export class Choice {
  #app
  #listener
  #list = h('ul', { class: 'plain chosen' })
  #sum = h('p', { class: 'sum' })
  #hint = h('p', { class: 'dim' })
  #told = h('div', { class: 'stack told', role: 'alert' })
  #button

  /** @param listener `nameOf` a seat, `drop` and `take` one, `hold` them all */
  constructor(app, listener) {
    const { words } = app
    this.#app = app
    this.#listener = listener
    const click = () => listener.hold()
    this.#button = h('button', { type: 'button', class: 'primary', id: 'hold', on: { click } }, words.hold)
    this.element = h('section', { class: 'card stack choice', 'aria-labelledby': 'choice-title' }, [
      h('h2', { id: 'choice-title' }, words.yourChoice),
      this.#told,
      this.#list,
      this.#hint,
      h('div', { class: 'choice-foot' }, [this.#sum, this.#button]),
    ])
  }

  show(seats, { currency, seatLimit, canHold }) {
    const { words, language } = this.#app
    const hadFocus = this.#list.contains(document.activeElement)
    this.#list.replaceChildren(...seats.map((seat) => this.#row(seat, currency)))
    const sum = seats.reduce((all, { price }) => all + price, 0)
    setText(
      this.#sum,
      seats.length === 0 ? '' : `${words.seatCount(seats.length)} · ${money(language, sum, currency)}`,
    )
    this.element.classList.toggle('empty', seats.length === 0)
    setText(this.#hint, seats.length === 0 ? words.choiceHint(seatLimit) : '')
    this.#button.disabled = seats.length === 0 || !canHold
    if (hadFocus) (this.#list.querySelector('button') ?? this.#button).focus()
  }

  #row(seat, currency) {
    const { words, language } = this.#app
    const name = this.#listener.nameOf(seat)
    return h('li', {}, [
      h('span', {}, name),
      h('span', { class: 'dim' }, money(language, seat.price, currency)),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet sign',
          'aria-label': words.drop(name),
          on: { click: () => this.#listener.drop(seat) },
        },
        '×',
      ),
    ])
  }

  busy(isBusy) {
    this.#button.classList.toggle('busy', isBusy)
    setText(this.#button, isBusy ? this.#app.words.holding : this.#app.words.hold)
  }

  /** @param nearby free seats to take instead */
  tell(text, nearby = []) {
    if (text === null) return this.#told.replaceChildren()
    const { words } = this.#app
    this.#told.replaceChildren(
      h('p', { class: 'bad' }, text),
      ...(nearby.length === 0 ? [] : [h('p', {}, words.freeNearby), this.#offers(nearby)]),
    )
  }

  #offers(nearby) {
    const take = (seat) => (event) => {
      event.currentTarget.closest('li').remove()
      this.#listener.take(seat)
    }
    const { words } = this.#app
    const offer = (seat) =>
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          data: { offer: seat.id },
          'aria-label': this.#listener.nameOf(seat),
          on: { click: take(seat) },
        },
        words.seat('', seat.row, seat.number),
      )
    return h(
      'ul',
      { class: 'plain offers' },
      nearby.map((seat) => h('li', {}, offer(seat))),
    )
  }
}
