// The seats of a show: sections, the map of one of them, the quick way, and what was chosen.

import { h, setText } from '/common/dom.js'
import { money } from '/common/money.js'
import * as api from './api.js'
import { bestSeats } from './best.js'
import { Choice } from './choice.js'
import { hold } from './hold.js'
import { ChosenSeats, unanswered } from './kept.js'
import { ownSeats } from './own-seats.js'
import { places, readPlace } from './place.js'
import { problemText } from './problems.js'
import { SeatMap } from './seat-map.js'
import { Seats } from './seats.js'
import { Sections } from './sections.js'

const offersMax = 6
const countsAgainMs = 15_000
const mapAwaitedMs = 1_500

export class Shop {
  #app
  #show
  #queueToken
  #notAdmitted
  #sections
  #seats
  #map
  #choice
  #best
  #chosen
  #mine = new Set()
  #sectionId = null
  #sale
  #isHolding = false
  #countsTimer = null
  #mapPlace = h('section', { class: 'stack', 'aria-labelledby': 'map-title', hidden: true })
  #mapTitle = h('h2', { id: 'map-title' })

  /** @param events `notAdmitted` when the server says that one is not in any more */
  constructor(app, show, { queueToken, notAdmitted }) {
    this.#app = app
    this.#show = show
    this.#sale = show.sale
    this.#queueToken = queueToken
    this.#notAdmitted = notAdmitted
    this.#chosen = new ChosenSeats(show.id)
    this.#sections = new Sections(app, (id) => this.#lookAt(id))
    this.#seats = new Seats(app, show.id, {
      drawn: () => this.#draw(),
      changed: (ids) => this.#change(ids),
      taken: (ids) => this.#lose(ids),
      moved: () => this.#countAgain(),
      failed: (error) => this.#choice.tell(this.#app.fail(this.#app, error)),
    })
    this.#map = new SeatMap(app, {
      kindOf: (seat) => this.#kindOf(seat),
      describe: (seat) => this.#describe(seat),
      choose: (seat) => this.#toggle(seat),
    })
    this.#choice = new Choice(app, {
      nameOf: (seat) => this.#nameOf(seat),
      drop: (seat) => this.#toggle(seat),
      take: (seat) => this.#take(seat),
      hold: () => this.#hold({ seatIds: this.#chosen.all.map(({ id }) => id) }),
    })
    this.#mapPlace.append(this.#mapTitle, this.#map.element)
  }

  async begin(section) {
    const app = this.#app
    const [sections, mine] = await Promise.all([
      app.insist(app, () => api.sections(this.#show.id)),
      ownSeats(this.#show.id),
    ])
    if (app.signal.aborted) return
    this.#mine = mine
    this.#chosen.drop([...mine])
    this.#sections.show(sections)
    const { seatLimit } = this.#show
    this.#best = bestSeats(app, { seatLimit, sections: sections.items }, (wish) => this.#hold(wish))
    this.element = h('div', { class: 'shop' }, [
      h('div', { class: 'stack wide-gap' }, [this.#best.element, this.#sections.element, this.#mapPlace]),
      this.#choice.element,
    ])
    this.#showChoice()
    const isThere = sections.items.some(({ id }) => id === section)
    // What else there is does not wait for a map that does not come.
    if (isThere) await Promise.race([this.#look(section), api.sleep(mapAwaitedMs, app.signal)])
    this.#seats.watch()
  }

  close() {
    clearTimeout(this.#countsTimer)
    this.#seats.close()
  }

  setSale(sale) {
    this.#sale = sale
    this.#showChoice()
  }

  async #lookAt(sectionId) {
    await this.#look(sectionId)
    this.#mapTitle.scrollIntoView({ block: 'start' })
    this.#map.focus()
  }

  async #look(sectionId) {
    this.#sectionId = sectionId
    this.#sections.mark(sectionId)
    history.replaceState(null, '', places.show(this.#show.id, sectionId))
    try {
      await this.#seats.open(sectionId)
    } catch (error) {
      this.#choice.tell(this.#app.fail(this.#app, error))
    }
  }

  #draw() {
    const section = this.#sections.items.find(({ id }) => id === this.#sectionId)
    const { prices, currency } = this.#show
    this.#mapPlace.hidden = false
    setText(this.#mapTitle, section.name)
    this.#map.draw(this.#seats.all, {
      name: section.name,
      prices: Object.keys(prices)
        .toSorted()
        .map((category) => ({
          category,
          text: `${category} ${money(this.#app.language, prices[category], currency)}`,
        })),
    })
  }

  #change(ids) {
    this.#map.update(ids)
    const free = [...this.#seats.all.values()].filter(({ status }) => status === 'free')
    this.#sections.showFree(this.#sectionId, free.length)
  }

  #kindOf({ id, status }) {
    if (this.#chosen.has(id)) return 'chosen'
    return status !== 'free' && this.#mine.has(id) ? 'mine' : status
  }

  #nameOf({ section, row, number }) {
    const name = this.#sections.items.find(({ id }) => id === section)?.name ?? section
    return this.#app.words.seat(name, row, number)
  }

  #describe(seat) {
    const { words, language } = this.#app
    const price = money(language, seat.price, this.#show.currency)
    return [this.#nameOf(seat), price, words.kinds[this.#kindOf(seat)]].join(', ')
  }

  #toggle(seat) {
    const [dropped] = this.#chosen.drop([seat.id])
    if (dropped === undefined) return this.#kindOf(seat) === 'free' && this.#take(seat)
    this.#app.tell(this.#app.words.unchosen(this.#nameOf(seat)))
    this.#showChosen([seat.id])
  }

  #take(seat) {
    const { words } = this.#app
    const { seatLimit } = this.#show
    if (this.#chosen.all.length >= seatLimit) return this.#choice.tell(words.limit(seatLimit))
    this.#choice.tell(null)
    this.#chosen.add(seat)
    this.#app.tell(words.nowChosen(this.#nameOf(seat), this.#chosen.all.length))
    this.#showChosen([seat.id])
  }

  #showChosen(changedIds) {
    this.#map.update(changedIds)
    this.#showChoice()
  }

  #showChoice() {
    const { currency, seatLimit } = this.#show
    const canHold = this.#sale === 'open'
    if (this.#best !== undefined) this.#best.button.disabled = !canHold
    this.#choice.show(this.#chosen.all, { currency, seatLimit, canHold })
  }

  /** Whether just these were asked for, here or before a reload, without coming to know what became of it. */
  #mayBeOwn() {
    const showId = this.#show.id
    const seatIds = this.#chosen.all.map(({ id }) => id)
    return this.#isHolding || unanswered.keyOf(showId, { showId, seatIds }) !== null
  }

  /** Somebody was faster. */
  #lose(ids) {
    const lost = this.#mayBeOwn() ? [] : this.#chosen.drop(ids)
    if (lost.length === 0) return
    const lostIds = lost.map(({ id }) => id)
    this.#showChosen(lostIds)
    this.#choice.tell(this.#takenText(lost), this.#freeNear(lostIds))
  }

  #takenText(seats) {
    return this.#app.words.taken(seats.map((seat) => this.#nameOf(seat)).join(', '))
  }

  /** Of what is on the map, and not chosen; for another section the server will say. */
  #freeNear(lostIds) {
    return this.#notChosen(this.#seats.freeNear(lostIds))
  }

  #notChosen = (seats) => seats.filter(({ id }) => !this.#chosen.has(id)).slice(0, offersMax)

  async #hold(wish) {
    const app = this.#app
    if (!(await app.logIn(app.words.logInFor.hold)) || this.#isHolding) return
    this.#isHolding = true
    this.#choice.tell(null)
    this.#choice.busy(true)
    try {
      const id = await hold(app, { showId: this.#show.id, wish, queueToken: this.#queueToken })
      if (wish.seatIds !== undefined) this.#chosen.drop(wish.seatIds)
      // Another language is not another place.
      if (app.signal.aborted && readPlace(location.hash).id !== this.#show.id) return
      app.go(places.reservation(id))
    } catch (error) {
      this.#isHolding = false
      this.#refused(error)
    } finally {
      this.#isHolding = false
      this.#choice.busy(false)
    }
  }

  #refused(error) {
    const app = this.#app
    const { code, seatsTaken = [], seatsNearby } = error.problem ?? {}
    if (code === 'not_admitted' || code === 'queue_token_invalid') this.#notAdmitted()
    if (code !== 'seats_taken') {
      const text = app.fail(app, error)
      return text === null ? undefined : this.#choice.tell(text)
    }
    const seats = this.#chosen.drop(seatsTaken)
    this.#showChosen(seatsTaken)
    const text = seats.length > 0 ? this.#takenText(seats) : problemText(app, error)
    this.#choice.tell(
      text,
      seatsNearby === undefined ? this.#freeNear(seatsTaken) : this.#notChosen(seatsNearby),
    )
  }

  #countAgain() {
    this.#countsTimer ??= setTimeout(async () => {
      this.#countsTimer = null
      const sections = await api.sections(this.#show.id).catch(() => null)
      if (sections !== null && !this.#app.signal.aborted) this.#sections.show(sections)
    }, api.roughly(countsAgainMs))
  }
}
