// Sends what somebody wants done. Where no answer comes it is sent again, a command under the same key, so that however often
// it arrives it is done once.
import { ask, orAway, pause } from '/common/ask.js'
import { remember } from './api.js'

const answerMaxMs = 30_000
const underWay = new WeakSet()

/** Made of what every browser has: `crypto.randomUUID` is missing where the page comes without encryption. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

const commandHeaders = () => ({ 'idempotency-key': newKey(), prefer: 'wait=10, consistency-token' })

/** A command: decided by the engine, in order. */
export const command = (app, outcome, { path, body }, done) =>
  send(app, outcome, { path, body, method: 'POST', headers: commandHeaders() }, done)

/**
 * Whatever comes of it is told in `outcome`; a second click meanwhile does nothing.
 * @param app see main.js
 * @param done gets the answer, unless it is only a receipt
 * @param refused looks at a refusal, too
 */
export async function send(app, outcome, { path, method, headers = {}, body }, done, refused = () => {}) {
  if (underWay.has(outcome)) return
  underWay.add(outcome)
  const stopping = new AbortController()
  const signal = AbortSignal.any([app.signal, stopping.signal])
  const options = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  outcome.busy()
  try {
    const { status, answer } = await untilAnswered()
    app.reached()
    if (status === 202) outcome.accepted()
    else done(answer)
  } catch (error) {
    if (app.signal.aborted || app.isOut(error)) return
    if (stopping.signal.aborted) return outcome.stopped()
    outcome.refused(error)
    refused(error)
  } finally {
    underWay.delete(outcome)
  }

  async function untilAnswered() {
    for (;;) {
      try {
        const once = AbortSignal.any([signal, AbortSignal.timeout(answerMaxMs)])
        const response = await ask(path, { ...options, signal: once })
        remember(response)
        return { status: response.status, answer: await orAway(response.json()) }
      } catch (error) {
        if (!error.isAway || signal.aborted) throw error
        outcome.lost(() => stopping.abort())
        await pause()
        signal.throwIfAborted()
      }
    }
  }
}
