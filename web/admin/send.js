// Sends what somebody wants done. Where no answer comes it is sent again, a command under the same key, so that however often
// it arrives it is done once.
import { ask, newKey, orAway, pause } from '/common/ask.js'
import { remember } from './api.js'

const answerMaxMs = 30_000
const underWay = new WeakSet()

const commandHeaders = (key) => ({ 'idempotency-key': key, prefer: 'wait=10, consistency-token' })

/** By path, the keys of what is to be done once and was sent without coming to know what became of it. */
const undecided = new Map()

/**
 * A command: decided by the engine, in order.
 * @param isOnce whether it is the same command however often somebody sends it, until its decision is known
 */
export function command(app, outcome, { path, body, isOnce = false }, done) {
  const key = (isOnce && undecided.get(path)) || newKey()
  if (isOnce) undecided.set(path, key)
  const decided = () => undecided.delete(path)
  const answered = (answer) => {
    decided()
    done(answer)
  }
  return send(app, outcome, { path, body, method: 'POST', headers: commandHeaders(key) }, answered, decided)
}

/**
 * Whatever comes of it is told in `outcome`; a second click meanwhile does nothing.
 * @param app see main.js
 * @param done gets the answer; of a command, once it is decided
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
    const answer = await untilAnswered()
    app.reached()
    done(answer)
  } catch (error) {
    if (app.signal.aborted || app.isOut(error)) return
    if (stopping.signal.aborted) return outcome.stopped()
    outcome.refused(error)
    refused(error)
  } finally {
    underWay.delete(outcome)
  }

  async function untilAnswered() {
    let told = null
    const tellOnce = (what, ...about) => {
      if (told !== what) outcome[what](...about)
      told = what
    }
    for (;;) {
      try {
        const once = AbortSignal.any([signal, AbortSignal.timeout(answerMaxMs)])
        const response = await ask(path, { ...options, signal: once })
        remember(response)
        const answer = await orAway(response.json())
        if (response.status !== 202) return answer
        tellOnce('accepted')
      } catch (error) {
        if (!error.isAway || signal.aborted) throw error
        tellOnce('lost', () => stopping.abort())
      }
      await pause()
      signal.throwIfAborted()
    }
  }
}
