// What is on sale: concerts with their shows, for anybody.

import { h } from '/common/dom.js'
import { money } from '/common/money.js'
import * as api from './api.js'
import { moment } from './format.js'
import { places } from './place.js'

export async function showsView(app) {
  const { words } = app
  const concerts = await api.concerts()
  const withShows = await Promise.all(
    concerts.map(async (concert) => ({ concert, shows: await api.showsOf(concert.id) })),
  )
  const seen = withShows.filter(({ shows }) => shows.length > 0)
  return {
    title: words.title,
    element: h('div', { class: 'stack wide-gap' }, [
      h('h1', {}, words.title),
      seen.length === 0 ? h('p', { class: 'dim' }, words.noShows) : null,
      seen.map((each) => concertCard(app, each)),
    ]),
  }
}

const concertCard = (app, { concert, shows }) =>
  h('section', { class: 'stack', 'aria-labelledby': `concert-${concert.id}` }, [
    h('h2', { id: `concert-${concert.id}` }, concert.name),
    concert.description === '' ? null : h('p', { class: 'dim' }, concert.description),
    h(
      'ul',
      { class: 'plain shows' },
      shows.map((show) => h('li', {}, showCard(app, show))),
    ),
  ])

function showCard(app, show) {
  const { words, language } = app
  const opens = show.sale === 'not_open' ? words.opensAt(moment(language, show.opensAt)) : null
  return h('a', { class: 'card show-card', href: places.show(show.id) }, [
    h('span', { class: 'show-time' }, moment(language, show.startsAt)),
    saleBadge(app, show.sale),
    h('span', { class: 'dim' }, priceRange(app, show)),
    opens === null ? null : h('span', { class: 'dim small' }, opens),
    show.hasWaitingRoom ? h('span', { class: 'dim small' }, words.hasWaitingRoom) : null,
  ])
}

export const saleBadge = ({ words }, sale) => h('span', { class: 'badge', data: { sale } }, words.sales[sale])

export function priceRange({ words, language }, { prices, currency }) {
  const all = Object.values(prices)
  if (all.length === 0) return ''
  const [least, most] = [Math.min(...all), Math.max(...all)].map((price) => money(language, price, currency))
  return least === most ? least : words.fromTo(least, most)
}
