// One show: how its sale stands, the way in where there is a waiting room, and then the seats.
import { h, setText } from '/common/dom.js'
import * as api from './api.js'
import * as catalogue from './catalogue.js'
import { moment } from './format.js'
import { places } from './place.js'
import { WaitingRoom } from './room.js'
import { serverTime } from './server-time.js'
import { Shop } from './shop.js'
import { priceRange, saleBadge } from './shows.js'

const spreadMs = 4_000
const lookAgainMs = { open: 30_000, not_open: 30_000, paused: 15_000, over: 60_000 }

/** At the opening in time, spread over some seconds: all who wait for it have the page open. */
function untilNextLookMs({ sale, opensAt }) {
  const ms = api.roughly(lookAgainMs[sale])
  if (sale !== 'not_open') return ms
  return Math.min(ms, Math.max(0, Date.parse(opensAt) - serverTime.now()) + Math.random() * spreadMs)
}

export async function showView(app, { id, section }) {
  const show = await api.show(id)
  const concert = await catalogue.concert(show.concertId)
  app.signal.throwIfAborted()
  const view = new ShowView(app, show, section)
  await view.begin()
  return { title: concert.name, element: view.element(concert) }
}

class ShowView {
  #app
  #show
  #section
  #shop = null
  #room = null
  #badge
  #sale = h('p', { class: 'sale-text', role: 'status' })
  #body = h('div', { class: 'stack' })
  #roomPlace = h('div', { class: 'room-place' })

  constructor(app, show, section) {
    this.#app = app
    this.#show = show
    this.#section = section
    this.#badge = saleBadge(app, show.sale)
    app.signal.addEventListener('abort', () => this.#shop?.close())
  }

  async begin() {
    const { hasWaitingRoom, sale } = this.#show
    if (sale === 'over') return this.#showSale()
    if (hasWaitingRoom) {
      this.#room = new WaitingRoom(this.#app, this.#show, {
        admitted: (queueToken) =>
          this.#openShop(queueToken).catch((error) =>
            setText(this.#sale, this.#app.fail(this.#app, error) ?? ''),
          ),
        outside: () => this.#closeShop(),
      })
      this.#roomPlace.append(this.#room.element)
      this.#room.begin()
    } else await this.#openShop(null)
    this.#showSale()
    this.#watchSale()
  }

  element(concert) {
    const { words, language } = this.#app
    const { startsAt } = this.#show
    return h('div', { class: 'stack wide-gap' }, [
      h('div', { class: 'stack show-head' }, [
        h('a', { class: 'link back', href: places.shows }, words.toShows),
        h('h1', {}, concert.name),
        h('p', { class: 'show-facts' }, [
          h('time', { datetime: startsAt }, moment(language, startsAt)),
          this.#badge,
          h('span', { class: 'dim' }, priceRange(this.#app, this.#show)),
        ]),
        this.#sale,
      ]),
      this.#roomPlace,
      this.#body,
    ])
  }

  async #openShop(queueToken) {
    if (this.#shop !== null) return
    const shop = new Shop(this.#app, this.#show, {
      queueToken,
      notAdmitted: () => this.#room?.begin(),
    })
    this.#shop = shop
    await shop.begin(this.#section)
    if (this.#shop === shop) this.#body.replaceChildren(shop.element)
  }

  #closeShop() {
    const hadFocus = this.#body.contains(document.activeElement)
    this.#shop?.close()
    this.#shop = null
    this.#body.replaceChildren()
    if (hadFocus) this.#roomPlace.querySelector('button')?.focus()
  }

  async #watchSale() {
    const { signal } = this.#app
    for (;;) {
      await api.sleep(untilNextLookMs(this.#show), signal)
      if (signal.aborted) return
      if (document.hidden) continue
      // Whether the server is away, others tell.
      const show = await api.show(this.#show.id).catch(() => null)
      if (signal.aborted) return
      if (show === null || show.sale === this.#show.sale) continue
      this.#show = show
      this.#showSale()
    }
  }

  #showSale() {
    const { words, language } = this.#app
    const { sale, opensAt } = this.#show
    this.#badge.dataset.sale = sale
    setText(this.#badge, words.sales[sale])
    const texts = {
      not_open: words.opensAt(moment(language, opensAt)),
      paused: words.paused,
      over: words.over,
    }
    setText(this.#sale, texts[sale] ?? '')
    this.#shop?.setSale(sale)
  }
}
