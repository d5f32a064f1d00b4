// Asks for a token, or gets one where the server lets anybody try it out.
import { login } from '/common/ask.js'
import { h, setText } from '/common/dom.js'
import { devLogin } from './api.js'

/** As the server reads it; nothing else goes into a header. */
const tokenForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** @param done called once a token is kept */
export function loginView(words, reason, done) {
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
  const tryOut = async () => {
    try {
      enter(await devLogin())
    } catch (error) {
      setText(status, error.message || words.awayNow)
    }
  }
  return h('div', { class: 'login' }, [
    h(
      'form',
      {
        class: 'login-card',
        on: {
          submit(event) {
            event.preventDefault()
            const token = field.value.trim().replace(/^Bearer +/i, '')
            if (tokenForm.test(token)) enter(token)
            else setText(status, words.notAToken)
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
          ? h(
              'button',
              { type: 'button', class: 'quiet', id: 'try-out', on: { click: tryOut } },
              words.tryOut,
            )
          : null,
        status,
      ],
    ),
  ])
}
