// How many seats are free, held, sold and blocked: as a bar and in figures, mended in place so that nothing jumps.
import { h, setText } from '/common/dom.js'
import { count } from './formats.js'

const kinds = ['sold', 'held', 'free', 'blocked']

export function seatFigures({ words, language }) {
  const parts = kinds.map((kind) => {
    const slice = h('span', { class: 'slice', data: { kind } })
    const figure = h('dd', {}, '–')
    const term = h('dt', {}, [h('span', { class: 'key', data: { kind } }), words.seats[kind]])
    return { kind, slice, figure, element: h('div', {}, [term, figure]) }
  })
  return {
    element: h('div', { class: 'seats' }, [
      h(
        'div',
        { class: 'bar', 'aria-hidden': 'true' },
        parts.map(({ slice }) => slice),
      ),
      h(
        'dl',
        { class: 'figures' },
        parts.map(({ element }) => element),
      ),
    ]),
    tell(seats) {
      for (const { kind, slice, figure } of parts) {
        slice.style.flexGrow = seats[kind]
        setText(figure, count(language, seats[kind]))
      }
    },
  }
}

export const seatsOf = (sections) =>
  Object.fromEntries(kinds.map((kind) => [kind, sections.reduce((sum, section) => sum + section[kind], 0)]))
