// The servers behind the sale: which are up, which work with something to put right, which are down.
import { h, setText } from '/common/dom.js'
import { rowsIn } from './rows.js'

export function dependencyList({ words }) {
  const list = h('ul', { class: 'dependencies' })
  const tell = rowsIn(
    list,
    ({ name }) => name,
    ({ name }) => dependencyRow(words, name),
  )
  // Told when it changes, not every two seconds: an announcement of the same would talk all the time.
  const summary = h('p', { class: 'visually-hidden', role: 'status' })
  return {
    element: h('section', { 'aria-label': words.dependencies }, [list, summary]),
    tell(found) {
      tell(found)
      const ill = found.filter(({ state }) => state !== 'up')
      const text = ill.map(({ name, state }) => `${name}: ${words.dependencyStates[state]}`).join(', ')
      setText(summary, text === '' ? words.allUp : text)
    },
  }
}

function dependencyRow(words, name) {
  const state = h('span', {})
  const findings = h('ul', { class: 'findings' })
  const tellFindings = rowsIn(
    findings,
    (text) => text,
    (text) => ({ element: h('li', { lang: 'en' }, text), tell() {} }),
  )
  const element = h('li', { class: 'dependency' }, [
    h('span', { class: 'dot' }),
    h('span', { class: 'mono' }, name),
    state,
    findings,
  ])
  return {
    element,
    tell(found) {
      element.dataset.state = found.state
      setText(state, words.dependencyStates[found.state])
      tellFindings(found.findings)
    },
  }
}
