// How long the seats are still held, by the server's clock. It is told aloud twice: when a minute is left, and when it is over.
import { h, setText } from '/common/dom.js'
import { clockSpan, timeOfDay } from './format.js'
import { serverTime } from './server-time.js'

const warnMs = 60_000

export class Countdown {
  #app
  #onEnd
  #deadline = null
  #isWarned = false
  #isOver = false
  #clock = h('span', { class: 'clock', role: 'timer' })
  #until = h('span', { class: 'dim' })

  constructor(app, onEnd) {
    this.#app = app
    this.#onEnd = onEnd
    this.element = h('p', { class: 'countdown', hidden: true }, [this.#clock, this.#until])
    const timer = setInterval(() => this.#tick(), 250)
    app.signal.addEventListener('abort', () => clearInterval(timer))
  }

  /** @param deadline ms since the epoch; null where nothing runs out */
  until(deadline) {
    this.element.hidden = deadline === null
    if (deadline === this.#deadline) return
    this.#deadline = deadline
    this.#isOver = false
    this.#isWarned = deadline === null || deadline - serverTime.now() < warnMs
    const { words, language } = this.#app
    if (deadline !== null) setText(this.#until, words.heldUntil(timeOfDay(language, deadline)))
    this.#tick()
  }

  #tick() {
    if (this.#deadline === null) return
    const leftMs = this.#deadline - serverTime.now()
    setText(this.#clock, clockSpan(leftMs))
    this.element.classList.toggle('soon', leftMs < warnMs)
    if (leftMs < warnMs && !this.#isWarned) {
      this.#isWarned = true
      this.#app.tell(this.#app.words.oneMinuteLeft)
    }
    if (leftMs > 0 || this.#isOver) return
    this.#isOver = true
    this.#onEnd()
  }
}
