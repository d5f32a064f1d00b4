// Every decision about a reservation, retold: what was asked, what was seen, what was decided and why. Made of journal
// entries alone, so that the buyer's page, the replay and an audit tell the same story; other buyers are never named.
import type { PricedSeat, ReservationRule } from '../machines/reservation.ts'
import { type Language, reservationRules } from '../machines/rules.ts'
import type { ErrorCode } from './errors.ts'
import { tell } from './history-words.ts'
import type { JournalEntry, Outcome } from './journal.ts'

export interface HistoryItem {
  /** Null for what was asked of a reservation that never was. */
  readonly seq: number | null
  /** When it was decided, ms since the epoch. */
  readonly at: number
  readonly type: string
  readonly outcome: Outcome
  readonly code: ErrorCode | null
  readonly from: string | null
  readonly to: string | null
  /** The rule that did not hold, in words; null where all did. */
  readonly reason: string | null
  /** What the rules saw. Times are ms since the epoch, money minor units. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly text: string
}

export interface Telling {
  readonly language: Language
  readonly currency: string
  /** How people call a seat; its id where the plan does not have it. */
  readonly seatName: (seatId: string) => string
}

/** What the story has come to: later entries refer to it. */
export interface Hold {
  readonly seats: readonly PricedSeat[]
  readonly amount: number
  readonly deadline: number | null
}

const nothingHeld: Hold = { seats: [], amount: 0, deadline: null }

/** @param entries all of one reservation, in the order of the journal */
export function tellHistory(entries: readonly JournalEntry[], telling: Telling): HistoryItem[] {
  let before = nothingHeld
  return entries.map((entry) => {
    const after = entry.effects.reduce(holdAfter, before)
    const reason = reasonOf(entry, telling.language)
    const text = tell({ entry, before, after, reason, telling })
    before = after
    const { seq, decidedAt: at, event, outcome, code, from, to } = entry
    return { seq, at, type: event.type, outcome, code, from, to, reason, facts: factsOf(entry), text }
  })
}

function holdAfter(hold: Hold, { type, params }: JournalEntry['effects'][number]): Hold {
  if (type === 'setDeadline') return { ...hold, deadline: (params.at as number | null) ?? hold.deadline }
  if (type !== 'assignSeats') return hold
  const seats = params.seats as readonly PricedSeat[]
  return { ...hold, seats, amount: seats.reduce((sum, { price }) => sum + price, 0) }
}

/** The last rule that was asked decided. */
function reasonOf({ verdicts, outcome }: JournalEntry, language: Language): string | null {
  const [name, holds] = Object.entries(verdicts).at(-1) ?? []
  if (outcome !== 'refused' || name === undefined || holds) return null
  return reservationRules[name as ReservationRule][language].broken
}

/** Facts that are the buyer's own or anybody's. Claims of others only count; why a command failed is the operator's. */
function factsOf({ event }: JournalEntry): Record<string, unknown> {
  const { type: _, reason: __, seatsClaimed, ...facts } = event
  return Array.isArray(seatsClaimed) ? { ...facts, seatsClaimedByOthers: seatsClaimed.length } : facts
}
