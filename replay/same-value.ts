// Whether two values are written alike as JSON, without writing them.

/**
 * True only where `JSON.stringify` makes the same text of both: objects have the same members in the same order. False may
 * also come of what JSON leaves out or writes alike, undefined and NaN, so that a "no" is to be looked into.
 */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false
    for (let index = 0; index < one.length; index++) if (!isSameValue(one[index], other[index])) return false
    return true
  }
  if (Array.isArray(other)) return false
  const [names, otherNames] = [Object.keys(one), Object.keys(other)]
  if (names.length !== otherNames.length) return false
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    if (name !== otherNames[index]) return false
    if (!isSameValue((one as Members)[name], (other as Members)[name])) return false
  }
  return true
}

type Members = Readonly<Record<string, unknown>>
