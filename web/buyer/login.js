// Asks who somebody is: a name where the server lets anybody try it out, else a token.
import { login } from '/common/ask.js'
import { h, setText } from '/common/dom.js'
import { devLogin, readToken } from '/common/login.js'
import { openDialog } from './confirm.js'
import { problemText } from './problems.js'

/** As the server reads it. */
const nameForm = /^[!-~]{1,64}$/

const ways = {
  on: {
    label: 'name',
    hint: 'nameHint',
    wrong: 'notAName',
    field: { type: 'text', autocomplete: 'username', autocapitalize: 'none' },
    isRight: (text) => nameForm.test(text),
    token: (name) => devLogin(name, 'buyer'),
  },
  off: {
    label: 'token',
    hint: 'tokenHint',
    wrong: 'notAToken',
    field: { type: 'password', autocomplete: 'off' },
    isRight: (text) => readToken(text) !== null,
    token: async (text) => readToken(text),
  },
}

/**
 * @param heading the element for it: a dialog's, or the page's own
 * @param done called once a token is kept
 */
export function loginForm(app, { heading, reason, done }) {
  const { words } = app
  const way = ways[document.documentElement.dataset.devLogin] ?? ways.off
  const status = h('p', { class: 'bad', role: 'alert' })
  const field = h('input', {
    id: 'who',
    ...way.field,
    spellcheck: 'false',
    autofocus: true,
    'aria-describedby': 'who-hint',
  })
  const submit = async (event) => {
    event.preventDefault()
    const text = field.value.trim()
    if (!way.isRight(text)) {
      setText(status, words[way.wrong])
      return field.focus()
    }
    try {
      login.keep(await way.token(text))
      done()
    } catch (error) {
      setText(status, problemText(app, error))
    }
  }
  return h('form', { class: 'card stack login', novalidate: true, on: { submit } }, [
    h(heading, { id: 'login-title', class: 'title' }, words.logInTitle),
    h('p', {}, reason),
    h('label', { for: 'who' }, words[way.label]),
    field,
    h('p', { class: 'dim small', id: 'who-hint' }, words[way.hint]),
    h('button', { type: 'submit', class: 'primary' }, words.logIn),
    status,
  ])
}

/** Whether there is somebody now. */
export const loginDialog = (app, reason) =>
  openDialog('login-title', (close) => {
    const form = loginForm(app, { heading: 'h2', reason, done: () => close(true) })
    form.append(
      h('button', { type: 'button', class: 'quiet', on: { click: () => close(null) } }, app.words.notNow),
    )
    return form
  })
