// What stands round the chart: the bar above with machine, search and settings, the buttons on the chart, the line of
// figures below it.
import { h, setText } from '/common/dom.js'
import { settings } from '/common/settings.js'
import { themeChoice } from '/common/theme-choice.js'
import { overdueChips } from './overdue.js'
import { count, languages, rate } from './words.js'

/** @param app see main.js */
export function topBar(app, { machines, rebuild, logOut }) {
  const { words, machine, language } = app
  const other = language === 'en' ? 'ko' : 'en'
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: words.search,
    'aria-label': words.search,
    spellcheck: 'false',
  })
  return [
    h('div', { class: 'brand' }, [
      h('img', { src: '/common/mark.svg', alt: '', width: '28', height: '28' }),
      h('h1', {}, 'Holdfast ', h('span', {}, words.title)),
    ]),
    h('nav', { 'aria-label': words.chooseMachine, class: 'tabs' }, [
      machines.map(({ name, version, isActive }) => {
        const isChosen = name === machine.name && version === machine.version
        return h(
          'button',
          {
            type: 'button',
            class: 'tab',
            'aria-current': isChosen ? 'page' : 'false',
            on: { click: () => app.choose({ name, version }) },
          },
          [
            h('span', { class: 'mono' }, name),
            h('span', { class: 'version' }, `v${version}`),
            isActive ? null : ' ◌',
          ],
        )
      }),
    ]),
    h(
      'form',
      {
        class: 'search',
        role: 'search',
        on: {
          submit(event) {
            event.preventDefault()
            const id = search.value.trim()
            if (id !== '') app.go({ id, step: null })
          },
        },
      },
      [search, h('button', { type: 'submit', class: 'quiet' }, words.open)],
    ),
    h('div', { class: 'settings' }, [
      h(
        'button',
        { type: 'button', class: 'quiet', id: 'compare', on: { click: () => app.go({ view: 'compare' }) } },
        words.compare,
      ),
      themeChoice(words),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          id: 'language',
          lang: other,
          title: words.language,
          on: {
            click() {
              settings.language = other
              rebuild()
            },
          },
        },
        other === 'ko' ? '한국어' : 'English',
      ),
      h('button', { type: 'button', class: 'quiet', on: { click: logOut } }, words.logOut),
    ]),
  ]
}

export function chartTools(app, camera, { areRefusalsShown, toggleRefusals, take }) {
  const { words } = app
  const tool = (id, label, text, act, isPressed) =>
    h(
      'button',
      {
        type: 'button',
        class: 'tool',
        id,
        'aria-label': label,
        title: label,
        on: { click: act },
        ...(isPressed === undefined ? {} : { 'aria-pressed': String(isPressed) }),
      },
      text,
    )
  const kinds = ['SVG', 'Mermaid', 'JSON']
  return h('div', { class: 'tools', role: 'toolbar', 'aria-label': words.takeAway }, [
    tool(
      'refusals',
      areRefusalsShown ? words.foldRefusals : words.showRefusals,
      words.refusals,
      toggleRefusals,
      areRefusalsShown,
    ),
    h('span', { class: 'separator' }),
    kinds.map((kind) =>
      tool(`take-${kind.toLowerCase()}`, `${words.takeAway}: ${kind}`, kind, () => take(kind)),
    ),
    h('span', { class: 'separator' }),
    tool('zoom-out', words.zoomOut, '−', () => camera.zoom(1 / 1.25)),
    tool('fit', words.fit, '⤢', () => camera.fitAll()),
    tool('zoom-in', words.zoomIn, '+', () => camera.zoom(1.25)),
  ])
}

/** The line below: whether it is live, and the sums. */
export function statusLine(app) {
  const { words, language } = app
  const dot = h('span', { class: 'dot' })
  const state = h('span', {}, words.lost)
  const figures = ['decisions', 'queued', 'retried', 'partitions'].map((name) => [name, h('b', {}, '–')])
  const numbers = Object.fromEntries(figures)
  const partitions = h('span', { class: 'dim wide' })
  const element = h('footer', { class: 'status' }, [
    h('span', { class: 'live', role: 'status' }, [dot, state]),
    h('span', { class: 'figure' }, [numbers.decisions, ` ${words.decisionsPerSecond}`]),
    h('span', { class: 'figure' }, [numbers.queued, ` ${words.queued}`]),
    h('span', { class: 'figure wide' }, [numbers.retried, ` ${words.retried}`]),
    partitions,
    overdueChips(app),
  ])
  return {
    element,
    live(all) {
      dot.classList.add('on')
      setText(state, words.live)
      const perSecond = all.versions
        .flatMap(({ flows }) => flows)
        .reduce((sum, flow) => sum + flow.perSecond, 0)
      setText(numbers.decisions, rate(language, perSecond))
      setText(numbers.queued, count(language, all.queued))
      setText(numbers.retried, count(language, all.retriesLastMinute))
      setText(partitions, words.countedOf(all.partitionsWhole, all.partitions))
      partitions.classList.toggle('broken', all.partitionsWhole < all.partitions)
    },
    lost() {
      dot.classList.remove('on')
      setText(state, words.lost)
    },
  }
}

export const wordsOf = () => languages[settings.language]
