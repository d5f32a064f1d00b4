// Where somebody is, as the address says it.
export function readPlace(hash) {
  const [view = '', ...rest] = hash.replace(/^#\/?/, '').split('/')
  const [id, section = null] = rest.map(decoded)
  if (view === 'show' && id) return { view, id, section }
  if (view === 'reservation' && id) return { view, id }
  return { view: view === 'mine' ? 'mine' : 'shows' }
}

/** What is no encoding stands for itself. */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const places = {
  shows: '#/',
  mine: '#/mine',
  show: (id, section = null) =>
    `#/show/${encodeURIComponent(id)}${section === null ? '' : `/${encodeURIComponent(section)}`}`,
  reservation: (id) => `#/reservation/${encodeURIComponent(id)}`,
}
