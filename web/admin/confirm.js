// Asks once more, in the page, before something that others feel.
import { h } from '/common/dom.js'

/** @returns {Promise<boolean>} the keyboard is where it was afterwards */
export function confirmed(app, { title, text, yes }) {
  const button = (value, label, kind) => h('button', { value, class: kind }, label)
  const dialog = h(
    'dialog',
    { class: 'confirm', 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-text' },
    h('form', { method: 'dialog' }, [
      h('h2', { id: 'confirm-title' }, title),
      h(
        'div',
        { id: 'confirm-text' },
        [text].flat().map((line) => h('p', {}, line)),
      ),
      h('div', { class: 'row end' }, [
        button('no', app.words.keepAsIs, 'quiet'),
        button('yes', yes, 'primary danger'),
      ]),
    ]),
  )
  document.body.append(dialog)
  dialog.showModal()
  app.signal.addEventListener('abort', () => dialog.close('no'))
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
  })
}
