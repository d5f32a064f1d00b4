// The bar above: where one may go, who one is, language and colours.
import { login } from '/common/ask.js'
import { h } from '/common/dom.js'
import { settings } from '/common/settings.js'
import { userId } from './kept.js'
import { places } from './place.js'

export function topBar(app, { view }) {
  const { words, language } = app
  const link = (place, text, isHere) =>
    h('a', { class: 'tab', href: place, 'aria-current': isHere ? 'page' : null }, text)
  return [
    brandIn(words),
    h('nav', { 'aria-label': words.pages }, [
      link(places.shows, words.shows, view === 'shows'),
      link(places.mine, words.mine, view === 'mine'),
    ]),
    h('div', { class: 'settings' }, [themeButton(app), languageButton(app, language), whoButton(app)]),
  ]
}

/** One for all views: its picture is fetched once, and is there too while the server is not. */
const brand = h('a', { class: 'brand', id: 'brand', href: places.shows }, [
  h('img', { src: '/common/mark.svg', alt: '', width: '28', height: '28' }),
  h('span', { class: 'wide' }, 'Holdfast'),
])

function brandIn({ home }) {
  brand.setAttribute('aria-label', home)
  return brand
}

const themes = ['auto', 'dark', 'light']

function themeButton({ words }) {
  const label = () => `${words.theme}: ${words.themes[settings.theme]}`
  const signs = { auto: '◐', dark: '☾', light: '☀' }
  const button = h('button', { type: 'button', class: 'quiet sign', id: 'theme', on: { click: next } })
  function show() {
    button.textContent = signs[settings.theme]
    button.setAttribute('aria-label', label())
    button.title = label()
  }
  function next() {
    settings.theme = themes[(themes.indexOf(settings.theme) + 1) % themes.length]
    show()
  }
  show()
  return button
}

const names = { en: 'English', ko: '한국어' }
const shortNames = { en: 'EN', ko: '한글' }

function languageButton(app, language) {
  const other = language === 'en' ? 'ko' : 'en'
  const click = () => {
    settings.language = other
    app.rebuild()
  }
  return h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'language',
      lang: other,
      title: names[other],
      on: { click },
    },
    [h('span', { class: 'wide' }, names[other]), h('span', { class: 'slim' }, shortNames[other])],
  )
}

function whoButton(app) {
  const { words } = app
  if (login.token === null) {
    const click = async () => {
      const field = document.querySelector('#who, #token')
      if (field !== null) return field.focus()
      if (await app.logIn(words.logInText)) app.rebuild()
    }
    return h('button', { type: 'button', class: 'quiet', id: 'log-in', on: { click } }, words.logIn)
  }
  const who = userId() ?? ''
  return h(
    'button',
    {
      type: 'button',
      class: 'quiet who',
      id: 'log-out',
      on: { click: app.logOut },
    },
    [h('span', { class: 'who-name' }, `${who} `), h('span', {}, words.logOut)],
  )
}
