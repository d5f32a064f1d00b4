// Elements out of data. Text only ever becomes text: nothing here reads markup.

/**
 * Attributes whose value is null or false are left out; `on` holds listeners, `data` data attributes.
 * @returns {HTMLElement}
 */
export const h = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children)

/** The same in SVG. */
export const s = (name, attributes = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)

function fill(element, { on = {}, data = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== false && value !== undefined)
      element.setAttribute(name, value === true ? '' : value)
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener)
  element.append(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  )
  return element
}

/** What a button does, it does under Enter and the space bar too. */
export function actAsButton(element, act) {
  element.setAttribute('role', 'button')
  element.setAttribute('tabindex', '0')
  element.addEventListener('click', act)
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    act(event)
  })
  return element
}

/**
 * Remembers what has the keyboard; on the chart and where it has an id also once it was made anew.
 * @returns {(otherwise?: Element) => void} gives the keyboard back to it, or where it is gone to `otherwise`
 */
export function rememberFocus() {
  const element = document.activeElement
  const { state, branch } = element.dataset
  const selectors = [
    [state, `[data-state="${CSS.escape(state)}"]`],
    [branch, `[data-branch="${CSS.escape(branch)}"]`],
    [element.id || undefined, `#${CSS.escape(element.id)}`],
  ]
  const [, selector = null] = selectors.find(([name]) => name !== undefined) ?? []
  return (otherwise) => {
    const isThere = element.isConnected && element !== document.body
    const anew = selector === null ? null : document.querySelector(selector)
    const next = isThere ? element : (anew ?? otherwise)
    next?.focus({ preventScroll: true })
  }
}

/** Sets the text where it differs, so that nothing is announced or painted anew without reason. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

export function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }))
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
