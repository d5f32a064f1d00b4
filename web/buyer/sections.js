// The sections of a show: what they cost, and how many seats are left.

import { h, setText } from '/common/dom.js'
import { money } from '/common/money.js'
import { count } from './format.js'

export class Sections {
  #app
  #choose
  #cards = new Map()
  #list = h('ul', { class: 'plain sections' })
  items = []

  /** @param choose is given the section that somebody wants to see */
  constructor(app, choose) {
    this.#app = app
    this.#choose = choose
    this.element = h('section', { class: 'stack', 'aria-labelledby': 'sections-title' }, [
      h('h2', { id: 'sections-title' }, app.words.chooseSection),
      this.#list,
    ])
  }

  show({ items, currency }) {
    this.items = items
    for (const section of items) {
      const card = this.#cards.get(section.id) ?? this.#add(section)
      this.showFree(section.id, section.free)
      const prices = section.prices.map(({ price }) => money(this.#app.language, price, currency))
      setText(card.price, [...new Set(prices)].join(' · '))
    }
  }

  showFree(sectionId, seats) {
    const { words, language } = this.#app
    const { free, button } = this.#cards.get(sectionId)
    setText(free, seats === 0 ? words.soldOut : words.left(count(language, seats)))
    button.classList.toggle('empty', seats === 0)
  }

  mark(sectionId) {
    for (const [id, { button }] of this.#cards) button.setAttribute('aria-pressed', String(id === sectionId))
  }

  #add({ id, name }) {
    const [free, price] = ['free', 'price'].map((part) => h('span', { class: `section-${part}` }))
    const button = h(
      'button',
      {
        type: 'button',
        class: 'card section',
        data: { section: id },
        'aria-pressed': 'false',
        on: { click: () => this.#choose(id) },
      },
      [h('span', { class: 'section-name' }, name), free, price],
    )
    this.#list.append(h('li', {}, button))
    const card = { button, free, price }
    this.#cards.set(id, card)
    return card
  }
}
