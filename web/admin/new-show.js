// A new show: what is played where and when, what it costs, and by which rules it is sold.
import { h } from '/common/dom.js'
import * as api from './api.js'
import { keepDraft } from './drafts.js'
import { field, formOf } from './form.js'
import { instant, zone } from './formats.js'
import { idField, newTabs } from './new.js'
import { showPlace } from './place.js'
import { categoriesOf, keepCategories, knownVenues } from './plans.js'
import { priceRows } from './prices.js'
import { send } from './send.js'
import { once } from './watch.js'

const draft = 'show'
const minuteMs = 60_000
/** Of so many concerts the shows are looked at, to know their venues. */
const concertsReadMax = 20

export function newShowView(app) {
  const { words, signal } = app
  const place = h('div', { class: 'stack' }, h('p', { class: 'dim reading', role: 'status' }, words.reading))
  once(app, read, (known) => place.replaceChildren(...showForm(app, known)))
  return { title: words.newShow, element: [newTabs(app, 'show'), place] }

  async function read() {
    const concerts = await api.concerts(signal)
    const shows = await Promise.all(
      concerts.slice(0, concertsReadMax).map(({ id }) => api.showsOf(id, signal)),
    )
    for (const { venueId, prices } of shows.flat())
      if (categoriesOf(venueId) === undefined) keepCategories(venueId, Object.keys(prices))
    return { concerts, currency: shows.flat()[0]?.currency ?? null }
  }
}

function showForm(app, { concerts, currency }) {
  const { words } = app
  if (concerts.length === 0)
    return [h('p', {}, [words.noConcerts, ' ', h('a', { href: '#/new/concert' }, words.newConcert)])]
  const prices = priceRows(app, { draft, currency, changed: () => keepDraft(draft, form.element) })
  const fields = [...placeFields(), ...timeFields(words), prices, ...ruleFields(words)]
  const venues = h(
    'datalist',
    { id: 'venues' },
    knownVenues().map((value) => h('option', { value })),
  )
  const form = formOf(app, { name: draft, fields, submitLabel: words.makeShow, act: make, note: venues })
  if (prices.isBlank) showCategories()
  return [h('section', { class: 'card' }, form.element)]

  function placeFields() {
    const choices = concerts.map(({ id, name }) => h('option', { value: id }, `${name} (${id})`))
    return [
      idField(words),
      field(words, {
        name: 'concertId',
        label: words.kinds.concert,
        tag: 'select',
        required: true,
        options: [h('option', { value: '' }, words.choose), choices],
      }),
      field(words, {
        name: 'venueId',
        label: words.venueId,
        hint: words.venueHint(knownVenues().join(', ')),
        required: true,
        list: 'venues',
        spellcheck: 'false',
        autocapitalize: 'none',
        on: { input: showCategories },
      }),
    ]
  }

  function showCategories() {
    const names = categoriesOf(form.values().venueId)
    if (names === undefined) return
    prices.showOnly(names)
    keepDraft(draft, form.element)
  }

  function make() {
    const request = { path: '/v1/admin/shows', method: 'POST', body: bodyOf(form.values()) }
    return send(app, form.outcome, request, made, refused)
  }

  function made({ id }) {
    form.empty()
    prices.empty()
    form.outcome.done(words.made(id), h('a', { href: showPlace(id) }, words.openShow))
  }

  function refused(error) {
    const missing = /^body\.prices must have ('.*')\.$/.exec(error.message)?.[1]
    if (missing !== undefined) {
      prices.addAll(missing.slice(1, -1).split("', '"))
      keepDraft(draft, form.element)
    }
    form.pointAt(error)
  }
}

const timeFields = (words) =>
  ['opensAt', 'closesAt', 'startsAt'].map((name) =>
    timeField(words, { name, label: words.times[name], required: true }),
  )

/** Typed in local time, which is named beside it. */
const timeField = (words, { label, ...others }) =>
  field(words, { ...others, label: `${label} (${zone()})`, type: 'datetime-local', max: '9999-12-31T23:59' })

function ruleFields(words) {
  const number = (name, max) =>
    field(words, {
      name,
      label: words.rules[name],
      type: 'number',
      min: name === 'extensions' ? 0 : 1,
      max,
      step: 1,
      inputmode: 'numeric',
    })
  return [
    field(words, {
      name: 'hasWaitingRoom',
      label: words.rules.hasWaitingRoom,
      type: 'checkbox',
      isWide: true,
      hint: words.rules.roomHint,
    }),
    number('holdMinutes', 1_440),
    number('seatLimit', 50),
    number('extensions', 100),
    number('extensionMinutes', 1_440),
    timeField(words, {
      name: 'refundableUntil',
      label: words.rules.refundableUntil,
      hint: words.rules.refundHint,
    }),
  ]
}

/** What was left blank is left to the server. */
function bodyOf({ holdMinutes, seatLimit, extensions, extensionMinutes, refundableUntil, ...show }) {
  const given = (text, read) => (text === '' ? undefined : read(text))
  const minutes = (text) => Number(text) * minuteMs
  return {
    ...show,
    opensAt: instant(show.opensAt),
    closesAt: instant(show.closesAt),
    startsAt: instant(show.startsAt),
    holdTtlMs: given(holdMinutes, minutes),
    seatLimit: given(seatLimit, Number),
    extensionsMax: given(extensions, Number),
    extensionMs: given(extensionMinutes, minutes),
    refundableUntil: given(refundableUntil, instant),
  }
}
