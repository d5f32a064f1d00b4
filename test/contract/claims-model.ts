// Random buyers at the door of one small hall, beside the plainest model of it: who claims each seat, and until when.
import assert from 'node:assert/strict'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { limits } from '../../engine/limits.ts'
import type { ClaimOutcome, Claims } from '../../engine/ports.ts'
import { checkProperty } from '../support/properties.ts'

interface Visit {
  readonly buyer: number
  readonly seatIds: readonly string[]
  readonly releasesInstead: boolean
  /** How much later than the visit before. */
  readonly afterMs: number
}

const seatIds = fc.uniqueArray(fc.constantFrom('A1', 'A2', 'A3', 'A4', 'A5', 'A6'), {
  minLength: 1,
  maxLength: 4,
})

const visits: fc.Arbitrary<Visit[]> = fc.array(
  fc.record({
    buyer: fc.nat(3),
    seatIds,
    releasesInstead: fc.nat(5).map((chance) => chance === 0),
    afterMs: fc.integer({ min: 0, max: limits.claimTtlMs / 4 }),
  }),
  { maxLength: 40 },
)

class ModelledDoor {
  readonly #claims = new Map<string, { reservationId: string; until: number }>()

  /** As a first request: nothing is remembered of the key. */
  claim(reservationId: string, wanted: readonly string[], now: number): ClaimOutcome {
    const live = this.claimed(now)
    const taken = wanted.filter((seatId) => (live.get(seatId) ?? reservationId) !== reservationId)
    if (taken.length > 0)
      return {
        outcome: 'taken',
        seatIds: taken,
        until: Math.max(...taken.map((seatId) => this.#claims.get(seatId)?.until ?? 0)),
      }
    for (const seatId of wanted) this.#claims.set(seatId, { reservationId, until: now + limits.claimTtlMs })
    return { outcome: 'claimed' }
  }

  release(reservationId: string): void {
    for (const [seatId, claim] of this.#claims)
      if (claim.reservationId === reservationId) this.#claims.delete(seatId)
  }

  claimed(now: number): Map<string, string> {
    const live = [...this.#claims].filter(([, { until }]) => until > now)
    return new Map(live.map(([seatId, { reservationId }]) => [seatId, reservationId]))
  }
}

export const checkClaimsAgainstModel = (t: ExecutionContext, setUp: () => Promise<Claims>): Promise<void> =>
  checkProperty(
    t,
    60,
    fc.asyncProperty(visits, async (each) => {
      const claims = await setUp()
      const model = new ModelledDoor()
      let now = Date.now()
      for (const [index, { buyer, seatIds: wanted, releasesInstead, afterMs }] of each.entries()) {
        now += afterMs
        const reservationId = `reservation-${buyer}`
        if (releasesInstead) {
          await claims.release('show', [reservationId])
          model.release(reservationId)
        } else {
          const outcome = await claims.claim({
            showId: 'show',
            reservationId,
            userId: `buyer-${buyer}`,
            seatIds: wanted,
            now,
            commandId: `command-${index}`,
            fingerprint: 'body',
            admissionRequired: false,
          })
          assert.deepEqual(outcome, model.claim(reservationId, wanted, now))
        }
        assert.deepEqual(sorted(await claims.claimed('show', now)), sorted(model.claimed(now)))
      }
    }),
  )

const sorted = (claims: ReadonlyMap<string, string>): [string, string][] =>
  [...claims].sort(([a], [b]) => (a < b ? -1 : 1))
