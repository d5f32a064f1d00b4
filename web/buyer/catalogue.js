// What of the catalogue does not change while one looks at it, asked for once.
import * as api from './api.js'

const remembered = new Map()

function once(name, ask) {
  const known = remembered.get(name)
  if (known !== undefined) return known
  const asked = ask()
  remembered.set(name, asked)
  asked.catch(() => remembered.delete(name))
  return asked
}

/** Times, prices and rules. How the sale stands is another question: that one changes. */
export const show = (id) => once(`show ${id}`, () => api.show(id))
export const concert = (id) => once(`concert ${id}`, () => api.concert(id))
export const sectionNames = (showId) =>
  once(`sections ${showId}`, async () => {
    const { items } = await api.sections(showId)
    return new Map(items.map(({ id, name }) => [id, name]))
  })
