// The waiting room as one stands in it: the way in, where one is, how long it may take, and the session once one is let in.
import { follow, login, Refused } from '/common/ask.js'
import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import { confirmed } from './confirm.js'
import { clockSpan, count, roughSpan } from './format.js'
import { queueToken } from './kept.js'
import { whenLost } from './notice.js'
import { serverTime } from './server-time.js'

const ends = ['expired', 'left']

/** The server knows who asks, and not the place. */
const isNoPlace = (error) => error instanceof Refused && error.status !== 401 && error.status < 429

const shownPosition = ({ language }, { position }) => (position === null ? '' : count(language, position))

const figuresOf = (app, place) => {
  const { room } = app.words
  const { number, lot } = place
  return [
    ['position', room.position, shownPosition(app, place)],
    ['number', room.number, count(app.language, number)],
    ['lot', room.lot, lot === null || lot === number ? '' : count(app.language, lot)],
    ['wait', room.wait, estimateOf(app, place)],
  ]
}

/** Empty while nobody can tell. */
function estimateOf({ words, language }, { etaSeconds, etaRange }) {
  if (etaSeconds === null) return ''
  const { fromSeconds, toSeconds } = etaRange ?? { fromSeconds: etaSeconds, toSeconds: etaSeconds }
  const [from, to] = [fromSeconds, toSeconds].map((seconds) => roughSpan(language, Math.max(1, seconds)))
  return from === to ? words.room.about(from) : words.fromTo(from, to)
}

export class WaitingRoom {
  #app
  #show
  #events
  #following = null
  #place = null
  #news = ''
  #state = h('p', { class: 'room-state', role: 'status' })
  #figures = h('dl', { class: 'figures' })
  #text = h('p', { class: 'dim' })
  #proof = h('a', { class: 'link', target: '_blank', hidden: true })
  #buttons = h('div', { class: 'buttons' })
  #problem = h('p', { class: 'bad', role: 'alert' })

  /** @param events `admitted` with the queue token, `outside` for every other state */
  constructor(app, show, events) {
    this.#app = app
    this.#show = show
    this.#events = events
    this.element = h('section', { class: 'card stack room', 'aria-labelledby': 'room-title' }, [
      h('h2', { id: 'room-title' }, app.words.waitingRoom),
      this.#state,
      this.#figures,
      this.#text,
      this.#proof,
      this.#buttons,
      this.#problem,
    ])
    app.signal.addEventListener('abort', () => this.#following?.abort())
    this.#tickSession()
  }

  /** With the place that one has in it, if there is one. */
  begin() {
    const token = login.token === null ? null : queueToken.of(this.#show.id)
    if (token === null) this.#invite(this.#app.words.room.invitation)
    else this.#follow(token)
  }

  #invite(text) {
    const { words } = this.#app
    this.#following?.abort()
    this.#place = null
    this.element.classList.remove('is-in')
    setText(this.#state, text)
    this.#figures.replaceChildren()
    this.#proof.hidden = true
    this.#showNews('')
    setText(this.#text, words.room.invitationText)
    this.#offer('join', words.room.join, () => this.#join())
    this.#events.outside()
  }

  /** The button that is there stays, and with it the keyboard. */
  #offer(id, text, act) {
    const [before] = this.#buttons.children
    if (before?.id === id) return setText(before, text)
    const kind = id === 'join' ? 'primary' : 'quiet'
    this.#buttons.replaceChildren(h('button', { type: 'button', id, class: kind, on: { click: act } }, text))
  }

  async #join() {
    const app = this.#app
    const { id } = this.#show
    setText(this.#problem, '')
    if (!(await app.logIn(app.words.room.logIn))) return
    try {
      const joined = await app.insist(app, () => api.join(id, queueToken.of(id)))
      queueToken.keep(id, joined.queueToken)
      this.#follow(joined.queueToken)
    } catch (error) {
      setText(this.#problem, app.fail(app, error) ?? '')
    }
  }

  #follow(token) {
    const app = this.#app
    this.#following?.abort()
    this.#following = new AbortController()
    const signal = AbortSignal.any([app.signal, this.#following.signal])
    const tellLost = whenLost(app, 'room', signal)
    const listener = {
      place: (place) => {
        app.notice.tell('room', null)
        this.#tell(place, token)
      },
      lost: (error) => {
        tellLost(error)
        if (!signal.aborted && isNoPlace(error)) {
          queueToken.forget(this.#show.id)
          this.#invite(app.words.room.lost)
        }
      },
    }
    follow(api.placeStream, listener, signal, { headers: api.placeHeader(token), isUnseenToo: true })
  }

  #tell(place, token) {
    const { words } = this.#app
    const isNews = this.#place?.state !== place.state
    this.#place = place
    if (ends.includes(place.state)) {
      queueToken.forget(this.#show.id)
      return this.#invite(words.room.states[place.state])
    }
    const isIn = place.state === 'admitted'
    this.element.classList.toggle('is-in', isIn)
    const isUndrawn = place.state === 'not_open' && place.lot === null
    setText(this.#state, isUndrawn ? words.room.undrawn : words.room.states[place.state])
    const whatElse = isUndrawn ? words.room.undrawnText : words.room.keepOpen
    setText(this.#text, isIn ? '' : whatElse)
    this.#showFigures(place)
    this.#showProof(place)
    this.#showNews(isIn ? words.room.yourTurn : shownPosition(this.#app, place))
    this.#offer('leave', isIn ? words.room.endSession : words.room.leave, () => this.#leave(token))
    if (isIn) this.#events.admitted(token)
    else if (isNews) this.#events.outside()
  }

  #showFigures(place) {
    const { room } = this.#app.words
    const figures =
      place.state === 'admitted'
        ? [['session', room.session, place.sessionExpiresAt === null ? '' : this.#sessionLeft()]]
        : figuresOf(this.#app, place)
    this.#figures.replaceChildren(
      ...figures
        .filter(([, , value]) => value !== '')
        .map(([figure, name, value]) =>
          h('div', { data: { figure } }, [h('dt', {}, name), h('dd', {}, value)]),
        ),
    )
  }

  /** In the title: who looks at another tab sees the position move, and that it is one's turn. */
  #showNews(news) {
    const title = document.title.slice(document.title.startsWith(this.#news) ? this.#news.length : 0)
    this.#news = news === '' ? '' : `${news} · `
    document.title = `${this.#news}${title}`
  }

  /** What was drawn, anybody may check. */
  #showProof({ number, lot }) {
    this.#proof.hidden = lot === null || lot === number
    this.#proof.href = api.proof(this.#show.id, number)
    setText(this.#proof, this.#app.words.room.proof)
  }

  #sessionLeft() {
    return clockSpan(Date.parse(this.#place.sessionExpiresAt) - serverTime.now())
  }

  #tickSession() {
    const timer = setInterval(() => {
      const shown = this.#figures.querySelector('[data-figure="session"] dd')
      if (shown !== null) setText(shown, this.#sessionLeft())
    }, 1_000)
    this.#app.signal.addEventListener('abort', () => clearInterval(timer))
  }

  async #leave(token) {
    const app = this.#app
    const { room } = app.words
    const isIn = this.#place.state === 'admitted'
    const question = isIn ? room.reallyEnd : room.reallyLeave
    if (!(await confirmed(app, question, isIn ? room.endSession : room.leave))) return
    try {
      await app.insist(app, () => api.leave(token))
      queueToken.forget(this.#show.id)
      this.#invite(room.states.left)
      document.getElementById('join')?.focus()
    } catch (error) {
      setText(this.#problem, app.fail(app, error) ?? '')
    }
  }
}
