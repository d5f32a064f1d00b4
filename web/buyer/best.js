// The quick way: so many of the best seats that are left, anywhere or in one section.
import { h } from '/common/dom.js'

const options = (values) => values.map(([value, text]) => h('option', { value }, text))

/** @param hold is given the wish, as the server takes it */
export function bestSeats({ words }, { seatLimit, sections }, hold) {
  const numbers = Array.from({ length: seatLimit }, (_, index) => String(index + 1))
  const count = h(
    'select',
    { id: 'best-count' },
    options(numbers.map((n) => [n, words.seatCount(Number(n))])),
  )
  count.value = String(Math.min(2, seatLimit))
  const section = h(
    'select',
    { id: 'best-section' },
    options([['', words.anySection], ...sections.map(({ id, name }) => [id, name])]),
  )
  const button = h('button', { type: 'submit', class: 'primary', id: 'hold-best' }, words.holdBest)
  const submit = (event) => {
    event.preventDefault()
    hold({
      bestAvailable: {
        count: Number(count.value),
        ...(section.value !== '' && { sectionId: section.value }),
      },
    })
  }
  const element = h('form', { class: 'card best', 'aria-labelledby': 'best-title', on: { submit } }, [
    h('h2', { id: 'best-title' }, words.bestSeats),
    h('label', {}, [h('span', {}, words.howMany), count]),
    h('label', {}, [h('span', {}, words.where), section]),
    button,
  ])
  return { element, button }
}
