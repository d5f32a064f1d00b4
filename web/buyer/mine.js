// My reservations, the newest first.

import { h, setText } from '/common/dom.js'
import { money } from '/common/money.js'
import * as api from './api.js'
import * as catalogue from './catalogue.js'
import { moment, timeOfDay } from './format.js'
import { places } from './place.js'

export async function mineView(app) {
  const { words } = app
  const list = h('ul', { class: 'plain shows' })
  const problem = h('p', { class: 'bad', role: 'alert' })
  const more = h('button', { type: 'button', class: 'quiet', on: { click: addMore } }, words.more)
  let cursor = null
  let isAdding = false

  async function add() {
    const { items, nextCursor = null } = await api.reservations(cursor)
    const cards = await Promise.all(items.map((reservation) => reservationCard(app, reservation)))
    cursor = nextCursor
    more.hidden = cursor === null
    list.append(...cards)
    return cards
  }

  async function addMore() {
    if (isAdding) return
    isAdding = true
    setText(problem, '')
    try {
      const [first] = await app.insist(app, add)
      first?.querySelector('a').focus()
    } catch (error) {
      setText(problem, app.fail(app, error) ?? '')
    } finally {
      isAdding = false
    }
  }

  const cards = await add()
  return {
    title: words.mine,
    element: h('div', { class: 'stack wide-gap narrow' }, [
      h('h1', {}, words.mine),
      cards.length === 0 ? h('p', { class: 'dim' }, words.noneYet) : list,
      more,
      problem,
    ]),
  }
}

async function reservationCard(
  { words, language },
  { id, showId, state, seats, amount, currency, holdExpiresAt },
) {
  const show = await catalogue.show(showId)
  const concert = await catalogue.concert(show.concertId)
  const sum =
    seats.length === 0 ? null : `${words.seatCount(seats.length)} · ${money(language, amount, currency)}`
  return h(
    'li',
    {},
    h('a', { class: 'card show-card', href: places.reservation(id) }, [
      h('span', { class: 'show-time' }, concert.name),
      h('span', { class: 'badge', data: { state } }, words.states[state]),
      h('span', { class: 'dim' }, moment(language, show.startsAt)),
      sum === null ? null : h('span', { class: 'dim' }, sum),
      state === 'held'
        ? h('span', { class: 'small' }, words.heldUntil(timeOfDay(language, holdExpiresAt)))
        : null,
    ]),
  )
}
