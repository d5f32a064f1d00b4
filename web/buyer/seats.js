// The seats of one section as they stand, and the changes of all seats of the show as they come.
import { follow, login } from '/common/ask.js'
import * as api from './api.js'
import { byDistanceFrom } from './nearest.js'
import { whenLost } from './notice.js'

const pollMs = 15_000

export class Seats {
  #app
  #showId
  #listener
  #sectionId = null
  #revision = -1
  #loading = null
  #isStale = false
  #closing = new AbortController()
  /** Of the section that is looked at, by id. */
  all = new Map()

  /**
   * @param listener `drawn` for a section that is new, `changed` with the ids of seats that are otherwise now,
   *   `taken` with the ids of seats anywhere that nobody can have any more, `moved` when counts may have changed,
   *   `failed` with an error that does not pass by itself
   */
  constructor(app, showId, listener) {
    this.#app = app
    this.#showId = showId
    this.#listener = listener
  }

  async open(sectionId) {
    this.#sectionId = sectionId
    this.#revision = -1
    this.all = new Map()
    await this.#load()
  }

  /** Those who are logged in are sent the changes; others look again. */
  watch() {
    const { signal } = this.#closing
    if (login.token === null) return this.#poll(signal)
    const app = this.#app
    follow(
      api.seatStream(this.#showId),
      {
        ready: ({ revision }) => this.#catchUp(revision),
        reset: () => this.#catchUp(Number.POSITIVE_INFINITY),
        seats: (change) => this.#apply(change),
        lost: whenLost(app, 'seats', signal),
      },
      signal,
    )
  }

  /** The nearest first. None near a seat of another section. */
  freeNear(lostIds) {
    const lost = lostIds.map((id) => this.all.get(id)).find((seat) => seat !== undefined)
    if (lost === undefined) return []
    const free = [...this.all.values()].filter(({ id, status }) => status === 'free' && !lostIds.includes(id))
    return byDistanceFrom(lost, free)
  }

  close() {
    this.#closing.abort()
  }

  async #poll(signal) {
    for (;;) {
      await api.sleep(api.roughly(pollMs), signal)
      if (signal.aborted) return
      if (login.token !== null) return this.watch()
      if (document.hidden) continue
      this.#reload()
      this.#listener.moved()
    }
  }

  #catchUp(revision) {
    this.#app.notice.tell('seats', null)
    if (revision === this.#revision) return
    this.#reload()
    this.#listener.moved()
  }

  #apply(change) {
    this.#follow(change)
    this.#tellTaken(change.seats)
    this.#listener.moved()
  }

  #follow({ from, revision, seats }) {
    if (this.#sectionId === null || revision <= this.#revision) return
    if (from !== this.#revision || this.#loading !== null) return this.#reload()
    this.#revision = revision
    this.#take(seats)
  }

  #tellTaken(seats) {
    const taken = seats.filter(({ status }) => status !== 'free').map(({ id }) => id)
    if (taken.length > 0) this.#listener.taken(taken)
  }

  #take(seats) {
    const changed = []
    for (const { id, status } of seats) {
      const seat = this.all.get(id)
      if (seat === undefined || seat.status === status) continue
      seat.status = status
      changed.push(id)
    }
    if (changed.length > 0) this.#listener.changed(changed)
  }

  #reload() {
    this.#load().catch((error) => this.#listener.failed(error))
  }

  /** One at a time; what came in the meantime is seen by one more. */
  async #load() {
    if (this.#sectionId === null) return
    this.#isStale = true
    this.#loading ??= this.#loadWhileStale().finally(() => {
      this.#loading = null
    })
    await this.#loading
  }

  async #loadWhileStale() {
    const app = this.#app
    while (this.#isStale && !this.#closing.signal.aborted) {
      this.#isStale = false
      const sectionId = this.#sectionId
      const { items, revision } = await app.insist(app, () => api.seats(this.#showId, sectionId))
      if (sectionId !== this.#sectionId || this.#closing.signal.aborted) continue
      const isNew = this.all.size === 0
      this.#revision = revision
      if (!isNew) this.#take(items)
      else {
        this.all = new Map(items.map((seat) => [seat.id, seat]))
        this.#listener.drawn()
      }
      this.#tellTaken(items)
    }
  }
}
