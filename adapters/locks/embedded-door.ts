// The look at the door in memory: what is one script on Redis is one synchronous step here.
import { limits } from '../../engine/limits.ts'
import type { ClaimOutcome, ClaimRequest, TakenSeat } from '../../engine/ports.ts'
import { ExpiringMap } from './expiring-map.ts'

/** What a claim looks at besides the claims: the waiting room's sessions and the seat projection. */
export interface DoorView {
  hasSession(showId: string, userId: string, now: number): boolean
  /** As the projection has it; null where it has the seat as free, or has nothing. */
  takenSeat(showId: string, seatId: string): TakenSeat | null
}

/** What the door keeps in mind, as data: applied in order to an empty door it makes the same door again. */
export type DoorChange =
  | {
      readonly type: 'claimed'
      readonly showId: string
      readonly reservationId: string
      readonly commandId: string
      readonly fingerprint: string
      readonly seatIds: readonly string[]
      readonly now: number
    }
  | {
      readonly type: 'remembered'
      readonly commandId: string
      readonly fingerprint: string
      readonly now: number
    }
  | { readonly type: 'released'; readonly showId: string; readonly reservationIds: readonly string[] }

/** A seat that a request cannot have. */
interface Refused {
  readonly seatId: string
  /** When the claim ends; never for a seat that is held, sold or blocked. */
  readonly until: number
}

export class EmbeddedDoor {
  readonly #view: DoorView
  /** Per show the reservation that claims each seat. */
  readonly #claims = new Map<string, ExpiringMap<string>>()
  readonly #fingerprints = new ExpiringMap<string>(limits.fingerprintTtlMs)
  readonly #reservations = new ExpiringMap<true>(limits.queuedVisibleMs)

  constructor(view: DoorView) {
    this.#view = view
  }

  /** Changes nothing; what the outcome wants changed comes with it. */
  look(request: ClaimRequest): { outcome: ClaimOutcome; change: DoorChange | null } {
    const { showId, reservationId, commandId, fingerprint, userId, seatIds, now } = request
    const refuse = (outcome: ClaimOutcome) => ({ outcome, change: null })
    const key = this.recall(commandId, fingerprint, now)
    if (key === 'other') return refuse({ outcome: 'idempotency_mismatch' })
    const isFirst = key === 'unknown'
    if (isFirst && request.admissionRequired && !this.#view.hasSession(showId, userId, now))
      return refuse({ outcome: 'not_admitted' })
    const refused = this.#findRefused(request)
    if (isFirst && refused.length > 0) return refuse(takenBy(refused))

    const others = new Set(refused.map(({ seatId }) => seatId))
    const claimed = seatIds.filter((seatId) => !others.has(seatId))
    return {
      outcome: { outcome: 'claimed' },
      change: { type: 'claimed', showId, reservationId, commandId, fingerprint, seatIds: claimed, now },
    }
  }

  recall(commandId: string, fingerprint: string, now: number): 'unknown' | 'same' | 'other' {
    const known = this.#fingerprints.get(commandId, now)
    if (known === null) return 'unknown'
    return known.value === fingerprint ? 'same' : 'other'
  }

  wasClaimed(reservationId: string, now: number): boolean {
    return this.#reservations.get(reservationId, now) !== null
  }

  claimed(showId: string, now: number): ReadonlyMap<string, string> {
    return new Map(this.#claims.get(showId)?.live(now))
  }

  apply(change: DoorChange): void {
    if (change.type === 'released') {
      const { showId, reservationIds } = change
      const ended = new Set(reservationIds)
      this.#claims.get(showId)?.deleteWhere((reservationId) => ended.has(reservationId))
      return
    }
    this.#fingerprints.set(change.commandId, change.fingerprint, change.now)
    if (change.type === 'remembered') return
    const { showId, reservationId, seatIds, now } = change
    this.#reservations.set(reservationId, true, now)
    const claims = this.#claims.get(showId) ?? new ExpiringMap(limits.claimTtlMs)
    this.#claims.set(showId, claims)
    for (const seatId of seatIds) claims.set(seatId, reservationId, now)
  }

  #findRefused({ showId, seatIds, reservationId, now }: ClaimRequest): readonly Refused[] {
    return seatIds.flatMap((seatId) => {
      const taken = this.#view.takenSeat(showId, seatId)
      if (taken !== null && taken.reservationId !== reservationId)
        return { seatId, until: Number.POSITIVE_INFINITY }
      const claim = this.#claims.get(showId)?.get(seatId, now) ?? null
      if (claim === null || claim.value === reservationId) return []
      return { seatId, until: claim.until }
    })
  }
}

function takenBy(refused: readonly Refused[]): ClaimOutcome {
  const seatIds = refused.map(({ seatId }) => seatId)
  const until = Math.max(...refused.map((seat) => seat.until))
  return { outcome: 'taken', seatIds, until: Number.isFinite(until) ? until : null }
}
