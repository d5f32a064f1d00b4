// What this page asks of the server, and how it asks again: with the same key, when it was told to.
import { ask as askServer, orAway, query } from '/common/ask.js'
import { serverTime } from './server-time.js'

async function ask(path, options) {
  const askedAt = Date.now()
  const response = await askServer(path, options)
  serverTime.learn(response.headers.get('date'), askedAt)
  return response
}

const json = async (path, options) => orAway((await ask(path, options)).json())

const post = (path, { body, headers } = {}) =>
  json(path, { method: 'POST', headers, ...(body !== undefined && { body: JSON.stringify(body) }) })

async function allPages(path) {
  const items = []
  let cursor = null
  do {
    const page = await json(`${path}${query({ limit: 100, cursor })}`)
    items.push(...page.items)
    cursor = page.nextCursor ?? null
  } while (cursor !== null)
  return items
}

const part = encodeURIComponent

export const concerts = () => allPages('/v1/concerts')
export const concert = (id) => json(`/v1/concerts/${part(id)}`)
export const showsOf = (concertId) => allPages(`/v1/concerts/${part(concertId)}/shows`)
export const show = (id) => json(`/v1/shows/${part(id)}`)
export const sections = (showId) => json(`/v1/shows/${part(showId)}/sections`)
export const seats = (showId, section) => json(`/v1/shows/${part(showId)}/seats${query({ section })}`)
export const balance = () => json('/v1/balance')
export const reservation = (id) => json(`/v1/reservations/${part(id)}`)
export const reservations = (cursor) => json(`/v1/reservations${query({ limit: 20, cursor })}`)
export const history = (id, language) =>
  json(`/v1/reservations/${part(id)}/history`, { headers: { 'accept-language': language } })
export const seatStream = (showId) => `/v1/shows/${part(showId)}/seats/stream`
export const reservationStream = (id) => `/v1/reservations/${part(id)}/stream`
export const proof = (showId, number) => `/v1/shows/${part(showId)}/waiting-room/proof${query({ number })}`
export const placeStream = '/v1/waiting-room/stream'

/** The token of a place, as the header that proves it. */
export const placeHeader = (queueToken) => (queueToken === null ? {} : { 'queue-token': queueToken })

export const join = (showId, queueToken) =>
  post(`/v1/shows/${part(showId)}/waiting-room`, { headers: placeHeader(queueToken) })
export const leave = (queueToken) =>
  ask('/v1/waiting-room', { method: 'DELETE', headers: placeHeader(queueToken) })

/** Waits for the decision; of a command sent again under its key there is still only one. */
export const command = (path, key, { body, headers } = {}) =>
  post(path, { body, headers: { 'idempotency-key': key, prefer: 'wait=10', ...headers } })

export const orderPath = (id, name) => `/v1/reservations/${part(id)}/${name}`

/** What passes by itself: the same may be asked again. */
export const isPassing = ({ isAway, status }) => isAway === true || status === 408 || status === 429

/**
 * Does it until it is answered, for as long as `signal` lets it.
 * @param tell is given the error and how long it waits now, or null once there is an answer
 */
export async function patiently(act, { signal, tell }) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await act()
      tell(null)
      return answer
    } catch (error) {
      if (signal.aborted || !isPassing(error)) {
        tell(null)
        throw error
      }
      const waitMs = error.retryAfterMs ?? Math.min(1_500 * attempt, 10_000)
      tell(error, waitMs)
      await sleep(waitMs, signal)
      if (signal.aborted) throw error
    }
  }
}

/** So that a crowd that came together does not ask together. */
export const roughly = (ms) => ms * (0.75 + Math.random() / 2)

/** Ends at once, without a word, when the signal does. */
export const sleep = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
