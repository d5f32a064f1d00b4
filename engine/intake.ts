// The door: from a request that http has read to a command that the broker has. What is refused here costs the
// broker and the master nothing; what gets through will be decided in order.

import { answerOf, answerTo } from './answer.ts'
import {
  type Command,
  commandId,
  fingerprint,
  ownsReservation,
  readCommand,
  redriveId,
  reservationId,
} from './command.ts'
import { HoldfastError } from './errors.ts'
import { openEntry } from './journal.ts'
import type {
  Answer,
  Answers,
  ClaimRequest,
  Claims,
  Clock,
  Decisions,
  ParkedCommand,
  Publisher,
} from './ports.ts'
import type { RefusalLog } from './refusal-log.ts'
import { notOnSale } from './sale.ts'
import type { Shows } from './shows.ts'
import { noStopwatch, type Stage, type Stopwatch } from './stages.ts'

export interface IntakeParts {
  readonly answers: Answers
  readonly claims: Claims
  readonly clock: Pick<Clock, 'now'>
  readonly decisions: Pick<Decisions, 'findEntry'>
  readonly publisher: Publisher
  readonly refusals: Pick<RefusalLog, 'add'>
  readonly shows: Shows
  readonly reservationIdKey: Buffer
  readonly stopwatch?: Stopwatch
}

export type Wish =
  | { readonly seatIds: string[] }
  | { readonly bestAvailable: { count: number; sectionId?: string } }

export interface Accepted {
  readonly subjectId: string
  readonly commandId: string
  /** What was decided, if the client asked to wait and it was decided in time. */
  readonly answer: Answer | null
}

export interface Ask {
  readonly userId: string
  readonly idempotencyKey: string
  /** How long the client waits for the decision; 0 for not at all. */
  readonly waitMs: number
}

/** What every order is that says nothing but its type. */
const emptyBody = fingerprint({})

export class Intake {
  readonly #parts: IntakeParts
  readonly #stopwatch: Stopwatch

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.#stopwatch = parts.stopwatch ?? noStopwatch
  }

  async reserve(ask: Ask & { readonly showId: string; readonly wish: Wish }): Promise<Accepted> {
    const { clock, shows, reservationIdKey } = this.#parts
    const { userId, showId, wish, idempotencyKey } = ask
    const plan = await shows.find(showId)
    if (!plan) throw new HoldfastError('not_found', 'There is no such show.')

    const now = clock.now()
    const seatIds = 'seatIds' in wish ? wish.seatIds : []
    const subjectId = reservationId(reservationIdKey, userId, showId, idempotencyKey)
    const id = commandId(userId, 'reserve', showId, idempotencyKey)
    const request: ClaimRequest = {
      showId,
      reservationId: subjectId,
      commandId: id,
      userId,
      seatIds,
      now,
      fingerprint: fingerprint({ showId, ...wish }),
      admissionRequired: plan.show.hasWaitingRoom,
    }
    const unknown = seatIds.filter((seatId) => !plan.seats.has(seatId))
    if (unknown.length > 0)
      throw new HoldfastError('not_found', 'The plan of this show has no such seat.', {
        seatsUnknown: unknown,
      })
    if (now < plan.show.opensAt) this.#refuse(request, notOnSale('not_open'))
    await this.#claim(request)

    const { fingerprint: print } = request
    return this.#send(
      { id, type: 'reserve', showId, subjectId, userId, fingerprint: print, acceptedAt: now, ...wish },
      ask,
    )
  }

  /** @throws {HoldfastError} `not_found` for a reservation that is not the user's */
  async command(
    ask: Ask & {
      readonly type: 'pay' | 'extend' | 'cancel'
      readonly reservationId: string
      readonly showId: string
    },
  ): Promise<Accepted> {
    const { userId, reservationId: subjectId } = ask
    if (!ownsReservation(this.#parts.reservationIdKey, userId, subjectId))
      throw new HoldfastError('not_found')
    return this.#order(ask, ask.type, subjectId)
  }

  /** What an administrator asks of a show or of anybody's reservation. */
  async administer(
    ask: Ask & {
      readonly type: 'refund' | 'pause' | 'resume'
      readonly subjectId: string
      readonly showId: string
    },
  ): Promise<Accepted> {
    if (!(await this.#parts.shows.find(ask.showId))) throw new HoldfastError('not_found')
    return this.#order(ask, ask.type, ask.subjectId)
  }

  /**
   * Sends a parked command again, as a new one that is linked to it and was accepted now; who asks and why stand in the
   * journal. Where parking has ended the reservation, the new command makes another one for the same buyer; where the buyer's
   * own repeat was decided in the meantime it is about the same one, and refused. Whoever sends it again under the same key
   * means the same command.
   * @throws {HoldfastError} `invalid_state` where what was parked is no command, or of a show that is not there: no
   * journal could keep its decision
   */
  async redrive(
    ask: Ask & { readonly parked: Pick<ParkedCommand, 'id' | 'body'>; readonly reason?: string },
  ): Promise<Accepted> {
    const { userId: redriveBy, idempotencyKey, parked, reason } = ask
    const command = readCommand(parked.body)
    if (command === null)
      throw new HoldfastError('invalid_state', 'What was parked could not be read: it cannot be sent again.')
    const { clock, decisions, reservationIdKey, shows } = this.#parts
    if (!(await shows.find(command.showId)))
      throw new HoldfastError('invalid_state', `There is no show ${command.showId}: it cannot be sent again.`)
    // Who waited for it, and who may have sent it again before, is none of the new one's.
    const { replyTo, redriveOf, redriveBy: _, redriveReason, ...original } = command
    const { userId, showId } = original
    const id = redriveId(command, parked.id, idempotencyKey)
    const row = command.type === 'reserve' ? await decisions.findEntry(parked.id) : null
    const isEnded = row !== null && openEntry(row).outcome === 'parked'
    const subjectId = isEnded
      ? reservationId(reservationIdKey, userId, showId, `redrive ${id}`)
      : original.subjectId
    const link = {
      redriveOf: parked.id,
      redriveBy,
      ...(reason === undefined ? {} : { redriveReason: reason }),
    }
    return this.#send({ ...original, ...link, id, subjectId, acceptedAt: clock.now() }, ask)
  }

  async #order(
    ask: Ask & { readonly showId: string },
    type: Exclude<Command['type'], 'reserve'>,
    subjectId: string,
  ): Promise<Accepted> {
    const { clock, claims } = this.#parts
    const { userId, showId, idempotencyKey } = ask
    const id = commandId(userId, type, subjectId, idempotencyKey)
    if (!(await claims.remember(id, emptyBody, clock.now()))) throw new HoldfastError('idempotency_mismatch')
    // The grace of a hold allows for the publish, and for nothing before it.
    const acceptedAt = clock.now()
    return this.#send({ id, type, showId, subjectId, userId, fingerprint: emptyBody, acceptedAt }, ask)
  }

  async #claim(request: ClaimRequest): Promise<void> {
    const since = this.#stopwatch.now()
    const claim = await this.#parts.claims.claim(request)
    this.#took('intake', since)
    if (claim.outcome === 'claimed') return
    if (claim.outcome === 'idempotency_mismatch') throw new HoldfastError('idempotency_mismatch')
    // The store forgets keys, in time or with all else; the journal does not, and answers its repeats.
    if (await this.#parts.decisions.findEntry(request.commandId)) return
    if (claim.outcome === 'not_admitted') this.#refuse(request, new HoldfastError('not_admitted'))
    const { seatIds, until } = claim
    this.#refuse(
      request,
      new HoldfastError('seats_taken', undefined, { seatsTaken: seatIds, claimedUntil: until }),
    )
  }

  #refuse({ showId, userId, commandId: id, seatIds, now }: ClaimRequest, error: HoldfastError): never {
    this.#parts.refusals.add({ at: now, showId, userId, commandId: id, code: error.code, seatIds })
    throw error
  }

  async #send(command: Command, { waitMs }: Ask): Promise<Accepted> {
    const { answers, publisher } = this.#parts
    const { id, subjectId } = command
    const answered = waitMs === 0 ? null : answers.wait(id, waitMs)
    const since = this.#stopwatch.now()
    await publisher.publish(answered === null ? command : { ...command, replyTo: answers.server })
    this.#took('publish', since)
    if (answered === null) return { subjectId, commandId: id, answer: null }
    const answer = (await answered) ?? (await this.#journaled(id))
    return { subjectId, commandId: id, answer: answer && answerTo(command.fingerprint, answer) }
  }

  /** Not of what fails: it would tell of a time limit. */
  #took(stage: Stage, since: number): void {
    this.#stopwatch.took(stage, this.#stopwatch.now() - since)
  }

  /** An answer may be lost on its way; the journal has it. */
  async #journaled(id: string): Promise<Answer | null> {
    const row = await this.#parts.decisions.findEntry(id)
    return row && answerOf(openEntry(row))
  }
}
