// How many people the seats that are left can serve.
import test from 'ava'
import { stockOf } from '../../engine/stock.ts'

const seats = (free: number, held: number, sold: number) => ({ free, held, sold, blocked: 0 })

for (const [what, figures, expected] of [
  ['before anybody bought, a seat serves one', { reservations: {}, seats: seats(100, 0, 0) }, 100],
  ['holds of two seats make half as many', { reservations: { held: 10 }, seats: seats(80, 20, 0) }, 10 + 40],
  [
    'of holds that end unpaid as often as not, half of the held seats count',
    { reservations: { held: 10, paid: 10, expired: 8, cancelled: 2 }, seats: seats(0, 20, 20) },
    10 + 5,
  ],
  [
    'holds that were all paid leave nothing to wait for',
    { reservations: { held: 10, paid: 30 }, seats: seats(0, 20, 60) },
    10,
  ],
  ['a refund was a payment', { reservations: { held: 4, refunded: 5 }, seats: seats(0, 4, 0) }, 4],
  [
    'the last seat serves one, however large holds are',
    { reservations: { paid: 10 }, seats: seats(1, 0, 40) },
    1,
  ],
  ['sold out, nobody', { reservations: { paid: 10 }, seats: seats(0, 0, 40) }, 0],
  ['refused reservations take no seat', { reservations: { rejected: 90 }, seats: seats(7, 0, 0) }, 7],
] as const)
  test(what, (t) => {
    t.is(stockOf(figures).insideMax, expected)
  })
