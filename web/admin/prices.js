// What the seats of each category cost: rows of a name and an amount.

import { h, setText } from '/common/dom.js'
import { digitsOf } from '/common/money.js'
import { draftOf } from './drafts.js'
import { complain, faultOf } from './form.js'

/** @param currency null where it is not known: then amounts are in its minor unit */
export function priceRows({ words }, { draft, currency, changed }) {
  const digits = digitsOf(currency)
  const rows = []
  /** Amounts by category, of those that do not show too. */
  const typed = new Map()
  const list = h('div', { class: 'price-rows' })
  const fault = h('span', { class: 'broken', id: 'prices-fault', 'aria-live': 'polite' })
  const add = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      on: {
        click() {
          addRow('').category.focus()
          changed()
        },
      },
    },
    words.addPrice,
  )
  const kept = draftOf(draft)
  for (let place = 0; kept[`category-${place}`] !== undefined; place++)
    addRow(kept[`category-${place}`], kept[`amount-${place}`])
  if (rows.length === 0) addRow('')
  return {
    name: 'prices',
    get input() {
      return (
        rows.find(({ element }) => element.querySelector('[aria-invalid]'))?.firstWrong() ?? rows[0].category
      )
    },
    element: h('fieldset', { class: 'field wide', 'aria-describedby': 'prices-hint prices-fault' }, [
      h('legend', {}, words.prices),
      h(
        'span',
        { class: 'hint', id: 'prices-hint' },
        currency === null ? words.pricesInMinor : words.pricesIn(currency),
      ),
      list,
      h('div', {}, add),
      fault,
    ]),
    get isBlank() {
      return rows.every(isBlank)
    },
    get value() {
      const amount = (row) => Math.round(Number(row.amount.value) * 10 ** digits)
      return Object.fromEntries(rows.map((row) => [row.category.value, amount(row)]))
    },
    check() {
      const texts = rows.flatMap((row) => row.check())
      const isTwice = new Set(rows.map(({ category }) => category.value)).size < rows.length
      setText(fault, texts.find((text) => text !== '') ?? (isTwice ? words.categoryTwice : ''))
      return fault.textContent === ''
    },
    /** The categories that a plan has, and no others; what was typed for one of them stays. */
    showOnly(names) {
      for (const { category, amount } of rows) typed.set(category.value, amount.value)
      showRows(names)
    },
    empty() {
      typed.clear()
      showRows([''])
    },
    /** Those that the server misses. */
    addAll(names) {
      for (const row of rows.filter(isBlank)) remove(row)
      for (const name of names.filter((name) => !rows.some(({ category }) => category.value === name)))
        addRow(name)
    },
  }

  function showRows(names) {
    rows.length = 0
    list.replaceChildren()
    for (const name of names) addRow(name, typed.get(name))
  }

  function addRow(name, price = '') {
    const category = h('input', {
      'aria-label': words.category,
      placeholder: words.category,
      value: name,
      required: true,
      maxlength: 200,
    })
    const amount = h('input', {
      type: 'number',
      'aria-label': words.amount,
      placeholder: words.amount,
      value: price,
      required: true,
      min: 0,
      max: 1_000_000_000_000,
      step: 10 ** -digits,
      inputmode: 'decimal',
    })
    const away = h('button', { type: 'button', class: 'quiet', on: { click: () => leave(row) } }, '×')
    away.setAttribute('aria-label', words.dropPrice)
    const row = {
      category,
      amount,
      element: h('div', { class: 'price-row' }, [category, amount, away]),
      check: () => [category, amount].map((input) => told(input)),
      firstWrong: () => [category, amount].find((input) => input.hasAttribute('aria-invalid')),
    }
    rows.push(row)
    list.append(row.element)
    number()
    return row
  }

  function told(input) {
    const text = faultOf(words, input)
    complain(input, fault, text)
    return text
  }

  function leave(row) {
    if (rows.length > 1) remove(row)
    add.focus()
    changed()
  }

  function remove(row) {
    rows.splice(rows.indexOf(row), 1)
    row.element.remove()
    number()
  }

  function number() {
    for (const [place, { category, amount }] of rows.entries()) {
      category.name = `category-${place}`
      amount.name = `amount-${place}`
    }
  }
}

const isBlank = ({ category, amount }) => category.value === '' && amount.value === ''
