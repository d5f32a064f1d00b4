// Dark, light, or as the system has it.
import { h } from './dom.js'
import { settings } from './settings.js'

export const themeChoice = ({ theme, themes }) =>
  h('label', {}, [
    h('span', { class: 'visually-hidden' }, theme),
    h(
      'select',
      { id: 'theme', on: { change: (event) => (settings.theme = event.target.value) } },
      Object.entries(themes).map(([value, text]) =>
        h('option', { value, selected: value === settings.theme }, text),
      ),
    ),
  ])
