// Why a reservation ended as it did, in one or two plain sentences.
import type { HistoryItem } from '../engine/history.ts'
import type { JournalEntry } from '../engine/journal.ts'
import { timeOf } from './document.ts'
import type { Pseudonym } from './pseudonyms.ts'
import type { SeatTenure } from './seat-tenures.ts'

export interface Story {
  readonly entries: readonly JournalEntry[]
  readonly items: readonly HistoryItem[]
  readonly tenures: readonly SeatTenure[]
  readonly money: (amount: number) => string
  readonly seatName: (seatId: string) => string
  readonly pseudonym: Pseudonym
}

export interface Ending {
  readonly sentence: string
  readonly isGood: boolean
}

export function ending(story: Story): Ending {
  const { entries } = story
  const last = entries.findLast(({ from, to }) => from !== to) ?? entries.at(-1)
  if (last === undefined) return { sentence: 'Nothing was decided.', isGood: false }
  const at = timeOf(last.decidedAt)
  switch (last.to) {
    case 'paid':
      return {
        sentence: `It ended with tickets: paid and sold at ${at}.${laterRefusals(story, last)}`,
        isGood: true,
      }
    case 'rejected':
      return { sentence: `It was rejected at ${at}: ${rejection(story, last)}`, isGood: false }
    case 'expired':
      return {
        sentence: `The hold ran out at ${at}: ${whyUnpaid(story)} The seats went back.`,
        isGood: false,
      }
    case 'cancelled':
      return { sentence: `The buyer gave the hold back at ${at}, before paying.`, isGood: false }
    case 'refunded':
      return {
        sentence: `${last.event.type === 'refund' ? 'An administrator refunded it' : 'The buyer gave the paid seats back'} at ${at}; the money was paid back and the seats went back.`,
        isGood: false,
      }
    case 'held':
      return { sentence: `It has not ended: the seats are held.${laterRefusals(story, last)}`, isGood: true }
    default:
      return {
        sentence: `There never was such a reservation: a ${last.event.type} for it was refused (${last.code}).`,
        isGood: false,
      }
  }
}

function rejection({ items, entries, tenures, seatName, pseudonym }: Story, last: JournalEntry): string {
  if (last.outcome === 'parked')
    return `the command could not be decided and was parked (${String(last.event.reason)}).`
  if (last.code !== 'seats_taken') return `${items[entries.indexOf(last)]?.reason ?? last.code}.`
  if (tenures.length === 0) return 'no such group of seats was free.'
  return tenures
    .map(({ seatId, userId, reservationId, since, until }) => {
      const free =
        until === null
          ? 'and it has not come free since'
          : `and it came free at ${timeOf(until.at)} (${until.how})`
      return `${seatName(seatId)} belonged to ${pseudonym(userId)} since ${timeOf(since)} (${reservationId}), ${free}.`
    })
    .join(' ')
}

function whyUnpaid({ entries, items, money }: Story): string {
  const attempts = entries.filter(({ event, outcome }) => event.type === 'pay' && outcome !== 'accepted')
  const attempt = attempts.at(-1)
  if (attempt === undefined) return 'the buyer never tried to pay.'
  const { code, event } = attempt
  if (code === 'insufficient_balance')
    return `the buyer tried to pay ${attempts.length === 1 ? 'once' : `${attempts.length} times`}, with a balance of ${money(Number(event.balance))}, which was too small.`
  if (code === 'hold_expired')
    return `the payment was accepted at ${timeOf(attempt.acceptedAt)}, after the hold had run out.`
  return `the payment was refused (${items[entries.indexOf(attempt)]?.reason ?? code}).`
}

function laterRefusals({ entries }: Story, end: JournalEntry): string {
  const refused = entries.slice(entries.indexOf(end) + 1).filter(({ outcome }) => outcome !== 'accepted')
  if (refused.length === 0) return ''
  return ` Asked since, and refused: ${refused.map(({ event, code }) => `${event.type} (${code})`).join(', ')}.`
}
