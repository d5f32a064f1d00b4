// The buyer's page: knows where somebody is and who it is, and brings the view that belongs there.
import { login } from '/common/ask.js'
import { h, rememberFocus } from '/common/dom.js'
import { applyTheme, settings } from '/common/settings.js'
import { isPassing, patiently } from './api.js'
import { topBar } from './frame.js'
import { forgetChosen } from './kept.js'
import { loginDialog, loginForm } from './login.js'
import { mineView } from './mine.js'
import { Notice, waitingText } from './notice.js'
import { places, readPlace } from './place.js'
import { problemText } from './problems.js'
import { reservationView } from './reservation.js'
import { showView } from './show.js'
import { showsView } from './shows.js'
import { languages } from './words.js'

const views = { shows: showsView, show: showView, mine: mineView, reservation: reservationView }
const needLogin = ['mine', 'reservation']

const [top, main] = ['top', 'main'].map((id) => document.getElementById(id))
const notice = new Notice()
const announcer = h('p', { class: 'visually-hidden', role: 'status' })
document.body.append(notice.element, announcer)

let running = new AbortController()
let asking = null

const appOf = (signal) => ({
  words: languages[settings.language],
  language: settings.language,
  signal,
  notice,
  go: (place) => location.assign(place),
  rebuild: () => arrive('stay'),
  logIn,
  logOut,
  dropped: () => signal.aborted || dropped(),
  fail,
  tell,
  insist,
})

/** @param focus `move` to what is new, as on a change of place, or `stay` where it is */
async function arrive(focus) {
  running.abort()
  running = new AbortController()
  const app = appOf(running.signal)
  const place = readPlace(location.hash)
  document.documentElement.lang = app.language
  notice.clear()
  const returnFocus = rememberFocus()
  top.replaceChildren(...topBar(app, place))
  if (needLogin.includes(place.view) && login.token === null) {
    const reason = app.words.logInFor[place.view]
    const form = loginForm(app, { heading: 'h1', reason, done: () => arrive('move') })
    return bring(app, { title: app.words.logInTitle, element: form }, focus, returnFocus)
  }
  main.setAttribute('aria-busy', 'true')
  try {
    const view = await insist(app, () => views[place.view](app, place))
    if (!app.signal.aborted) bring(app, view, focus, returnFocus)
  } catch (error) {
    if (app.signal.aborted) return
    if (error.status === 401) return dropped()
    bring(app, failed(app, error), focus, returnFocus)
  }
}

function bring({ words }, { title, element }, focus, returnFocus) {
  main.removeAttribute('aria-busy')
  document.title = title === words.title ? `Holdfast: ${title}` : `${title} – Holdfast`
  main.replaceChildren(element)
  const heading = main.querySelector('h1')
  heading.setAttribute('tabindex', '-1')
  const first = main.querySelector('[autofocus]') ?? heading
  if (focus === 'stay') return returnFocus(first)
  scrollTo(0, 0)
  first.focus({ preventScroll: true })
}

const failed = (app, error) => ({
  title: app.words.failed,
  element: h('div', { class: 'card stack' }, [
    h('h1', {}, app.words.failed),
    h('p', {}, problemText(app, error)),
    h('a', { class: 'link', href: places.shows }, app.words.toShows),
  ]),
})

/** Asks until there is an answer, and says so meanwhile. */
function insist(app, act) {
  const { signal } = app
  return patiently(act, {
    signal,
    tell: (error, waitMs) => signal.aborted || notice.tell('asking', waitingText(app, error, waitMs)),
  })
}

/** Says it to who can't see it. */
function tell(text) {
  announcer.textContent = ''
  announcer.textContent = text
}

/** Whether there is somebody; asks if not. The view stays as it is, and what was chosen with it. */
async function logIn(reason) {
  if (login.token !== null) return true
  asking ??= loginDialog(appOf(running.signal), reason)
  const isIn = await asking
  asking = null
  if (isIn) top.replaceChildren(...topBar(appOf(running.signal), readPlace(location.hash)))
  return isIn === true
}

function logOut() {
  login.forget()
  forgetChosen()
  arrive('stay')
}

/** The server does not know the token any more: who logs in again goes on here. */
async function dropped() {
  const { words } = appOf(running.signal)
  login.forget()
  await logIn(words.dropped)
  arrive('stay')
}

/** What a button came to nothing with. @returns its words, or null where it is dealt with */
function fail(app, error) {
  if (app.signal.aborted) return null
  if (error.status === 401) {
    app.dropped()
    return null
  }
  return isPassing(error) ? app.words.away : problemText(app, error)
}

applyTheme()
addEventListener('hashchange', () => {
  for (const dialog of document.querySelectorAll('dialog')) dialog.close()
  arrive('move')
})
arrive('stay')
