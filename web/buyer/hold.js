// Asks for a hold until it is decided. Whatever gets lost on the way, it is one command: the key stays until its answer came.
import { follow, newKey, Refused } from '/common/ask.js'
import * as api from './api.js'
import { unanswered } from './kept.js'

/**
 * @param wish `{seatIds}` or `{bestAvailable}`
 * @returns the reservation's id once the seats are held
 * @throws {Refused} with the code of the refusal
 */
export async function hold(app, { showId, wish, queueToken }) {
  const body = { showId, ...wish }
  const key = unanswered.keyOf(showId, body) ?? newKey()
  unanswered.keep(showId, body, key)
  try {
    const headers = api.placeHeader(queueToken)
    const answer = await app.insist(app, () => api.command('/v1/reservations', key, { body, headers }))
    const decided = answer.state === 'queued' ? await decisionOf(app, answer.id) : answer
    unanswered.forget(showId)
    if (decided.state !== 'rejected') return decided.id
    throw new Refused(409, { code: decided.lastCommand?.code ?? 'invalid_state' })
  } catch (error) {
    if (isFinal(error)) unanswered.forget(showId)
    throw error
  }
}

/** They are said before anybody looks whether the key is known. */
const saidAtTheDoor = new Set(['not_admitted', 'queue_token_invalid'])

/** Whether it says what became of the command, of earlier tries under its key too. */
export const isFinal = ({ status, problem }) =>
  problem?.commandId !== undefined ||
  (status < 500 && ![401, 408, 429].includes(status) && !saidAtTheDoor.has(problem?.code))

/** The reservation once something was decided about it. */
function decisionOf(app, id) {
  const done = new AbortController()
  return new Promise((resolve, reject) => {
    // Who leaves finds it among the reservations.
    const leave = () => reject(new Refused(409, null))
    if (app.signal.aborted) return leave()
    app.signal.addEventListener('abort', leave, { signal: done.signal })
    follow(
      api.reservationStream(id),
      {
        reservation(reservation) {
          if (reservation.state === 'queued') return
          done.abort()
          resolve(reservation)
        },
        lost(error) {
          if (error instanceof Refused && error.status < 429) reject(error)
        },
      },
      AbortSignal.any([app.signal, done.signal]),
    )
  })
}

/** Pays, extends or cancels. A decision that takes longer shows at the reservation, which is followed anyway. */
export const order = (app, { id, name, key }) =>
  app.insist(app, () => api.command(api.orderPath(id, name), key))

export const charge = (app, { amount, key }) =>
  app.insist(app, () => api.command('/v1/balance/charges', key, { body: { amount } }))
