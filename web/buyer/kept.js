// What this tab keeps, so that neither a login nor a reload loses it: places in waiting rooms, chosen seats, and the key of
// a hold whose answer has not come.
import { login } from '/common/ask.js'

/** As the token says; null for nobody. The server alone decides whether that is so. */
export function userId() {
  const [, claims = ''] = (login.token ?? '').split('.')
  try {
    const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    )
    return JSON.parse(new TextDecoder().decode(bytes)).sub ?? null
  } catch {
    return null
  }
}

const read = (name) => JSON.parse(sessionStorage.getItem(name) ?? 'null')

function write(name, value) {
  if (value === null) sessionStorage.removeItem(name)
  else sessionStorage.setItem(name, JSON.stringify(value))
}

const queueTokenName = (showId) => `holdfast.queue.${userId()}.${showId}`
export const queueToken = {
  of: (showId) => read(queueTokenName(showId)),
  keep: (showId, token) => write(queueTokenName(showId), token),
  forget: (showId) => write(queueTokenName(showId), null),
}

const chosenName = (showId) => `holdfast.chosen.${showId}`

/** What somebody who logs out wanted is nobody else's. */
export function forgetChosen() {
  for (const name of Object.keys(sessionStorage))
    if (name.startsWith(chosenName(''))) sessionStorage.removeItem(name)
}

/** The seats of a show that somebody wants. */
export class ChosenSeats {
  #name
  #seats

  constructor(showId) {
    this.#name = chosenName(showId)
    this.#seats = new Map((read(this.#name) ?? []).map((seat) => [seat.id, seat]))
  }

  get all() {
    return [...this.#seats.values()]
  }

  has(id) {
    return this.#seats.has(id)
  }

  add({ id, section, row, number, price }) {
    this.#seats.set(id, { id, section, row, number, price })
    this.#keep()
  }

  /** @returns those that were chosen */
  drop(ids) {
    const dropped = ids.map((id) => this.#seats.get(id)).filter((seat) => seat !== undefined)
    for (const { id } of dropped) this.#seats.delete(id)
    this.#keep()
    return dropped
  }

  #keep() {
    write(this.#name, this.#seats.size === 0 ? null : this.all)
  }
}

const unansweredName = (showId) => `holdfast.unanswered.${userId()}.${showId}`
export const unanswered = {
  /** The key under which just this was asked for, if nobody knows what became of it. */
  keyOf(showId, body) {
    const kept = read(unansweredName(showId))
    return kept?.body === JSON.stringify(body) ? kept.key : null
  },
  keep: (showId, body, key) => write(unansweredName(showId), { body: JSON.stringify(body), key }),
  forget: (showId) => write(unansweredName(showId), null),
}
