// The administrator's page: knows who is logged in and where somebody is, and shows that.
import { json, login, Refused } from '/common/ask.js'
import { h, rememberFocus, setText } from '/common/dom.js'
import { devLogin, loginView } from '/common/login.js'
import { applyTheme, settings } from '/common/settings.js'
import { dropDrafts } from './drafts.js'
import { markTab, topBar } from './frame.js'
import { concertView, dropPlan, venueView } from './new.js'
import { newShowView } from './new-show.js'
import { told } from './outcome.js'
import { parkedView } from './parked.js'
import { readPlace } from './place.js'
import { refundView } from './refund.js'
import { salesView } from './sales.js'
import { showView } from './show.js'
import { languages } from './words.js'

const machinesMaxMs = 2_000
const [top, main] = ['top', 'main'].map((id) => document.getElementById(id))
const views = {
  sales: salesView,
  show: showView,
  parked: parkedView,
  refund: refundView,
  concert: concertView,
  venue: venueView,
  newShow: newShowView,
  nowhere: ({ words }) => ({ title: words.nowhere, element: [h('a', { href: '#/' }, words.sales)] }),
}
/** Quiet, and heard once: that the server is away. */
const away = h('p', { class: 'away', role: 'status' })
let viewing = new AbortController()
/** Null until the server has said which there are. */
let machines = null

async function build() {
  applyTheme()
  const { language } = settings
  const words = languages[language]
  document.documentElement.lang = language
  tellAway('')
  const isLoggedIn = login.token !== null
  const returnFocus = rememberFocus()
  top.replaceChildren(...topBar(words, { rebuild: build, logOut: isLoggedIn ? leave : null }), away)
  if (!isLoggedIn) return askWho(words)
  const seen = viewing
  machines ??= await learnMachines()
  if (seen !== viewing || login.token === null) return
  show()
  returnFocus(document.querySelector('main h1'))
}

/** @param said by the server, which says it in English */
function tellAway(text, said) {
  away.lang = said === undefined ? settings.language : 'en'
  setText(away, said ?? text)
}

function askWho(words, reason) {
  viewing.abort()
  document.title = `Holdfast: ${words.title}`
  const tryOut = () => devLogin('admin', 'admin')
  const tell = ({ message }) => message || words.awayNow
  main.replaceChildren(loginView(words, { reason, tryOut, tell, done: build }))
  document.getElementById('token').focus()
}

/** Nothing that was typed is left to who comes next. */
function leave() {
  dropDrafts()
  dropPlan()
  logOut()
}

function logOut(reason) {
  login.forget()
  build()
  if (reason !== undefined) askWho(languages[settings.language], reason)
}

/** Which versions the visualizer's addresses are to name; without them they lead to it all the same. */
async function learnMachines() {
  try {
    const { items } = await json('/v1/machines', { signal: AbortSignal.timeout(machinesMaxMs) })
    return new Map(items.filter(({ isActive }) => isActive).map(({ name, version }) => [name, version]))
  } catch {
    return null
  }
}

/** Shows what the address names. */
function show() {
  viewing.abort()
  viewing = new AbortController()
  const { language } = settings
  const words = languages[language]
  const place = readPlace(location.hash)
  const refusal = h('div', { class: 'refusal', role: 'alert' })
  const app = {
    words,
    language,
    signal: viewing.signal,
    visualizer(machine, way) {
      const version = machines?.get(machine)
      const parts = version === undefined ? [machine] : [machine, version, way]
      return `/visualizer#/${parts.filter((part) => part !== undefined).join('/')}`
    },
    reached: () => tellAway(''),
    isOut,
    /** @returns {boolean} whether it is worth asking again */
    lost(error) {
      if (isOut(error)) return false
      if (error.isAway || error.status >= 429) {
        tellAway(words.away, error.problem?.detail)
        return true
      }
      tellAway('')
      main.querySelector('.reading')?.remove()
      refusal.replaceChildren(...told(error).filter(Boolean))
      return false
    },
  }
  const { title, element } = views[place.view](app, place)
  document.title = `${title} – Holdfast`
  markTab(top, place.view)
  main.replaceChildren(h('h1', { tabindex: '-1' }, title), refusal, ...element)
}

/** Whoever may not be here is led back to the login, with the reason. */
function isOut(error) {
  if (!(error instanceof Refused)) return false
  const { code } = error.problem ?? {}
  if (code !== 'unauthorized' && code !== 'forbidden') return false
  const words = languages[settings.language]
  logOut(code === 'unauthorized' ? words.dropped : words.notAllowed)
  return true
}

function arrive() {
  if (login.token === null) return
  tellAway('')
  show()
  scrollTo(0, 0)
  main.querySelector('h1').focus()
}

addEventListener('hashchange', arrive)
build()
