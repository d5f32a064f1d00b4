// What can be done with a reservation: pay, with the money that it takes; more time; give it back.

import { newKey } from '/common/ask.js'
import { h, rememberFocus, setText } from '/common/dom.js'
import { money } from '/common/money.js'
import * as api from './api.js'
import { confirmed } from './confirm.js'
import { moment } from './format.js'
import { charge, isFinal, order } from './hold.js'
import { places } from './place.js'
import { codeText } from './problems.js'
import { serverTime } from './server-time.js'

/** Held, and the time is up: it will not be held any more in a moment. */
export const isOver = ({ state, holdExpiresAt }) =>
  state === 'held' && Date.parse(holdExpiresAt) <= serverTime.now()

const isPayable = (reservation) => reservation.state === 'held' && !isOver(reservation)

export class Actions {
  #app
  #show
  #changed
  #reservation = null
  #balance = null
  #keys = new Map()
  #waitingFor = null
  #money = h('p', { class: 'dim' })
  #problem = h('p', { class: 'bad', role: 'alert' })
  #buttons = h('div', { class: 'buttons' })

  /** @param changed is given the reservation as it is after something was done */
  constructor(app, show, changed) {
    this.#app = app
    this.#show = show
    this.#changed = changed
    this.element = h('div', { class: 'stack' }, [this.#money, this.#problem, this.#buttons])
  }

  show(reservation) {
    if (this.#reservation?.state !== reservation.state) setText(this.#problem, '')
    this.#reservation = reservation
    this.#tellRefusal(reservation)
    this.#showActions()
    if (reservation.state === 'held') this.#lookAtBalance()
  }

  async #lookAtBalance() {
    const { balance } = await api.balance().catch(() => ({ balance: null }))
    if (balance === null || this.#app.signal.aborted) return
    this.#balance = balance
    this.#showActions()
  }

  /** How much is missing; 0 where it is enough, or nobody knows. */
  #missing() {
    return this.#balance === null ? 0 : Math.max(0, this.#reservation.amount - this.#balance)
  }

  #showActions() {
    setText(this.#money, this.#moneyText())
    const returnFocus = rememberFocus()
    const hadFocus = this.#buttons.contains(document.activeElement)
    this.#buttons.replaceChildren(...this.#possible())
    if (hadFocus) returnFocus(this.#buttons.querySelector('button, a'))
  }

  #written = (amount) => money(this.#app.language, amount, this.#reservation.currency)

  #moneyText() {
    const { words } = this.#app
    if (this.#reservation.state === 'paid') return this.#refundText()
    if (!isPayable(this.#reservation) || this.#balance === null) return ''
    const balance = this.#written(this.#balance)
    const missing = this.#missing()
    return missing > 0 ? words.balanceShort(balance, this.#written(missing)) : words.balance(balance)
  }

  #possible() {
    const { words } = this.#app
    const { state } = this.#reservation
    if (isPayable(this.#reservation)) return this.#heldActions()
    if (state === 'queued' || state === 'held') return []
    if (state !== 'paid')
      return [h('a', { class: 'primary', id: 'again', href: places.show(this.#show.id) }, words.chooseAgain)]
    return this.#isRefundable() ? [this.#endButton('refund', words.reallyRefund, words.refund)] : []
  }

  #heldActions() {
    const { words } = this.#app
    const { extensionMs, extensionsMax } = this.#show
    const missing = this.#missing()
    const canCharge = missing > 0 && document.documentElement.dataset.demoCharges === 'on'
    const canExtend = extensionMs > 0 && extensionsMax > 0
    const top = canCharge
      ? [this.#button('charge', words.charge(this.#written(missing)), 'primary', () => this.#charge(missing))]
      : []
    const pay = this.#button('pay', words.pay, canCharge ? 'quiet' : 'primary', () => this.#order('payment'))
    const more = canExtend
      ? [this.#button('extend', words.extend, 'quiet', () => this.#order('extension'))]
      : []
    return [...top, pay, ...more, this.#endButton('cancel', words.reallyCancel, words.cancel)]
  }

  #button = (id, text, kind, click) => h('button', { type: 'button', id, class: kind, on: { click } }, text)

  /** Asks first. */
  #endButton = (id, question, text) =>
    this.#button(id, text, 'quiet', async () => {
      if (await confirmed(this.#app, question, text)) await this.#order('cancellation')
    })

  #isRefundable() {
    const { refundableUntil } = this.#show
    return refundableUntil !== null && serverTime.now() < Date.parse(refundableUntil)
  }

  #refundText() {
    const { words, language } = this.#app
    return this.#isRefundable()
      ? words.refundUntil(moment(language, this.#show.refundableUntil))
      : words.noRefund
  }

  #order = (name) =>
    this.#act(name, async (key) => {
      const answer = await order(this.#app, { id: this.#reservation.id, name, key })
      this.#waitingFor = answer.state === 'queued' ? answer.commandId : null
      this.#changed(await this.#app.insist(this.#app, () => api.reservation(this.#reservation.id)))
      return answer.state !== 'queued'
    })

  #charge = (amount) =>
    this.#act(`charge ${amount}`, async (key) => {
      const { balance } = await charge(this.#app, { amount, key })
      this.#balance = balance
      this.#showActions()
      this.#app.tell(this.#app.words.charged)
      document.getElementById('pay')?.focus()
      return true
    })

  /** The key of what was asked for stays until its decision is known. @param act resolves with whether it is */
  async #act(name, act) {
    const app = this.#app
    const key = this.#keys.get(name) ?? newKey()
    this.#keys.set(name, key)
    setText(this.#problem, '')
    this.#setBusy(true)
    try {
      if (await act(key)) this.#keys.delete(name)
    } catch (error) {
      if (isFinal(error)) this.#keys.delete(name)
      setText(this.#problem, app.fail(app, error) ?? '')
    } finally {
      this.#setBusy(false)
    }
  }

  /** Not disabled: the button would lose the keyboard. */
  #setBusy(isBusy) {
    this.#buttons.setAttribute('aria-busy', String(isBusy))
  }

  /** Of a command whose answer nobody waited for to the end. */
  #tellRefusal({ lastCommand }) {
    if (this.#waitingFor === null || lastCommand?.id !== this.#waitingFor) return
    this.#waitingFor = null
    this.#keys.clear()
    if (lastCommand.state !== 'accepted') setText(this.#problem, codeText(this.#app, lastCommand.code) ?? '')
  }
}
