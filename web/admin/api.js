// What the page asks the server, each time so that it sees what was written from here just before.
import { ask, orAway, query } from '/common/ask.js'

const answerMaxMs = 15_000

let consistencyToken = null

/** Of an answer to a write: later look-ups show at least as much. */
export function remember(response) {
  consistencyToken = response.headers.get('consistency-token') ?? consistencyToken
}

async function look(path, signal) {
  const response = await ask(path, {
    headers: consistencyToken === null ? {} : { 'consistency-token': consistencyToken },
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMaxMs)]),
  })
  return orAway(response.json())
}

const segment = encodeURIComponent

export const dashboard = (cursor, signal) => look(`/v1/admin/dashboard${query({ cursor })}`, signal)
export const parked = (cursor, signal) => look(`/v1/admin/parked${query({ cursor })}`, signal)
export const show = (id, signal) => look(`/v1/shows/${segment(id)}`, signal)
export const sections = (id, signal) => look(`/v1/shows/${segment(id)}/sections`, signal)
export const inlet = (id, signal) => look(inletPath(id), signal)
export const reservation = (id, signal) => look(`/v1/reservations/${segment(id)}`, signal)
export const concerts = (signal) => all('/v1/concerts', signal)
export const showsOf = (concertId, signal) => all(`/v1/concerts/${segment(concertId)}/shows`, signal)

export const salePath = (id, act) => `/v1/admin/shows/${segment(id)}/${act}`
export const inletPath = (id, act) =>
  `/v1/admin/shows/${segment(id)}/waiting-room${act === undefined ? '' : `/${act}`}`
export const retryPath = (id) => `/v1/admin/parked/${segment(id)}/retry`
export const refundPath = (id) => `/v1/admin/reservations/${segment(id)}/refund`

/** Every page of a collection. */
async function all(path, signal) {
  const items = []
  let cursor = null
  do {
    const page = await look(`${path}${query({ limit: 100, cursor })}`, signal)
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return items
}
