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
  const { sentence, isGood } = endingAt(story, last)
  return { sentence: sentence + laterRefusals(story, last), isGood }
}

function endingAt(story: Story, last: JournalEntry): Ending {
  const words = endingWords[story.language]
  const at = timeOf(last.decidedAt)
  switch (last.to) {
    case 'paid':
      return { sentence: words.paid(at), isGood: true }
    case 'held':
      return { sentence: words.held, isGood: true }
    case 'rejected':
      return bad(words.rejected(at, rejection(story, last)))
    case 'expired': {
      const before = story.entries.slice(0, story.entries.indexOf(last))
      return bad(
        words.expired({ ranOut: timeOf(deadlineOf(before)), why: whyUnpaid(story, before), wentBack: at }),
      )
    }
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
        seat: seatName(seatId),
        buyer: pseudonym(userId),
        reservationId,
        since: timeOf(since),
        free: until && { at: timeOf(until.at), how: until.how },
      }),
    )
    .join(' ')
}

function deadlineOf(entries: readonly JournalEntry[]): number | null {
  const deadline = entries.flatMap(({ effects }) => effects).findLast(({ type }) => type === 'setDeadline')
  return (deadline?.params.at ?? null) as number | null
}

/** @param before the entries until the hold ended: what was asked later is no reason */
function whyUnpaid({ language, entries, items, money }: Story, before: readonly JournalEntry[]): string {
  const words = endingWords[language]
  const attempts = before.filter(({ event, outcome }) => event.type === 'pay' && outcome !== 'accepted')
  const inTime = attempts.filter(({ code }) => code !== 'hold_expired')
  const attempt = inTime.at(-1) ?? attempts[0]
  if (attempt === undefined) return words.neverTried
  const { code, event } = attempt
  if (code === 'hold_expired') return words.triedTooLate(timeOf(attempt.acceptedAt))
  if (code === 'insufficient_balance')
    return words.balanceTooSmall(inTime.length, money(Number(event.balance)))
  return words.paymentRefused(items[entries.indexOf(attempt)]?.reason ?? String(code))
}

function laterRefusals({ language, entries }: Story, end: JournalEntry): string {
  const refused = entries.slice(entries.indexOf(end) + 1).filter(({ outcome }) => outcome !== 'accepted')
  if (refused.length === 0) return ''
  return endingWords[language].refusedSince(
    refused.map(({ event, code }) => `${event.type} (${code})`).join(', '),
  )
}
