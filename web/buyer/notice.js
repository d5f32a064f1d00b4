// The quiet line about the connection, which comes and goes by itself and moves nothing else.
import { Refused } from '/common/ask.js'
import { h, setText } from '/common/dom.js'
import { roughSpan } from './format.js'

export class Notice {
  #told = new Map()
  #text = h('span', {})
  element = h('div', { class: 'notice', role: 'status' }, this.#text)

  /** @param source whose word it is: each takes back only its own, with null */
  tell(source, text) {
    if (text === null) this.#told.delete(source)
    else this.#told.set(source, text)
    const [shown = ''] = [...this.#told.values()].slice(-1)
    setText(this.#text, shown)
    this.element.classList.toggle('on', shown !== '')
  }

  clear() {
    for (const source of [...this.#told.keys()]) this.tell(source, null)
  }
}

/** What to say while one waits to ask again. */
export function waitingText({ words, language }, error, waitMs) {
  if (error === null) return null
  const span = roughSpan(language, Math.max(1, Math.round(waitMs / 1_000)))
  if (error.status === 429) return words.tooMany(span)
  return error.problem?.code === 'overloaded' ? words.overloaded(span) : words.away
}

/** For a stream that is followed: who is away comes back, and who is not known any more logs in. */
export const whenLost = (app, source, signal) => (error) => {
  if (signal.aborted || document.hidden || error === null) return
  // A stream that breaks off is no answer either.
  if (error.isAway || !(error instanceof Refused)) app.notice.tell(source, app.words.away)
  if (error.status === 401) app.dropped()
}
