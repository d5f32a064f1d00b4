// The rules of a reservation's and a show's life, written down a second time: the first row that fits a state and an
// event says what must have been decided. What has no row is refused as `invalid_state`.

export interface Seat {
  readonly id: string
  readonly price: number
}

export interface Life {
  readonly state: string
  readonly seats: readonly Seat[]
  readonly amount: number
  readonly deadline: number | null
  readonly extensions: number
}

/** Facts of an event, as the journal has them. */
export interface Event {
  readonly type: string
  readonly acceptedAt: number
  readonly decidedAt: number
  readonly [fact: string]: unknown
}

export interface Consequence {
  readonly type: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface Decision {
  readonly outcome: 'accepted' | 'refused' | 'parked'
  readonly code: string | null
  readonly after: Life
  readonly consequences: readonly Consequence[]
}

export const unborn: Life = { state: 'queued', seats: [], amount: 0, deadline: null, extensions: 0 }

type Test = (life: Life, event: Event) => boolean
type Row = readonly [state: string, event: string, when: Test, code: string | null, then: string]

const number = (event: Event, fact: string): number => event[fact] as number
const list = (event: Event, fact: string): readonly unknown[] => event[fact] as readonly unknown[]
export const seatsOf = (event: Event): readonly Seat[] => event.seats as readonly Seat[]

const always: Test = () => true
const waitedTooLong: Test = (_, event) =>
  event.decidedAt - event.acceptedAt > number(event, 'commandAgeMaxMs')
const isNotOnSale: Test = (_, event) =>
  event.sale !== 'open' ||
  event.acceptedAt < number(event, 'opensAt') ||
  event.acceptedAt >= number(event, 'closesAt')
const namesUnknownSeats: Test = (_, event) => list(event, 'seatsUnknown').length > 0
const passesSeatLimit: Test = (_, event) =>
  number(event, 'seatsOfBuyer') + number(event, 'seatsRequested') > number(event, 'seatLimit')
const findsTooFewSeats: Test = (_, event) =>
  list(event, 'seatsTaken').length > 0 || list(event, 'seats').length !== number(event, 'seatsRequested')
const isLate: Test = (life, event) => life.deadline === null || event.acceptedAt > life.deadline
const cannotAfford: Test = (life, event) => number(event, 'balance') < life.amount
const hasNoExtensionLeft: Test = (life, event) => life.extensions >= number(event, 'extensionsMax')
const isPastRefundTime: Test = (_, event) => event.acceptedAt > number(event, 'refundableUntil')
const isOverdue: Test = (life, event) =>
  life.deadline !== null && event.acceptedAt >= life.deadline + number(event, 'holdGraceMs')

const reservationRows: readonly Row[] = [
  ['queued', 'reserve', waitedTooLong, 'request_expired', 'rejected'],
  ['queued', 'reserve', isNotOnSale, 'show_not_on_sale', 'rejected'],
  ['queued', 'reserve', namesUnknownSeats, 'not_found', 'rejected'],
  ['queued', 'reserve', passesSeatLimit, 'seat_limit', 'rejected'],
  ['queued', 'reserve', findsTooFewSeats, 'seats_taken', 'rejected'],
  ['queued', 'reserve', always, null, 'held'],
  ['queued', 'park', always, 'parked', 'rejected'],
  ['held', 'pay', isLate, 'hold_expired', 'held'],
  ['held', 'pay', cannotAfford, 'insufficient_balance', 'held'],
  ['held', 'pay', always, null, 'paid'],
  ['held', 'extend', isLate, 'hold_expired', 'held'],
  ['held', 'extend', hasNoExtensionLeft, 'extension_limit', 'held'],
  ['held', 'extend', always, null, 'held'],
  ['held', 'cancel', isLate, 'hold_expired', 'held'],
  ['held', 'cancel', always, null, 'cancelled'],
  ['held', 'expire', isOverdue, null, 'expired'],
  ['paid', 'cancel', isPastRefundTime, 'not_refundable', 'paid'],
  ['paid', 'cancel', always, null, 'refunded'],
  ['paid', 'refund', always, null, 'refunded'],
  ['expired', 'pay', always, 'hold_expired', 'expired'],
  ['expired', 'extend', always, 'hold_expired', 'expired'],
  ['expired', 'cancel', always, 'hold_expired', 'expired'],
]

const showRows: readonly Row[] = [
  ['open', 'pause', always, null, 'paused'],
  ['paused', 'resume', always, null, 'open'],
]

export const decideReservation = (life: Life, event: Event): Decision =>
  decide(reservationRows, life, event, 'reservation')

export const decideShow = (state: string, event: Event): Decision =>
  decide(showRows, { ...unborn, state }, event, 'show')

function decide(rows: readonly Row[], life: Life, event: Event, subject: string): Decision {
  const row = rows.find(
    ([state, type, when]) => state === life.state && type === event.type && when(life, event),
  )
  const isParked = event.type === 'park'
  const [, , , code, then] = row ?? ['', '', always, isParked ? 'parked' : 'invalid_state', life.state]
  if (code === null) {
    const after = live(life, event, then)
    return { outcome: 'accepted', code, after, consequences: consequencesOf(life, after, event, subject) }
  }
  const after = { ...life, state: then }
  const rejection = then === 'rejected' && life.state !== then ? [announce('reservation.rejected')] : []
  const consequences = [{ type: 'refuse', params: { code } }, ...rejection]
  return { outcome: isParked ? 'parked' : 'refused', code, after, consequences }
}

/** What an accepted event makes of a life. */
function live(life: Life, event: Event, state: string): Life {
  switch (event.type) {
    case 'reserve': {
      const amount = seatsOf(event).reduce((sum, { price }) => sum + price, 0)
      const deadline = event.decidedAt + number(event, 'holdTtlMs')
      return { state, seats: seatsOf(event), amount, deadline, extensions: 0 }
    }
    case 'extend': {
      const deadline = (life.deadline ?? 0) + number(event, 'extensionMs')
      return { ...life, state, deadline, extensions: life.extensions + 1 }
    }
    default:
      return { ...life, state, deadline: null }
  }
}

const announce = (topic: string): Consequence => ({ type: 'announce', params: { topic } })

function consequencesOf(before: Life, after: Life, event: Event, subject: string): Consequence[] {
  if (subject === 'show') return [announce(event.type === 'pause' ? 'show.paused' : 'show.resumed')]
  const seatIds = before.seats.map(({ id }) => id)
  const { amount } = before
  const deadline = { type: 'setDeadline', params: { at: after.deadline } }
  const give = { type: 'releaseSeats', params: { seatIds } }
  switch (after.state) {
    case 'held':
      if (event.type === 'extend') return [deadline, announce('reservation.extended')]
      return [{ type: 'assignSeats', params: { seats: after.seats } }, deadline, announce('reservation.held')]
    case 'paid':
      return [
        { type: 'debit', params: { amount } },
        { type: 'sellSeats', params: { seatIds } },
        deadline,
        announce('reservation.paid'),
      ]
    case 'refunded':
      return [{ type: 'credit', params: { amount } }, give, announce('reservation.refunded')]
    default:
      return [give, deadline, announce(`reservation.${after.state}`)]
  }
}
