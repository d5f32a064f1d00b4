// How the sales go: each show with its figures, and the servers behind them.

import { h, setText } from '/common/dom.js'
import { money } from '/common/money.js'
import * as api from './api.js'
import { dependencyList } from './dependencies.js'
import { clock, count, day } from './formats.js'
import { showPlace } from './place.js'
import { rowsIn } from './rows.js'
import { seatFigures } from './seats.js'
import { watch } from './watch.js'

export function salesView(app, { cursor }) {
  const { words } = app
  const list = h('ul', { class: 'cards' })
  const tellRows = rowsIn(
    list,
    ({ showId }) => showId,
    () => showCard(app),
  )
  const nobody = h('p', { class: 'dim', hidden: true }, [
    words.noShows,
    ' ',
    h('a', { href: '#/new/concert' }, words.makeFirst),
  ])
  const age = h('p', { class: 'dim small age reading' }, words.reading)
  const pages = pageLinks(app, cursor, '#/')
  const dependencies = dependencyList(app)
  watch(
    app,
    () => api.dashboard(cursor, app.signal),
    ({ items, nextCursor, asOf, lagMs, dependencies: found }) => {
      tellRows(items)
      nobody.hidden = items.length > 0
      setText(age, `${words.asOf(clock(app.language, asOf))} ${lagText(app, lagMs)}`)
      dependencies.tell(found)
      pages.tell(nextCursor)
    },
  )
  return {
    title: words.sales,
    element: [age, dependencies.element, list, nobody, pages.element],
  }
}

/** To the page behind, and back to the first. */
export function pageLinks({ words }, cursor, first) {
  const next = h('a', { class: 'quiet', hidden: true }, words.nextPage)
  const back = cursor === null ? null : h('a', { class: 'quiet', href: first }, words.firstPage)
  return {
    element: h('nav', { class: 'row pages', 'aria-label': words.pages }, [back, next]),
    tell(nextCursor) {
      next.hidden = nextCursor === null
      if (nextCursor !== null)
        next.href = `${first.replace(/\/$/, '')}/from/${encodeURIComponent(nextCursor)}`
    },
  }
}

function lagText({ words, language }, lagMs) {
  return lagMs === null ? words.lagUnknown : words.lag(count(language, lagMs / 1_000))
}

function showCard(app) {
  const { words, language } = app
  const name = h('a', { class: 'name' })
  const state = h('span', { class: 'chip' })
  const when = h('p', { class: 'dim' })
  const seats = seatFigures(app)
  const reservations = h('dl', { class: 'figures states' })
  const tellStates = rowsIn(
    reservations,
    ([each]) => each,
    ([each]) => stateFigure(app, each),
  )
  const heading = h('h3', { class: 'small dim' }, words.reservations)
  const revenue = h('span', {})
  const parked = h('a', { class: 'chip warn', href: '#/parked', hidden: true })
  return {
    element: h('li', { class: 'card' }, [
      h('div', { class: 'row between' }, [h('h2', {}, name), h('span', { class: 'row' }, [parked, state])]),
      when,
      seats.element,
      heading,
      reservations,
      h('p', { class: 'row between foot' }, [
        h('span', { class: 'dim' }, [words.revenue, ' ', revenue]),
        h('a', { class: 'way', href: app.visualizer('reservation') }, words.watchInVisualizer),
      ]),
    ]),
    tell(figures) {
      setText(name, figures.showId)
      name.href = showPlace(figures.showId)
      setText(state, words.states[figures.state] ?? figures.state)
      state.dataset.state = figures.state
      setText(when, `${figures.concertId} · ${words.begins(day(language, figures.startsAt))}`)
      seats.tell(figures.seats)
      const states = Object.entries(figures.reservations)
      heading.hidden = states.length === 0
      tellStates(states)
      setText(revenue, money(language, figures.revenue, figures.currency))
      parked.hidden = figures.parked === 0
      setText(parked, words.parkedCount(count(language, figures.parked)))
    },
  }
}

function stateFigure({ words, language }, state) {
  const figure = h('dd', {})
  return {
    element: h('div', {}, [h('dt', {}, words.states[state] ?? state), figure]),
    tell: ([, number]) => setText(figure, count(language, number)),
  }
}
