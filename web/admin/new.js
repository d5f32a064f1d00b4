// New concerts and venues. Under an id everything is made once: to send the same again changes nothing.
import { h, setText } from '/common/dom.js'
import { complain, field, formOf } from './form.js'
import { count } from './formats.js'
import { keepPlan, readPlan, summaryOf } from './plans.js'
import { send } from './send.js'

/** The three things that can be made, as links. */
export function newTabs({ words }, chosen) {
  const kinds = ['concert', 'venue', 'show']
  return h(
    'nav',
    { class: 'tabs', 'aria-label': words.make },
    kinds.map((kind) =>
      h(
        'a',
        { class: 'tab', href: `#/new/${kind}`, 'aria-current': kind === chosen ? 'page' : null },
        words.kinds[kind],
      ),
    ),
  )
}

export const idField = (words) =>
  field(words, {
    name: 'id',
    label: words.id,
    hint: words.idForm,
    required: true,
    pattern: '[A-Za-z0-9_\\-]{1,48}',
    spellcheck: 'false',
    autocapitalize: 'none',
  })

const nameField = (words) => field(words, { name: 'name', label: words.name, required: true, maxlength: 200 })

export function concertView(app) {
  const { words } = app
  const fields = [
    idField(words),
    nameField(words),
    field(words, {
      name: 'description',
      label: words.description,
      tag: 'textarea',
      isWide: true,
      rows: 4,
      maxlength: 2000,
    }),
  ]
  const form = formOf(app, { name: 'concert', fields, submitLabel: words.makeConcert, act: make })
  return {
    title: words.newConcert,
    element: [newTabs(app, 'concert'), h('section', { class: 'card narrow' }, form.element)],
  }

  function make() {
    // The server takes a single line.
    const { description, ...others } = form.values()
    const body = { ...others, description: description.replaceAll(/\s+/g, ' ') }
    const request = { path: '/v1/admin/concerts', method: 'POST', body }
    const done = ({ name }) => {
      form.empty()
      form.outcome.done(words.made(name), h('a', { href: '#/new/show' }, words.nowShow))
    }
    return send(app, form.outcome, request, done, form.pointAt)
  }
}

let chosen = null

export function dropPlan() {
  chosen = null
}

export function venueView(app) {
  const { words } = app
  const plan = planField(app)
  const id = idField(words)
  const name = nameField(words)
  const form = formOf(app, {
    name: 'venue',
    fields: [plan, id, name],
    submitLabel: words.makeVenue,
    act: make,
  })
  return {
    title: words.newVenue,
    element: [
      newTabs(app, 'venue'),
      h('p', { class: 'dim' }, words.venueText),
      h('section', { class: 'card narrow' }, form.element),
    ],
  }

  function make() {
    const { plan: document, ...others } = form.values()
    const request = { path: '/v1/admin/venues', method: 'POST', body: { ...others, plan: document } }
    const done = ({ id: venueId, name: venueName, seatCount }) => {
      keepPlan(venueId, document)
      form.empty()
      plan.empty()
      form.outcome.done(
        words.madeVenue(venueName, count(app.language, seatCount)),
        h('a', { href: '#/new/show' }, words.nowShow),
      )
    }
    return send(app, form.outcome, request, done, form.pointAt)
  }
}

/** The file is read here, and stays chosen whatever the server says to it. */
function planField({ words, language }) {
  const input = h('input', {
    type: 'file',
    id: 'field-plan',
    name: 'plan',
    accept: '.json,application/json',
    'aria-describedby': 'field-plan-fault plan-told',
    on: { change: read },
  })
  const fault = h('span', { class: 'broken', id: 'field-plan-fault', 'aria-live': 'polite' })
  const told = h('span', { class: 'hint', id: 'plan-told', 'aria-live': 'polite' })
  tell()
  return {
    name: 'plan',
    input,
    element: h('div', { class: 'field wide' }, [
      h('label', { for: 'field-plan' }, words.planFile),
      input,
      told,
      fault,
    ]),
    get value() {
      return chosen?.document
    },
    check() {
      if (chosen === null && fault.textContent === '') complain(input, fault, words.planNeeded)
      return chosen !== null
    },
    empty() {
      chosen = null
      input.value = ''
      tell()
    },
  }

  async function read() {
    const [file] = input.files
    if (file === undefined) return
    chosen = null
    complain(input, fault, null)
    tell()
    const document = await readPlan(file)
    if (input.files[0] !== file) return
    chosen = document === null ? null : { name: file.name, document }
    complain(input, fault, document === null ? words.planUnreadable(file.name) : null)
    tell()
  }

  function tell() {
    if (chosen === null) return setText(told, words.planHint)
    const { seats, categories } = summaryOf(chosen.document)
    setText(told, words.planChosen(chosen.name, count(language, seats), categories.join(', ') || '–'))
  }
}
