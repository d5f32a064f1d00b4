// What all contenders are given: buyers with their tokens, and shows that are sold one after another.
import { randomBytes } from 'node:crypto'
import { seatIdsOf, stadiumPlan } from './stadium.ts'
import { signToken } from './tokens.ts'

export const authSecret = randomBytes(32).toString('base64url')
export const seatsPerShow = 50_000
export const price = 1_000
/** More than anybody buys. */
export const balance = 1_000_000

export const plan = stadiumPlan(seatsPerShow)
const seatIds = seatIdsOf(plan)
const tokens = Array.from({ length: seatsPerShow }, (_, buyer) =>
  signToken(authSecret, `buyer-${buyer}`, 'buyer'),
)

export const userIds = tokens.map((_, buyer) => `buyer-${buyer}`)
export const showIds = (shows: number): string[] =>
  Array.from({ length: shows }, (_, show) => `stadium-${show}`)
export { seatIds }

/** The n-th journey of a contender: its own seat, and its buyer's first wish in this show. */
export function visit(index: number) {
  const buyer = index % seatsPerShow
  const show = Math.floor(index / seatsPerShow)
  return {
    showId: `stadium-${show}`,
    seatId: seatIds[buyer] ?? '',
    userId: `buyer-${buyer}`,
    headers: {
      Authorization: `Bearer ${tokens[buyer]}`,
      Prefer: 'wait=10',
      'Idempotency-Key': `hold-${show}`,
    },
  }
}
