// Follows a place in the waiting room, also while the page is not seen: who waits looks at something else meanwhile, and whose
// turn it is has a minute to turn up.
import { ask, events, pause, Refused } from '/common/ask.js'
import * as api from './api.js'

/** @param listener as that of `follow` */
export async function stayInRoom(queueToken, listener, signal) {
  let failures = 0
  while (!signal.aborted) {
    try {
      const { body } = await ask(api.placeStream, { headers: api.placeHeader(queueToken), signal })
      for await (const { event, data } of events(body)) {
        failures = 0
        listener[event]?.(data)
      }
      listener.lost(null)
    } catch (error) {
      if (signal.aborted) return
      listener.lost(error)
      if (error instanceof Refused && error.status < 429) return
    }
    await pause(++failures)
  }
}
