// Where somebody is on the page, as the part of the address behind the #:
//   #/                          how the sales go; #/from/CURSOR a later page of it
//   #/show/ID                   one show
//   #/parked, #/parked/from/CURSOR
//   #/refund
//   #/new/concert, #/new/venue, #/new/show

const kinds = ['concert', 'venue', 'show']

export function readPlace(hash) {
  const [, ...parts] = hash.split('/').map(decode)
  const [view = '', value, cursor] = parts
  if (view === '' && value === undefined) return { view: 'sales', cursor: null }
  if (view === 'from' && value) return { view: 'sales', cursor: value }
  if (view === 'show' && value) return { view: 'show', id: value }
  if (view === 'parked') return { view, cursor: (value === 'from' && cursor) || null }
  if (view === 'refund') return { view }
  if (view === 'new' && kinds.includes(value)) return { view: value === 'show' ? 'newShow' : value }
  return { view: 'nowhere' }
}

export const showPlace = (id) => `#/show/${encodeURIComponent(id)}`

function decode(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
