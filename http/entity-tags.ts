// Whether a client has what it would be sent, by the weak comparison of RFC 9110, section 13.1.2.

/** Of tags without a comma, as ours are. */
export const isCurrent = (ifNoneMatch: string | undefined, tag: string): boolean =>
  (ifNoneMatch ?? '')
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || opaque(each) === opaque(tag))

const opaque = (tag: string): string => tag.replace(/^W\//, '')
