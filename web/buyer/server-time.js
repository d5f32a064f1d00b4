// The server's clock, as its answers tell it: a deadline is the server's, and a clock in somebody's hand may be wrong. A
// Date header is cut to seconds, so each answer says no more than between what the difference lies.
let least = Number.NEGATIVE_INFINITY
let most = Number.POSITIVE_INFINITY

export const serverTime = {
  /** @param date the header, as it came */
  learn(date, askedAt) {
    const told = Date.parse(date ?? '')
    if (Number.isNaN(told)) return
    const [from, to] = [told - Date.now(), told + 1_000 - askedAt]
    // A clock that was set in the meantime contradicts what was learnt before.
    const isContradiction = from > most || to < least
    least = isContradiction ? from : Math.max(least, from)
    most = isContradiction ? to : Math.min(most, to)
  },
  /** ms since the epoch */
  now() {
    return Date.now() + (Number.isFinite(least) ? (least + most) / 2 : 0)
  },
}
