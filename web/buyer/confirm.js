// Dialogs: the browser keeps the keyboard inside, Escape closes, and the focus goes back to where it was.
import { h } from '/common/dom.js'

/**
 * @param fill is given what closes the dialog with a result, and makes what is in it
 * @returns the result, or null where it was closed without one
 */
export function openDialog(labelledBy, fill) {
  return new Promise((resolve) => {
    let result = null
    const close = (value) => {
      result = value
      dialog.close()
    }
    const dialog = h('dialog', {
      class: 'dialog',
      'aria-labelledby': labelledBy,
      on: {
        close() {
          dialog.remove()
          resolve(result)
        },
      },
    })
    dialog.append(fill(close))
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** Whether somebody is sure. */
export const confirmed = ({ words }, question, yes) =>
  openDialog('question', (close) =>
    h('div', { class: 'card stack' }, [
      h('h2', { id: 'question' }, question),
      h('div', { class: 'buttons' }, [
        h('button', { type: 'button', class: 'primary danger', on: { click: () => close(true) } }, yes),
        h(
          'button',
          { type: 'button', class: 'quiet', autofocus: true, on: { click: () => close(null) } },
          words.no,
        ),
      ]),
    ]),
  )
