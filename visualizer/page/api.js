// What the visualizer asks the server.
import { ask, follow as followStream, json, orAway, query } from '/common/ask.js'

export { login, pause, Refused } from '/common/ask.js'

const of = ({ name, version }) => `/v1/machines/${encodeURIComponent(name)}/${version}`

export const machines = async () => (await json('/v1/machines')).items
export const chart = (machine) => json(of(machine))
export const drawing = (machine, options) => json(`${of(machine)}/drawing${query(options)}`)
export const subjects = (machine, filter) => json(`${of(machine)}/subjects${query(filter)}`)
export const way = (machine, id) => json(`${of(machine)}/subjects/${encodeURIComponent(id)}`)
export const comparison = (machine, later, options) =>
  json(`${of(machine)}/comparison${query(options)}`, { method: 'POST', body: JSON.stringify(later) })
export async function mermaid(machine, id) {
  const whole = id === undefined ? of(machine) : `${of(machine)}/subjects/${encodeURIComponent(id)}`
  const response = await ask(`${whole}/mermaid`)
  return orAway(response.text())
}

/** @param {{ live(figures): void, overdue(found): void, lost(error): void }} listener */
export const follow = (name, listener, signal) =>
  followStream(`/v1/machines/${encodeURIComponent(name)}/live/stream`, listener, signal)
