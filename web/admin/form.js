// Forms: fields with their labels and hints, checked in the page's language; what was typed stays until it is taken.
import { h, setText } from '/common/dom.js'
import { draftOf, dropDraft, fill, keepDraft } from './drafts.js'
import { outcomeLine } from './outcome.js'

/** @param attributes of the input; `options` for a choice; `isWide` has a line of the form for itself */
export function field(
  words,
  { name, label, hint, tag = 'input', options = [], isWide = false, ...attributes },
) {
  const id = `field-${name}`
  const told = [`${id}-fault`, hint === undefined ? null : `${id}-hint`].filter(Boolean).join(' ')
  const input = h(tag, { id, name, 'aria-describedby': told, ...attributes }, options)
  const fault = h('span', { class: 'broken', id: `${id}-fault` })
  const isCheckbox = attributes.type === 'checkbox'
  const isOptional = !attributes.required && !isCheckbox
  const labelled = h('label', { for: id }, [
    label,
    isOptional ? h('span', { class: 'dim small' }, ` ${words.optional}`) : null,
  ])
  return {
    name,
    input,
    element: h(
      'div',
      { class: ['field', isCheckbox && 'check', isWide && 'wide'].filter(Boolean).join(' ') },
      [
        isCheckbox ? [input, labelled] : [labelled, input],
        hint === undefined ? null : h('span', { class: 'hint', id: `${id}-hint` }, hint),
        fault,
      ],
    ),
    get value() {
      return isCheckbox ? input.checked : input.value.trim()
    },
    check() {
      const text = faultOf(words, input)
      complain(input, fault, text)
      return text === ''
    },
  }
}

export function complain(input, fault, text) {
  if (text === '' || text === null) input.removeAttribute('aria-invalid')
  else input.setAttribute('aria-invalid', 'true')
  setText(fault, text ?? '')
}

/** Why it can't be taken as it is, in the page's words; nothing where it can. */
export function faultOf(words, input) {
  const { valueMissing, patternMismatch, badInput, rangeUnderflow, rangeOverflow, stepMismatch } =
    input.validity
  const isBlank = input.required && input.type !== 'checkbox' && input.value.trim() === ''
  if (badInput) return words.badInput
  if (valueMissing || isBlank) return words.needed
  if (patternMismatch) return words.idForm
  if (rangeUnderflow || rangeOverflow) return words.range(input.min, input.max)
  return stepMismatch ? words.wholeSteps(input.step) : ''
}

/**
 * @param app see main.js
 * @param form its `name`, under which drafts are kept; `fields`; `submitLabel`; `act` is called once all that is typed can be
 *   taken; `note` stands above the button
 */
export function formOf(app, { name, fields, submitLabel, act, note = [] }) {
  const outcome = outcomeLine(app.words)
  let isActing = false
  let shown = {}
  const element = h(
    'form',
    {
      novalidate: true,
      autocomplete: 'off',
      class: 'form',
      on: {
        input: () => keepDraft(name, element, shown),
        submit(event) {
          event.preventDefault()
          const wrong = fields.filter((each) => !each.check())
          if (wrong.length === 0) return actOnce()
          outcome.clear()
          wrong[0].input.focus()
        },
      },
    },
    [
      fields.map((each) => each.element),
      note,
      h('div', { class: 'row' }, [h('button', { type: 'submit', class: 'primary' }, submitLabel)]),
      outcome.element,
    ],
  )
  fill(element, draftOf(name))

  async function actOnce() {
    if (isActing) return
    isActing = true
    // What is typed meanwhile would not be sent. Disabled, they would lose the keyboard.
    const open = [...element.elements].filter((each) => each.readOnly === false)
    for (const each of open) each.readOnly = true
    try {
      await act()
    } finally {
      isActing = false
      for (const each of open) each.readOnly = false
    }
  }

  return {
    element,
    outcome,
    values: () => Object.fromEntries(fields.map((each) => [each.name, each.value])),
    /** What the server has, but for the fields in which somebody has typed something else. */
    show(values) {
      shown = values
      fill(element, { ...values, ...draftOf(name) })
    },
    taken() {
      dropDraft(name)
    },
    empty() {
      dropDraft(name)
      element.reset()
    },
    /** Leads to the field that the server names. */
    pointAt({ message }) {
      const named = /^body\.(\w+)/.exec(message)?.[1]
      const found = fields.find((each) => each.name === named)
      found?.input.setAttribute('aria-invalid', 'true')
      found?.input.focus()
    },
  }
}
