// What may be answered to a buyer, given everything that was answered before: a small shop of one show, with nothing of the
// engine in it. Where the order of requests is not known, explain.ts looks for one that this shop could have had.
import { buyers, type Rules, seatsOfHall } from './asks.ts'

export const seatLimit = 3
export const price = 10
export const extensionMs = 500
/** After its deadline a hold may end, and not before. */
const holdGraceMs = 2_000
/** Times are told in whole milliseconds. */
const slackMs = 5

interface Booking {
  readonly who: number
  state: 'held' | 'paid' | 'expired' | 'rejected' | 'cancelled' | 'refunded'
  seatIds: string[]
  amount: number
  deadline: number
  extensions: number
}

export interface Shop {
  readonly taken: Record<string, string>
  readonly bookings: Record<string, Booking>
  readonly balances: number[]
  /** What each key is bound to. */
  readonly answers: Record<string, { readonly print: string; readonly told: string }>
  /** Whether each buyer is let in. */
  readonly sessions: ('none' | 'maybe' | 'in')[]
  /** Whose session has ended with a payment, at some moment after it. */
  readonly hasPaid: boolean[]
}

export const emptyShop = ({ hasWaitingRoom }: Rules): Shop => ({
  taken: {},
  bookings: {},
  answers: {},
  balances: Array.from({ length: buyers }, () => 0),
  sessions: Array.from({ length: buyers }, () => (hasWaitingRoom ? 'none' : 'in')),
  hasPaid: Array.from({ length: buyers }, () => false),
})

/** The same for shops that are alike, in whatever order they came to be so: the search is short because of it. */
export function contentOf({ taken, bookings, answers, ...rest }: Shop): string {
  const sorted = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([sorted(taken), sorted(bookings), sorted(answers), rest])
}

/** A request that was answered. */
export interface Heard {
  readonly is: string
  readonly who: number
  readonly sentAt: number
  readonly toldAt: number
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind
  readonly body: any
  /** Null for what has no key. */
  readonly key: string | null
  /** Of the request's body. */
  readonly print: string
  readonly seatIds: readonly string[]
  readonly count: number
  readonly amount: number
  readonly reservationId: string
  readonly hasToken: boolean
  /** Seats that others asked for at the same time or just before: what they claimed may still be in the way. */
  readonly wantedByOthers: ReadonlySet<string>
  /** Nobody else moved this buyer's place meanwhile. */
  readonly isAloneInLine: boolean
}

/** The shop after it, or null where this could not have been answered. */
export function after(before: Shop, heard: Heard, rules: Rules): Shop | null {
  const shop = structuredClone(before)
  return isAllowed(shop, heard, rules) ? shop : null
}

/** Each hold that may be over by then, ended. */
export function* endings(shop: Shop, byMs: number): Generator<Shop> {
  for (const [id, { state, deadline }] of Object.entries(shop.bookings)) {
    if (state !== 'held' || deadline + holdGraceMs > byMs + slackMs) continue
    const ended = structuredClone(shop)
    giveBack(ended, id, 'expired')
    yield ended
  }
}

export const seatName = (index: number): string => `hall-1-${index + 1}`

/** As the seat map shows it. */
export function statusOf({ taken, bookings }: Shop, seatId: string): string {
  const id = taken[seatId]
  if (id === undefined) return 'free'
  return bookings[id]?.state === 'paid' ? 'sold' : 'held'
}

function isAllowed(shop: Shop, heard: Heard, rules: Rules): boolean {
  const { is, who, status, body } = heard
  switch (is) {
    case 'join':
      if (shop.sessions[who] === 'none') shop.sessions[who] = 'maybe'
      return status === 200 || status === 201
    case 'come in':
      shop.sessions[who] = shop.hasPaid[who] ? 'maybe' : 'in'
      return status === 200
    case 'leave':
      if (!heard.hasToken) return status === 403 && body.code === 'queue_token_invalid'
      shop.sessions[who] = heard.isAloneInLine && !shop.hasPaid[who] ? 'none' : 'maybe'
      return status === 204
    case 'look at the balance':
      return status === 200 && body.balance === shop.balances[who]
    case 'look':
      return mayLook(shop, heard)
    case 'charge':
      return mayCharge(shop, heard)
    case 'reserve':
    case 'reserve best':
      return mayReserve(shop, heard, rules)
    default:
      return mayOrder(shop, heard, rules)
  }
}

function mayLook({ bookings }: Shop, { who, reservationId, status, body }: Heard): boolean {
  const booking = bookings[reservationId]
  if (booking?.who !== who) return status === 404 && body.code === 'not_found'
  return status === 200 && body.state === booking.state && body.amount === booking.amount
}

function mayCharge(shop: Shop, heard: Heard): boolean {
  const { who, amount, status, body } = heard
  const bound = boundTo(shop, heard)
  if (bound) return bound === 'other' ? status === 422 : status === 201
  shop.balances[who] = (shop.balances[who] ?? 0) + amount
  bind(shop, heard)
  return status === 201 && body.balance === shop.balances[who]
}

function mayReserve(shop: Shop, heard: Heard, { hasWaitingRoom }: Rules): boolean {
  const { who, status, body, count, seatIds, reservationId, wantedByOthers } = heard
  if (hasWaitingRoom && !heard.hasToken) return status === 403 && body.code === 'queue_token_invalid'
  const bound = boundTo(shop, heard)
  if (bound) return bound === 'other' ? isRefused(heard, 422, 'idempotency_mismatch') : bound === told(heard)
  const session = shop.sessions[who]
  if (isRefused(heard, 403, 'not_admitted')) return session !== 'in'
  if (session === 'none') return false

  const isTaken = (seatId: string) => shop.taken[seatId] !== undefined
  const isAtTheDoor = body.commandId === undefined
  if (isRefused(heard, 409, 'seats_taken') && isAtTheDoor)
    return seatIds.some((seatId) => isTaken(seatId) || wantedByOthers.has(seatId))

  bind(shop, heard)
  const has = Object.values(shop.bookings)
    .filter((each) => each.who === who && (each.state === 'held' || each.state === 'paid'))
    .reduce((sum, each) => sum + each.seatIds.length, 0)
  const isWithinLimit = has + count <= seatLimit
  const isThere = seatIds.length > 0 ? !seatIds.some(isTaken) : hasGroup(shop, count)
  const booking = { who, amount: 0, deadline: 0, extensions: 0, seatIds: [] as string[] }
  if (status !== 201) {
    shop.bookings[reservationId] = { ...booking, state: 'rejected' }
    if (isRefused(heard, 409, 'seat_limit')) return !isWithinLimit
    return isRefused(heard, 409, 'seats_taken') && isWithinLimit && !isThere
  }
  const given: string[] = body.seats.map(({ id }: { id: string }) => id)
  const isAsAsked = seatIds.length === 0 || String([...given].sort()) === String([...seatIds].sort())
  if (given.length !== count || !isAsAsked || !isWithinLimit || given.some(isTaken)) return false
  for (const seatId of given) shop.taken[seatId] = reservationId
  const deadline = Date.parse(body.holdExpiresAt)
  shop.bookings[reservationId] = { ...booking, state: 'held', seatIds: given, amount: body.amount, deadline }
  return body.amount === count * price && body.id === reservationId
}

function mayOrder(shop: Shop, heard: Heard, { extensionsMax, isRefundable }: Rules): boolean {
  const { is, who, reservationId, status, body } = heard
  const booking = shop.bookings[reservationId]
  if (booking?.who !== who) return status === 404 && body.code === 'not_found'
  const bound = boundTo(shop, heard)
  if (bound) return bound === told(heard)
  bind(shop, heard)

  const balance = shop.balances[who] ?? 0
  if (booking.state === 'expired') return isRefused(heard, 409, 'hold_expired')
  if (booking.state === 'paid' && is === 'cancel') {
    if (!isRefundable) return isRefused(heard, 409, 'not_refundable')
    shop.balances[who] = balance + booking.amount
    giveBack(shop, reservationId, 'refunded')
    return status === 200 && body.state === 'refunded'
  }
  if (booking.state !== 'held') return isRefused(heard, 409, 'invalid_state')
  if (isRefused(heard, 409, 'hold_expired')) return heard.toldAt + slackMs >= booking.deadline
  if (heard.sentAt - slackMs > booking.deadline) return false

  switch (is) {
    case 'pay':
      if (balance < booking.amount) return isRefused(heard, 402, 'insufficient_balance')
      shop.balances[who] = balance - booking.amount
      booking.state = 'paid'
      if (shop.sessions[who] !== 'none') shop.sessions[who] = 'maybe'
      shop.hasPaid[who] = true
      return status === 200 && body.state === 'paid' && body.amount === booking.amount
    case 'extend':
      if (booking.extensions >= extensionsMax) return isRefused(heard, 409, 'extension_limit')
      booking.extensions++
      booking.deadline += extensionMs
      return status === 200 && Date.parse(body.holdExpiresAt) === booking.deadline
    default:
      giveBack(shop, reservationId, 'cancelled')
      return status === 200 && body.state === 'cancelled'
  }
}

function giveBack(shop: Shop, reservationId: string, state: 'expired' | 'cancelled' | 'refunded'): void {
  const booking = shop.bookings[reservationId]
  if (booking === undefined) return
  for (const seatId of booking.seatIds) delete shop.taken[seatId]
  booking.state = state
}

/** So many free seats side by side. */
function hasGroup({ taken }: Shop, count: number): boolean {
  let free = 0
  for (let index = 0; index < seatsOfHall; index++) {
    free = taken[seatName(index)] === undefined ? free + 1 : 0
    if (free === count) return true
  }
  return false
}

const isRefused = ({ status, body }: Heard, expected: number, code: string): boolean =>
  status === expected && body?.code === code

const nameOfKey = ({ who, is, reservationId, key }: Heard): string =>
  is.startsWith('reserve') ? `${who} ${key}` : `${who} ${is} ${reservationId} ${key}`

/** What was told under the same key; 'other' where that was another request. */
function boundTo({ answers }: Shop, heard: Heard): string | null {
  const bound = answers[nameOfKey(heard)]
  if (bound === undefined) return null
  return bound.print === heard.print ? bound.told : 'other'
}

function bind({ answers }: Shop, heard: Heard): void {
  answers[nameOfKey(heard)] = { print: heard.print, told: told(heard) }
}

/** What must be the same however often it is told. */
function told({ status, body }: Heard): string {
  const { code, id, commandId, state, amount, seats, holdExpiresAt } = body ?? {}
  return JSON.stringify([status, code, id, commandId, state, amount, seats, holdExpiresAt])
}
