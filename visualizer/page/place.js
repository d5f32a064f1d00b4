// Where somebody is on the page, as the part of the address behind the #: every view and every step has a link.
//   #/reservation/1            a machine and its version; without one, the version that new reservations get
//   #/reservation/1/state/held, #/reservation/1/branch/4, #/reservation/1/overdue, #/reservation/1/compare
//   #/reservation/1/of/ID/3    the way of one reservation, after its third step
// What can't be read names nothing.

export function readPlace(hash) {
  const [, name, version, kind, value, step] = hash.split('/').map(decode)
  const place = { name: name || null, version: (name && Number(version)) || null }
  if (kind === 'state' && value) return { ...place, state: value }
  if (kind === 'branch' && /^\d+$/.test(value ?? '')) return { ...place, branch: Number(value) }
  if (kind === 'of' && value)
    return { ...place, id: value, step: /^\d+$/.test(step ?? '') ? Number(step) : null }
  if (kind === 'overdue' || kind === 'compare') return { ...place, view: kind }
  return kind ? { ...place, view: 'nowhere' } : place
}

function decode(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

export function writePlace({ name, version }, { state, branch, id, step, view }) {
  const parts = ['#', name, version]
  if (state !== undefined) parts.push('state', state)
  else if (branch !== undefined) parts.push('branch', branch)
  else if (id !== undefined) parts.push('of', id, ...(step === null || step === undefined ? [] : [step]))
  else if (view !== undefined) parts.push(view)
  return parts.map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/')
}
