// I5, the meaning: each show's journal is read again from its first entry, each entry judged by the rules of life.ts
// and by what all entries before it left behind. I1 is seen here as it happens: a seat given to two.
import type { Invariant, JournalEvidence, Violation } from './evidence.ts'
import {
  type Consequence,
  decideReservation,
  decideShow,
  type Event,
  type Life,
  type Seat,
  seatsOf,
  unborn,
} from './life.ts'

export interface Entry {
  readonly showId: string
  readonly position: number
  readonly commandId: string
  readonly subjectId: string
  readonly seq: number | null
  readonly userId: string
  readonly machine: string
  readonly event: Event
  readonly outcome: string
  readonly code: string | null
  readonly from: string | null
  readonly to: string | null
  readonly effects: readonly Consequence[]
  readonly acceptedAt: number
  readonly decidedAt: number
  readonly partition: number
  readonly epoch: number
}

export interface Reservation {
  readonly id: string
  readonly showId: string
  readonly userId: string
  readonly seq: number
  /** That it began on. */
  readonly machine: string
  readonly life: Life
}

export interface Transfer {
  readonly id: string
  readonly kind: 'payment' | 'refund'
  readonly userId: string
  readonly showId: string
  /** What the user gains; negative for a payment. */
  readonly amount: number
}

const opened = new WeakMap<JournalEvidence, Entry>()

/** Read once, though the row is looked at several times. */
export function entryOf(row: JournalEvidence): Entry {
  const known = opened.get(row)
  if (known) return known
  const entry: Entry = JSON.parse(row.entry)
  opened.set(row, entry)
  return entry
}

/** What a show's journal says, entry after entry. */
export class ShowHistory {
  readonly showId: string
  readonly reservations = new Map<string, Reservation>()
  /** Seat to reservation. */
  readonly seats = new Map<string, string>()
  readonly transfers: Transfer[] = []
  readonly announcements: { id: string; topic: string; showId: string }[] = []
  readonly violations: Violation[] = []
  readonly entries: Entry[] = []
  state = 'open'
  seq = 0
  /** Position of the last entry that moved a seat. */
  seatsRevision = 0
  readonly #seatsOfUser = new Map<string, number>()

  constructor(showId: string) {
    this.showId = showId
  }

  add(row: JournalEvidence): void {
    const entry = entryOf(row)
    const broken = (what: string, invariant: Invariant = 'I5') =>
      this.violations.push({ invariant, what, where: `${this.showId} #${row.position}` })
    for (const name of ['showId', 'position', 'commandId', 'subjectId', 'seq'] as const)
      if (entry[name] !== row[name]) broken(`the entry's ${name} is ${entry[name]}, its row's ${row[name]}`)
    this.#judgeTimes(entry, broken)
    this.entries.push(entry)
    if (entry.machine === 'show@1') this.#judgeShow(entry, broken)
    else if (/^reservation@[12]$/.test(entry.machine)) this.#judgeReservation(entry, broken)
    else broken(`the auditor has no rules for ${entry.machine}`)
    this.#announce(entry)
  }

  #judgeTimes(entry: Entry, broken: (what: string) => void): void {
    const before = this.entries.at(-1)
    const { event, epoch, decidedAt, partition } = entry
    if (event.acceptedAt !== entry.acceptedAt || event.decidedAt !== decidedAt)
      broken("the event's times are not the entry's")
    if (!before) return
    if (epoch < before.epoch) broken(`epoch ${epoch} wrote after epoch ${before.epoch} had taken over`)
    if (decidedAt < before.decidedAt) broken('it was stamped earlier than the entry before it')
    if (partition !== before.partition) broken(`partition ${partition} wrote after ${before.partition}`)
  }

  #judgeShow(entry: Entry, broken: (what: string) => void): void {
    const decision = decideShow(this.state, entry.event)
    this.#compare(entry, this.state, decision, broken)
    if (entry.seq !== ++this.seq) broken(`the show's sequence goes on with ${entry.seq}, not ${this.seq}`)
    this.state = decision.after.state
  }

  #judgeReservation(entry: Entry, broken: (what: string, invariant?: Invariant) => void): void {
    const { subjectId, event, machine } = entry
    const known = this.reservations.get(subjectId)
    const life = known?.life ?? unborn
    if (known && known.machine !== machine)
      broken(`it began on ${known.machine}, and went on with ${machine}`)
    this.#judgeFacts(entry, broken)
    const decision = decideReservation(life, event)
    if (event.type === 'expire' && decision.outcome !== 'accepted') broken('a hold was ended before its time')
    const isReal = known !== undefined || entry.seq !== null
    this.#compare(entry, isReal ? life.state : null, decision, broken)
    if (!isReal) return
    const seq = (known?.seq ?? 0) + 1
    if (entry.seq !== seq) broken(`the reservation's sequence goes on with ${entry.seq}, not ${seq}`)
    const userId = known?.userId ?? entry.userId
    this.reservations.set(subjectId, {
      id: subjectId,
      machine,
      showId: this.showId,
      userId,
      seq,
      life: decision.after,
    })
    this.#carryOut(entry, userId, broken)
  }

  /** What the engine said that it saw, against what this history has. */
  #judgeFacts(
    { event, userId, effects }: Entry,
    broken: (what: string, invariant?: Invariant) => void,
  ): void {
    if (event.type !== 'reserve') return
    if (event.sale !== this.state) broken(`the show was ${this.state}, not ${event.sale}`)
    const has = this.#seatsOfUser.get(userId) ?? 0
    if (event.seatsOfBuyer !== has) broken(`the buyer had ${has} seats, not ${event.seatsOfBuyer}`)
    const isHold = effects.some(({ type }) => type === 'assignSeats')
    for (const { id } of seatsOf(event)) {
      const owner = this.seats.get(id)
      if (owner === undefined) continue
      if (isHold) broken(`seat ${id} was given out while ${owner} had it`, 'I1')
      else broken(`seat ${id} was taken for free while ${owner} had it`)
    }
    for (const id of event.seatsTaken as readonly string[])
      if (!this.seats.has(id)) broken(`seat ${id} was taken for taken while nobody had it`)
  }

  #compare(
    entry: Entry,
    from: string | null,
    { outcome, code, after, consequences }: ReturnType<typeof decideReservation>,
    broken: (what: string) => void,
  ): void {
    const to = from === null ? null : after.state
    const decided = [entry.outcome, entry.code, entry.from, entry.to]
    const right = [outcome, code, from, to]
    if (String(decided) !== String(right))
      broken(`${entry.event.type} was decided as ${decided}, the rules say ${right}`)
    else if (canonical(entry.effects) !== canonical(consequences))
      broken(`its effects are not those of ${entry.event.type} in ${from}`)
  }

  #carryOut(entry: Entry, userId: string, broken: (what: string, invariant?: Invariant) => void): void {
    const { subjectId, commandId: id, position, effects } = entry
    for (const { type, params } of effects) {
      if (type === 'assignSeats') {
        const seats = params.seats as readonly Seat[]
        for (const seat of seats) this.seats.set(seat.id, subjectId)
        this.#count(userId, seats.length)
        this.seatsRevision = position
      }
      if (type === 'releaseSeats') {
        const seatIds = params.seatIds as readonly string[]
        for (const seatId of seatIds) {
          if (this.seats.get(seatId) === subjectId) this.seats.delete(seatId)
          else broken(`seat ${seatId} was given back by ${subjectId}, which did not have it`, 'I4')
        }
        this.#count(userId, -seatIds.length)
        this.seatsRevision = position
      }
      if (type === 'sellSeats') this.seatsRevision = position
      if (type === 'debit' || type === 'credit') {
        const amount = type === 'debit' ? -Number(params.amount) : Number(params.amount)
        const kind = type === 'debit' ? 'payment' : 'refund'
        this.transfers.push({ id, kind, userId, showId: this.showId, amount })
      }
    }
  }

  #announce({ commandId, effects }: Entry): void {
    for (const [index, { type, params }] of effects.entries())
      if (type === 'announce')
        this.announcements.push({
          id: `${commandId}.${index}`,
          topic: String(params.topic),
          showId: this.showId,
        })
  }

  #count(userId: string, by: number): void {
    this.#seatsOfUser.set(userId, (this.#seatsOfUser.get(userId) ?? 0) + by)
  }
}

const canonical = (effects: readonly Consequence[]): string =>
  effects
    .map(({ type, params }) => JSON.stringify([type, params]))
    .sort()
    .join()
