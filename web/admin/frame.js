// The bar above: the ways to what the page has, language and colours.
import { h } from '/common/dom.js'
import { settings } from '/common/settings.js'
import { themeChoice } from '/common/theme-choice.js'

const tabs = [
  ['sales', '#/', ['sales', 'show']],
  ['parked', '#/parked', ['parked']],
  ['refund', '#/refund', ['refund']],
  ['make', '#/new/concert', ['concert', 'venue', 'newShow']],
]

/** @param logOut null for who is not logged in: then there is only the language to choose */
export function topBar(words, { rebuild, logOut }) {
  const other = settings.language === 'en' ? 'ko' : 'en'
  return [
    h('a', { class: 'skip', href: '#main', on: { click: toMain } }, words.skip),
    h('a', { class: 'brand', href: '#/' }, [
      h('img', { src: '/common/mark.svg', alt: '', width: '28', height: '28' }),
      h('span', {}, ['Holdfast ', h('span', { class: 'dim' }, words.title)]),
    ]),
    logOut === null ? null : h('nav', { class: 'tabs', 'aria-label': words.places }, tabs.map(tabOf)),
    h('div', { class: 'settings' }, [
      themeChoice(words),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          id: 'language',
          lang: other,
          on: {
            click() {
              settings.language = other
              rebuild()
            },
          },
        },
        other === 'ko' ? '한국어' : 'English',
      ),
      logOut === null
        ? null
        : h('button', { type: 'button', class: 'quiet', id: 'log-out', on: { click: logOut } }, words.logOut),
    ]),
  ].filter(Boolean)

  function tabOf([name, href, views]) {
    return h('a', { class: 'tab', href, data: { views: views.join(' ') } }, words.tabs[name])
  }
}

export function markTab(top, view) {
  for (const tab of top.querySelectorAll('[data-views]')) {
    if (tab.dataset.views.split(' ').includes(view)) tab.setAttribute('aria-current', 'page')
    else tab.removeAttribute('aria-current')
  }
}

/** The address names a view, so the way to it is not one of its names. */
function toMain(event) {
  event.preventDefault()
  document.querySelector('main h1')?.focus()
}
