// Beside a button or a form: what came of it.
import { h } from '/common/dom.js'

/** What the server says comes in English, whatever the page's language. */
export const told = ({ message, whatNext }) => [
  h('p', { class: 'broken', lang: 'en' }, message),
  whatNext ? h('p', { lang: 'en' }, whatNext) : null,
]

export function outcomeLine(words) {
  const element = h('div', { class: 'outcome', 'aria-live': 'polite' })
  const say = (kind, ...children) => {
    element.dataset.kind = kind
    element.replaceChildren(...children.flat().filter((child) => child !== null))
  }
  return {
    element,
    clear: () => say('none'),
    busy: () => say('busy', h('p', {}, words.sending)),
    done: (text, ...more) => say('done', h('p', {}, text), ...more),
    accepted: () => say('accepted', h('p', {}, words.accepted)),
    fault: (text) => say('refused', h('p', { class: 'broken' }, text)),
    refused: (error) => say('refused', told(error)),
    /** @param stop what somebody does who gives it up */
    lost: (stop) =>
      say(
        'lost',
        h('p', {}, words.noAnswer),
        h('button', { type: 'button', class: 'quiet', on: { click: stop } }, words.stopAsking),
      ),
    stopped: () => say('lost', h('p', {}, words.stopped)),
  }
}
