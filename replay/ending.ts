// Why a reservation ended as it did, in one or two plain sentences.
import type { HistoryItem } from '../engine/history.ts'
import type { JournalEntry } from '../engine/journal.ts'
import type { Language } from '../machines/rules.ts'
import { timeOf } from './document.ts'
import { endingWords } from './ending-words.ts'
import type { Pseudonym } from './pseudonyms.ts'
import type { SeatTenure } from './seat-tenures.ts'

export interface Story {
  readonly language: Language
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
  const { entries, language } = story
  const words = endingWords[language]
  const last = entries.findLast(({ from, to }) => from !== to) ?? entries.at(-1)
  if (last === undefined) return bad(words.undecided)
  const at = timeOf(last.decidedAt)
  switch (last.to) {
    case 'paid':
      return { sentence: words.paid(at) + laterRefusals(story, last), isGood: true }
    case 'held':
      return { sentence: words.held + laterRefusals(story, last), isGood: true }
    case 'rejected':
      return bad(words.rejected(at, rejection(story, last)))
    case 'expired':
      return bad(words.expired(at, whyUnpaid(story)))
    case 'cancelled':
      return bad(words.cancelled(at))
    case 'refunded':
      return bad(words.refunded(at, last.event.type === 'refund'))
    default:
      return bad(words.neverWas(last.event.type, String(last.code)))
  }
}

const bad = (sentence: string): Ending => ({ sentence, isGood: false })

function rejection(story: Story, last: JournalEntry): string {
  const { language, items, entries, tenures, seatName, pseudonym } = story
  const words = endingWords[language]
  if (last.outcome === 'parked') return words.parked(String(last.event.reason))
  if (last.code !== 'seats_taken') return `${items[entries.indexOf(last)]?.reason ?? last.code}.`
  if (tenures.length === 0) return words.noGroupFree
  return tenures
    .map(({ seatId, userId, reservationId, since, until }) =>
      words.seatTaken({
        ...{ seat: seatName(seatId), buyer: pseudonym(userId), reservationId, since: timeOf(since) },
        free: until && { at: timeOf(until.at), how: until.how },
      }),
    )
    .join(' ')
}

function whyUnpaid({ language, entries, items, money }: Story): string {
  const words = endingWords[language]
  const attempts = entries.filter(({ event, outcome }) => event.type === 'pay' && outcome !== 'accepted')
  const attempt = attempts.at(-1)
  if (attempt === undefined) return words.neverTried
  const { code, event } = attempt
  if (code === 'insufficient_balance')
    return words.balanceTooSmall(attempts.length, money(Number(event.balance)))
  if (code === 'hold_expired') return words.acceptedTooLate(timeOf(attempt.acceptedAt))
  return words.paymentRefused(items[entries.indexOf(attempt)]?.reason ?? String(code))
}

function laterRefusals({ language, entries }: Story, end: JournalEntry): string {
  const refused = entries.slice(entries.indexOf(end) + 1).filter(({ outcome }) => outcome !== 'accepted')
  if (refused.length === 0) return ''
  return endingWords[language].refusedSince(
    refused.map(({ event, code }) => `${event.type} (${code})`).join(', '),
  )
}
