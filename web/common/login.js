// Asks for a token, or gets one where the server lets anybody try it out.
import { json, login } from './ask.js'
import { h, setText } from './dom.js'

/** @returns {string | null} the token that was typed, if the server could read it as one: nothing else goes into a header */
export function readToken(text) {
  const token = text.trim().replace(/^Bearer +/i, '')
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token : null
}

export async function devLogin(userId, role) {
  const body = JSON.stringify({ userId, role })
  return (await json('/v1/dev/login', { method: 'POST', body })).token
}

/**
 * @param words the page's: logInTitle, logInText, token, logIn, tryOut, notAToken
 * @param asked `reason` to be told, or undefined; `tryOut` resolves with a token; `tell` says what went wrong there; `done` is
 *   called once a token is kept
 */
export function loginView(words, { reason, tryOut, tell, done }) {
  const status = h('p', { class: 'broken', role: 'alert' }, reason ?? '')
  const field = h('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'login-text',
  })
  const enter = (token) => {
    login.keep(token)
    done()
  }
  const click = () => tryOut().then(enter, (error) => setText(status, tell(error)))
  return h('div', { class: 'login' }, [
    h(
      'form',
      {
        class: 'login-card',
        on: {
          submit(event) {
            event.preventDefault()
            const token = readToken(field.value)
            if (token === null) setText(status, words.notAToken)
            else enter(token)
          },
        },
      },
      [
        h('img', { src: '/common/mark.svg', alt: '', width: '44', height: '44' }),
        h('h1', {}, words.logInTitle),
        h('p', { class: 'dim', id: 'login-text' }, words.logInText),
        h('label', { for: 'token' }, words.token),
        field,
        h('button', { type: 'submit', class: 'primary' }, words.logIn),
        document.documentElement.dataset.devLogin === 'on'
          ? h('button', { type: 'button', class: 'quiet', id: 'try-out', on: { click } }, words.tryOut)
          : null,
        status,
      ],
    ),
  ])
}
