// What the clients write down for the auditor: every request with the moments of sending and of hearing, and what they
// were told; nothing that they could not know.
import { HoldfastError } from '../../engine/errors.ts'
import type { Accepted } from '../../engine/intake.ts'
import type {
  ChargeEvidence,
  LookUpEvidence,
  PlaceEvidence,
  RequestEvidence,
  Told,
} from '../auditor/evidence.ts'

export type Asked = Pick<RequestEvidence, 'userId' | 'idempotencyKey' | 'type' | 'target' | 'showId' | 'body'>

export class Notes {
  readonly requests: RequestEvidence[] = []
  readonly places: PlaceEvidence[] = []
  readonly lookUps: LookUpEvidence[] = []
  readonly #charges = new Map<string, ChargeEvidence>()
  /** How often each outcome was told. */
  readonly outcomes = new Map<string, number>()

  request(asked: Asked, sentAt: number, toldAt: number, told: Told): void {
    this.requests.push({ ...asked, sentAt, toldAt, told })
    this.#count(`${asked.type}: ${nameOf(told)}`)
  }

  place(place: PlaceEvidence): void {
    this.places.push(place)
    this.#count(`waiting room: ${place.state}`)
  }

  lookUp(looked: LookUpEvidence): void {
    this.lookUps.push(looked)
    this.#count('look-up: told')
  }

  /** Written down before it is sent, and again when it is done. */
  charge(id: string, charge: ChargeEvidence): void {
    this.#charges.set(id, charge)
    if (charge.told === 'done') this.#count('charge: done')
  }

  get charges(): ChargeEvidence[] {
    return [...this.#charges.values()]
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
  }
}

/** As http would tell it. */
export function toldOf(accepted: Accepted): Told {
  const { commandId, answer } = accepted
  if (answer === null) return { is: 'accepted', commandId }
  const { outcome, code, state, details } = answer
  return { is: 'decided', commandId, decision: { outcome, code, state, details } }
}

/** Anything but a clear refusal leaves it open whether it happened. */
export function toldOfFailure(error: unknown): Told {
  const isClear =
    error instanceof HoldfastError && error.code !== 'unavailable' && error.code !== 'overloaded'
  return isClear ? { is: 'refused', code: error.code } : { is: 'unknown' }
}

function nameOf(told: Told): string {
  if (told.is === 'refused') return `${told.code} at the door`
  if (told.is !== 'decided') return told.is
  return told.decision.code ?? told.decision.state
}
