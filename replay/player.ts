// Plays a recorded evening on a stage, in its order and at its times. What belongs to the world outside of the show is taken
// from the record: the money that each buyer had at each payment, the claims that a choice went round, and the wake-ups. A
// hold whose end the record does not know gets a wake-up of its own, at the second after its deadline and grace.
import { expiryId } from '../engine/command.ts'
import type { Item } from '../engine/handle.ts'
import type { JournalEntry } from '../engine/journal.ts'
import { limits } from '../engine/limits.ts'
import { claimsSeenBy, itemOf } from './recording.ts'
import type { Stage } from './stage.ts'

export interface Record {
  /** Ids of the expiries that happened. */
  readonly expiries: ReadonlySet<string>
  /** Deadlines of the holds that were open when the record ended. */
  readonly openHolds: ReadonlyMap<string, number>
  /** As the last wake-up had it. */
  readonly graceMs: number
}

export interface Played {
  readonly entry: JournalEntry
  /** The recorded entry of the same command, where there is one. */
  readonly recorded: JournalEntry | null
}

interface Batch {
  readonly like: JournalEntry
  readonly entries: JournalEntry[]
  readonly items: Item[]
  readonly outside: Map<string, number>
  claims: readonly string[] | null
}

export class Player {
  readonly #stage: Stage
  readonly #record: Record
  readonly #graceMs: number | undefined
  readonly #play: (played: Played) => void
  /** Money that this show moved then, and what the buyers had beside it. */
  readonly #moved = new Map<string, number>()
  readonly #outside = new Map<string, number>()
  readonly #payers = new Map<string, string>()
  /** Holds by the second at which they are woken. */
  readonly #wakes = new Map<number, string[]>()
  #nextWake = 0
  #batch: Batch | null = null
  #last: JournalEntry | null = null
  /** Payments elsewhere that were not covered here. */
  uncovered = 0

  constructor(stage: Stage, record: Record, graceMs: number | undefined, play: (played: Played) => void) {
    this.#stage = stage
    this.#record = record
    this.#graceMs = graceMs
    this.#play = play
  }

  /** In the order of the journal. */
  async add(entry: JournalEntry): Promise<void> {
    await this.#wakeBefore(entry)
    const isWake = entry.event.type === 'expire'
    const outside = entry.event.type === 'pay' ? this.#outsideOf(entry) : null
    if (this.#batch && !this.#fits(this.#batch, entry, outside)) await this.#decide()
    this.#batch ??= { like: entry, entries: [], items: [], outside: new Map(), claims: null }
    const batch = this.#batch
    batch.entries.push(entry)
    if (!(isWake && this.#graceMs !== undefined)) batch.items.push(itemOf(entry))
    if (entry.bestAvailable !== undefined) batch.claims = claimsSeenBy(entry)
    if (outside !== null) batch.outside.set(entry.userId, outside)
    this.#follow(entry)
    this.#last = entry
    if (isWake) await this.#decide()
  }

  async end(): Promise<void> {
    await this.#decide()
    if (this.#last) await this.#wakeUntil(this.#last.decidedAt, this.#last)
  }

  /** One transaction then is one transaction now, as far as the facts allow; a wake-up comes alone. */
  #fits(batch: Batch, entry: JournalEntry, outside: number | null): boolean {
    const { like } = batch
    if (entry.event.type === 'expire') return false
    if (entry.decidedAt !== like.decidedAt || entry.epoch !== like.epoch) return false
    if (entry.machine !== like.machine || batch.items.length >= limits.batchCommandsMax) return false
    const known = batch.outside.get(entry.userId)
    if (outside !== null && known !== undefined && known !== outside) return false
    if (entry.bestAvailable === undefined || batch.claims === null) return true
    return JSON.stringify(batch.claims) === JSON.stringify(claimsSeenBy(entry))
  }

  async #decide(): Promise<void> {
    const batch = this.#batch
    this.#batch = null
    if (batch === null || batch.items.length === 0) return
    for (const [userId, amount] of batch.outside)
      await this.#bringOutside(userId, amount, batch.like.decidedAt)
    const recorded = new Map(batch.entries.map((entry) => [entry.commandId, entry]))
    const graceMs = graceOf(batch.like) ?? this.#grace
    await this.#run(batch.items, batch.like, batch.claims ?? [], graceMs, recorded)
  }

  async #run(
    items: readonly Item[],
    like: JournalEntry,
    claims: readonly string[],
    graceMs: number,
    recorded: ReadonlyMap<string, JournalEntry>,
  ): Promise<void> {
    const { entries } = await this.#stage.decide(items, like, claims, graceMs)
    for (const entry of entries) {
      this.#play({ entry, recorded: recorded.get(entry.commandId) ?? null })
      for (const { type, params } of entry.effects)
        if (type === 'setDeadline' && params.at !== null) this.#watch(entry.subjectId, Number(params.at))
    }
  }

  get #grace(): number {
    return this.#graceMs ?? this.#record.graceMs
  }

  /** Unless the record knows how this hold went on. */
  #watch(reservationId: string, deadline: number): void {
    const { expiries, openHolds } = this.#record
    const isRecorded =
      expiries.has(expiryId(reservationId, deadline)) || openHolds.get(reservationId) === deadline
    if (isRecorded && this.#graceMs === undefined) return
    const second = Math.ceil((deadline + this.#grace) / limits.sweepIntervalMs)
    const woken = this.#wakes.get(second) ?? []
    woken.push(reservationId)
    this.#wakes.set(second, woken)
  }

  /** A wake-up stands in the queue before all that was accepted after it. */
  async #wakeBefore(entry: JournalEntry): Promise<void> {
    if (entry.event.type !== 'expire') await this.#wakeUntil(entry.acceptedAt, entry)
  }

  async #wakeUntil(at: number, like: JournalEntry): Promise<void> {
    const last = Math.floor(at / limits.sweepIntervalMs)
    if (this.#nextWake === 0) this.#nextWake = last
    for (; this.#nextWake <= last; this.#nextWake++) {
      const woken = this.#wakes.get(this.#nextWake)
      if (woken === undefined) continue
      await this.#decide()
      this.#wakes.delete(this.#nextWake)
      const until = this.#nextWake * limits.sweepIntervalMs
      for (const only of woken)
        await this.#run(
          [{ kind: 'wake', delivery: like.delivery, until, only }],
          { ...like, decidedAt: until },
          [],
          this.#grace,
          new Map(),
        )
    }
  }

  /** What the buyer had at this payment, beside what the show took and gave until then. */
  #outsideOf({ userId, event }: JournalEntry): number {
    return Number(event.balance) - (this.#moved.get(userId) ?? 0)
  }

  async #bringOutside(userId: string, amount: number, at: number): Promise<void> {
    const before = this.#outside.get(userId) ?? 0
    const moved = await this.#stage.move(userId, amount - before, at)
    if (moved !== amount - before) this.uncovered++
    this.#outside.set(userId, before + moved)
  }

  #follow({ effects, subjectId, userId }: JournalEntry): void {
    for (const { type, params } of effects) {
      if (type === 'debit') this.#payers.set(subjectId, userId)
      const payer = this.#payers.get(subjectId)
      if (payer === undefined || (type !== 'debit' && type !== 'credit')) continue
      const amount = Number(params.amount)
      this.#moved.set(payer, (this.#moved.get(payer) ?? 0) + (type === 'debit' ? -amount : amount))
    }
  }
}

const graceOf = ({ event }: JournalEntry): number | undefined =>
  event.type === 'expire' ? Number(event.holdGraceMs) : undefined
