// A show's journal, folded entry by entry through the machines that the entries name: what each of them should say, and
// what all of them together make of reservations, seats and money.
import { expiryId } from '../engine/command.ts'
import type { Effect, JournalEntry } from '../engine/journal.ts'
import type { ArchivedReservation, LedgerTransaction, ShowHead, TakenSeat } from '../engine/ports.ts'
import { type Step, step } from '../engine/step.ts'
import type { RegisteredMachine } from '../machines/registry.ts'
import type { PricedSeat } from '../machines/reservation.ts'

/** A reservation as its entries have made it so far. */
export interface Folded {
  readonly id: string
  readonly userId: string
  readonly createdAt: number
  state: string
  context: unknown
  seq: number
  machineVersion: number
  seatCount: number
  deadline: number | null
  updatedAt: number
}

export type FindMachine = (nameAndVersion: string) => RegisteredMachine | undefined

/** An effect that no fold knows what to do about. */
export class UnknownEffect extends Error {
  override readonly name = 'UnknownEffect'
}

const seatEffects = new Set(['assignSeats', 'sellSeats', 'releaseSeats'])

export class ShowFold {
  readonly showId: string
  readonly #partition: number
  readonly #machineVersion: number
  readonly #findMachine: FindMachine
  /** Reservations that later entries may be about; whoever knows that there are none deletes them. */
  readonly open = new Map<string, Folded>()
  readonly seats = new Map<string, TakenSeat>()
  readonly seatsOfUsers = new Map<string, number>()
  state: string
  seq = 0
  seatsRevision = 0
  /** Of the last entry. */
  stamp = 0
  epoch = 0

  constructor(
    { showId, partition, machineVersion }: ShowHead,
    initialState: string,
    findMachine: FindMachine,
  ) {
    this.showId = showId
    this.#partition = partition
    this.#machineVersion = machineVersion
    this.state = initialState
    this.#findMachine = findMachine
  }

  /**
   * What the entry should be, given what was decided before it and what it says that was asked and seen.
   * @throws whatever the machine throws
   */
  expect(entry: JournalEntry, position: number): JournalEntry | null {
    const machine = this.#findMachine(entry.machine)
    if (machine === undefined) return null
    const { event, subjectId, userId, commandId } = entry
    const isShow = subjectId === this.showId
    const folded = isShow ? undefined : this.open.get(subjectId)
    const before = isShow ? { state: this.state, context: {} } : (folded ?? null)
    const isKept =
      before !== null || event.type === 'reserve' || (event.type === 'park' && entry.seq !== null)
    const seq = isShow ? this.seq : (folded?.seq ?? 0)
    const stepped = step(machine, before, event)
    this.#stepped = stepped
    return {
      showId: this.showId,
      position,
      commandId: event.type === 'expire' ? expiryOf(folded, commandId) : commandId,
      subjectId,
      seq: isKept ? seq + 1 : null,
      userId: event.type === 'expire' ? (folded?.userId ?? userId) : userId,
      fingerprint: entry.fingerprint,
      machine: this.#machineOf(entry, isShow, folded),
      event,
      verdicts: stepped.verdicts,
      outcome: event.type === 'park' ? 'parked' : stepped.outcome,
      code: stepped.code,
      from: isKept ? (before?.state ?? 'queued') : null,
      to: isKept ? stepped.state : null,
      effects: stepped.effects,
      acceptedAt: event.acceptedAt as number,
      decidedAt: event.decidedAt as number,
      partition: this.#partition,
      epoch: entry.epoch,
      delivery: entry.delivery,
    }
  }

  #stepped: Step | null = null

  /**
   * Takes over what `expect` has just made of an entry.
   * @returns the money that it moves
   * @throws {UnknownEffect}
   */
  follow(expected: JournalEntry): LedgerTransaction[] {
    const { subjectId, position, decidedAt } = expected
    this.stamp = decidedAt
    this.epoch = expected.epoch
    if (subjectId === this.showId) {
      this.state = expected.to ?? this.state
      this.seq++
      return []
    }
    const folded = this.#reservation(expected)
    const money: LedgerTransaction[] = []
    for (const effect of expected.effects) {
      if (seatEffects.has(effect.type)) this.seatsRevision = position
      const moved = this.#apply(effect, expected, folded)
      if (moved !== null) money.push(moved)
    }
    return money
  }

  #reservation(expected: JournalEntry): Folded | null {
    const { subjectId, seq, to } = expected
    if (seq === null || to === null) return this.open.get(subjectId) ?? null
    const folded = this.open.get(subjectId) ?? newReservation(expected)
    folded.state = to
    folded.seq = seq
    folded.context = this.#stepped?.context
    folded.machineVersion = Number(expected.machine.split('@')[1])
    folded.updatedAt = expected.decidedAt
    this.open.set(subjectId, folded)
    return folded
  }

  #apply({ type, params }: Effect, entry: JournalEntry, folded: Folded | null): LedgerTransaction | null {
    const reservationId = entry.subjectId
    const userId = folded?.userId ?? entry.userId
    switch (type) {
      case 'refuse':
      case 'announce':
        return null
      case 'setDeadline':
        if (folded) folded.deadline = params.at as number | null
        return null
      case 'assignSeats': {
        const seats = params.seats as readonly PricedSeat[]
        for (const { id } of seats) this.seats.set(id, { status: 'held', reservationId })
        if (folded) folded.seatCount = seats.length
        this.#count(userId, seats.length)
        return null
      }
      case 'sellSeats':
        for (const id of params.seatIds as readonly string[])
          this.seats.set(id, { status: 'sold', reservationId })
        return null
      case 'releaseSeats': {
        const seatIds = params.seatIds as readonly string[]
        for (const id of seatIds) this.seats.delete(id)
        this.#count(userId, -seatIds.length)
        return null
      }
      case 'debit':
        return this.#transfer(entry, 'payment', userId, -Number(params.amount))
      case 'credit':
        return this.#transfer(entry, 'refund', userId, Number(params.amount))
      default:
        throw new UnknownEffect(`${entry.machine} asks for ${type}, which this release does not know`)
    }
  }

  #transfer(
    { commandId: id, decidedAt: at, subjectId: reference }: JournalEntry,
    kind: 'payment' | 'refund',
    userId: string,
    amount: number,
  ): LedgerTransaction {
    const entries = [
      { account: `user:${userId}`, amount },
      { account: `revenue:${this.showId}`, amount: -amount },
    ]
    return { id, kind, at, reference, entries }
  }

  /** Who has none is forgotten, so that this is no longer than the hall. */
  #count(userId: string, by: number): void {
    const seats = (this.seatsOfUsers.get(userId) ?? 0) + by
    if (seats === 0) this.seatsOfUsers.delete(userId)
    else this.seatsOfUsers.set(userId, seats)
  }

  /** A subject ends on the version that it began with. */
  #machineOf({ machine }: JournalEntry, isShow: boolean, folded: Folded | undefined): string {
    if (isShow) return `show@${this.#machineVersion}`
    return folded === undefined ? machine : `reservation@${folded.machineVersion}`
  }
}

const expiryOf = (folded: Folded | undefined, commandId: string): string =>
  typeof folded?.deadline === 'number' ? expiryId(folded.id, folded.deadline) : commandId

const newReservation = ({ subjectId: id, userId, acceptedAt }: JournalEntry): Folded => ({
  id,
  userId,
  createdAt: acceptedAt,
  state: 'queued',
  context: {},
  seq: 0,
  machineVersion: 0,
  seatCount: 0,
  deadline: null,
  updatedAt: acceptedAt,
})

/** As it should be stored. */
export const storedAs = (folded: Folded, showId: string, partition: number): ArchivedReservation => ({
  ...folded,
  showId,
  partition,
  context: JSON.stringify(folded.context),
})
