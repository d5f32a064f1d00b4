// What every adapter of the claims must do: one atomic look at the door, that binds all or nothing.
import test, { type ExecutionContext } from 'ava'
import { limits } from '../../engine/limits.ts'
import type { ClaimOutcome, ClaimRequest, Claims, SeatProjection, TakenStatus } from '../../engine/ports.ts'
import { checkClaimsAgainstModel } from './claims-model.ts'

export interface ClaimsUnderTest {
  readonly claims: Claims
  /** The one that the claims look at. */
  readonly projection: SeatProjection
  /** Gives the user a session in the show's waiting room that ends at `until`. */
  admit(showId: string, userId: string, until: number): Promise<void>
  /** All that is kept is lost: claims, fingerprints, sessions, projection. The same adapter, or another, goes on. */
  flush(): Promise<Pick<ClaimsUnderTest, 'claims' | 'projection'>>
}

export type ClaimsSetUp = (t: ExecutionContext) => Promise<ClaimsUnderTest>

const showId = 'show-1'
const claimed: ClaimOutcome = { outcome: 'claimed' }

/** A buyer's first request; a time near the present, since some adapters give what they keep a real end. */
const now = Date.now()
const request = (
  buyer: string,
  seatIds: readonly string[],
  other: Partial<ClaimRequest> = {},
): ClaimRequest => ({
  showId,
  reservationId: `reservation-${buyer}`,
  commandId: `command-${buyer}`,
  fingerprint: `seats ${seatIds}`,
  userId: buyer,
  seatIds,
  admissionRequired: false,
  now,
  ...other,
})

export function claimsContract(adapter: string, setUp: ClaimsSetUp): void {
  const behaviour = (sentence: string, run: (t: ExecutionContext, given: ClaimsUnderTest) => Promise<void>) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(30_000)
      await run(t, await setUp(t))
    })

  // ── seats ───────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('all seats of a request are claimed, or none', async (t, { claims }) => {
    t.deepEqual(await claims.claim(request('ann', ['A1', 'A2'])), claimed)
    t.deepEqual(await claims.claim(request('ben', ['A3', 'A2', 'A4'])), {
      outcome: 'taken',
      seatIds: ['A2'],
      until: now + limits.claimTtlMs,
    })
    t.deepEqual(await seatsClaimed(claims), { A1: 'reservation-ann', A2: 'reservation-ann' })
  })

  behaviour('of a hundred who want one seat at once, one claims it', async (t, { claims }) => {
    const buyers = Array.from({ length: 100 }, (_, index) => `buyer${index}`)
    const outcomes = await Promise.all(buyers.map((buyer) => claims.claim(request(buyer, ['A1']))))
    t.is(outcomes.filter(({ outcome }) => outcome === 'claimed').length, 1)
    t.is(outcomes.filter(({ outcome }) => outcome === 'taken').length, 99)
  })

  behaviour('what is asked for at once is answered as one after the other', async (t, { claims }) => {
    const outcomes = await Promise.all([
      claims.claim(request('ann', ['A1', 'A2'])),
      claims.claim(request('ben', ['A2', 'A3'], { now: now + 1 })),
      claims.claim(request('ann', ['A1', 'A2'], { now: now + 2 })),
      claims.claim(request('ann', ['A4'], { now: now + 3, fingerprint: 'another body' })),
      claims.claim(request('cat', ['A3'], { now: now + 4 })),
      claims.claim(request('ben', ['A2'], { now: now + 5 })),
    ])
    t.deepEqual(outcomes, [
      claimed,
      { outcome: 'taken', seatIds: ['A2'], until: now + limits.claimTtlMs },
      claimed,
      { outcome: 'idempotency_mismatch' },
      claimed,
      { outcome: 'taken', seatIds: ['A2'], until: now + 2 + limits.claimTtlMs },
    ])
    await claims.release(showId, ['reservation-ann', 'reservation-cat'])
    t.deepEqual(await seatsClaimed(claims), {})
  })

  behaviour('the same seats of another show are other seats', async (t, { claims }) => {
    await claims.claim(request('ann', ['A1']))
    t.deepEqual(await claims.claim(request('ben', ['A1'], { showId: 'show-2' })), claimed)
    t.deepEqual(await seatsClaimed(claims), { A1: 'reservation-ann' })
  })

  behaviour('a claim ends by itself, at the time that others were told', async (t, { claims }) => {
    await claims.claim(request('ann', ['A1']))
    const refused = await claims.claim(request('ben', ['A1'], { now: now + 1 }))
    const until = refused.outcome === 'taken' ? refused.until : null
    t.is(until, now + limits.claimTtlMs)
    const just = now + limits.claimTtlMs - 1
    t.is((await claims.claim(request('ben', ['A1'], { now: just }))).outcome, 'taken')
    t.deepEqual(await seatsClaimed(claims, just), { A1: 'reservation-ann' })
    t.deepEqual(await seatsClaimed(claims, just + 1), {})
    t.deepEqual(await claims.claim(request('ben', ['A1'], { now: just + 1 })), claimed)
    t.deepEqual(await seatsClaimed(claims, just + 1), { A1: 'reservation-ben' })
  })

  behaviour('several claims in the way: the last one to end is told', async (t, { claims }) => {
    await claims.claim(request('ann', ['A1'], { now }))
    await claims.claim(request('ben', ['A2'], { now: now + 500 }))
    await claims.claim(request('cat', ['A3'], { now: now + 200 }))
    t.deepEqual(await claims.claim(request('dan', ['A3', 'A2', 'A1', 'A4'], { now: now + 600 })), {
      outcome: 'taken',
      seatIds: ['A3', 'A2', 'A1'],
      until: now + 500 + limits.claimTtlMs,
    })
  })

  behaviour("a reservation passes its own claims, whichever command's they are", async (t, { claims }) => {
    await claims.claim(request('ann', ['A1', 'A2']))
    t.deepEqual(await claims.claim(request('ann', ['A2', 'A3'], { commandId: 'another' })), claimed)
    t.deepEqual(Object.keys(await seatsClaimed(claims)).sort(), ['A1', 'A2', 'A3'])
  })

  behaviour('best available claims no seat and is never taken', async (t, { claims }) => {
    await claims.claim(request('ann', ['A1']))
    t.deepEqual(await claims.claim(request('ben', [])), claimed)
    t.deepEqual(await seatsClaimed(claims), { A1: 'reservation-ann' })
  })

  behaviour("releasing ends a reservation's own claims, and no others", async (t, { claims }) => {
    await claims.claim(request('ann', ['A1', 'A2']))
    await claims.claim(request('ben', ['A3']))
    await claims.claim(request('ann', ['A1'], { showId: 'show-2', commandId: 'elsewhere' }))
    await claims.release(showId, ['reservation-ann', 'reservation-nobody'])
    t.deepEqual(await seatsClaimed(claims), { A3: 'reservation-ben' })
    t.is((await claims.claimed('show-2', now)).size, 1)
    t.deepEqual(await claims.claim(request('cat', ['A2', 'A1'])), claimed)
    await claims.release(showId, ['reservation-ann'])
    t.deepEqual(Object.keys(await seatsClaimed(claims)).sort(), ['A1', 'A2', 'A3'])
  })

  // ── what the projection knows ───────────────────────────────────────────────────────────────────────────

  behaviour('seats held, sold or blocked are taken, without an end', async (t, { claims, projection }) => {
    await projection.replace(showId, seatMap({ A1: 'held', A2: 'sold', A3: 'blocked' }))
    await claims.claim(request('ann', ['A4']))
    for (const seatId of ['A1', 'A2', 'A3'])
      t.deepEqual(await claims.claim(request('ben', ['A5', seatId])), {
        outcome: 'taken',
        seatIds: [seatId],
        until: null,
      })
    for (const seatIds of [
      ['A4', 'A1'],
      ['A1', 'A4'],
    ])
      t.deepEqual(await claims.claim(request('ben', seatIds)), { outcome: 'taken', seatIds, until: null })
    t.deepEqual(await claims.claim(request('ben', ['A5'])), claimed)
  })

  behaviour('a seat that was given back can be claimed again', async (t, { claims, projection }) => {
    await projection.replace(showId, seatMap({ A1: 'held' }))
    await projection.apply(showId, 1, 2, [{ seatId: 'A1', taken: null }])
    t.deepEqual(await claims.claim(request('ann', ['A1'])), claimed)
  })

  // ── the key ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a key with another body is a mismatch, and claims nothing', async (t, { claims }) => {
    await claims.claim(request('ann', ['A1']))
    const mismatch = await claims.claim(request('ann', ['A2'], { admissionRequired: true }))
    t.deepEqual(mismatch, { outcome: 'idempotency_mismatch' })
    t.deepEqual(await seatsClaimed(claims), { A1: 'reservation-ann' })
  })

  behaviour('a repeat passes whatever has happened since', async (t, { claims, projection, admit }) => {
    await admit(showId, 'ann', now + 1_000)
    const first = request('ann', ['A1', 'A2'], { admissionRequired: true })
    t.deepEqual(await claims.claim(first), claimed)
    const later = now + limits.claimTtlMs
    t.deepEqual(await claims.claim(request('ben', ['A1'], { now: later })), claimed)
    t.deepEqual(await claims.claim({ ...first, now: later + 1 }), claimed)
    await projection.replace(showId, seatMap({ A1: 'sold', A2: 'sold' }))
    t.deepEqual(await claims.claim({ ...first, now: later + 2 }), claimed)
  })

  behaviour("a repeat renews its own claims and takes nobody else's", async (t, { claims }) => {
    const first = request('ann', ['A1', 'A2', 'A3'])
    await claims.claim(first)
    await claims.release(showId, ['reservation-ann'])
    await claims.claim(request('ben', ['A2']))
    await claims.claim({ ...first, now: now + 100 })
    t.deepEqual(await seatsClaimed(claims, now + limits.claimTtlMs - 1), {
      A1: 'reservation-ann',
      A2: 'reservation-ben',
      A3: 'reservation-ann',
    })
    t.deepEqual(await seatsClaimed(claims, now + limits.claimTtlMs + 99), {
      A1: 'reservation-ann',
      A3: 'reservation-ann',
    })
    t.deepEqual(await seatsClaimed(claims, now + limits.claimTtlMs + 100), {})
  })

  behaviour('a command that claims nothing has its body remembered too', async (t, { claims }) => {
    t.true(await claims.remember('pay-1', 'body', now))
    t.true(await claims.remember('pay-1', 'body', now + 1))
    t.false(await claims.remember('pay-1', 'another body', now + 2))
    t.true(await claims.remember('pay-2', 'another body', now))
    const mismatch = await claims.claim(request('ann', ['A1'], { commandId: 'pay-1' }))
    t.is(mismatch.outcome, 'idempotency_mismatch')
    await claims.claim(request('ann', ['A1']))
    t.false(await claims.remember('command-ann', 'body', now))
  })

  behaviour('what is remembered at once is remembered as one after the other', async (t, { claims }) => {
    const remembered = await Promise.all([
      claims.remember('pay-1', 'body', now),
      claims.remember('pay-2', 'body', now),
      claims.remember('pay-1', 'another body', now + 1),
      claims.remember('pay-1', 'body', now + 2),
      claims.remember('pay-2', 'another body', now + limits.fingerprintTtlMs),
    ])
    t.deepEqual(remembered, [true, true, false, true, true])
  })

  behaviour('keys that differ only in case, blanks or accents are different keys', async (t, { claims }) => {
    for (const key of ['Abc', 'abc', 'Abc ', 'Äbc']) t.true(await claims.remember(key, `body of ${key}`, now))
    for (const key of ['Abc', 'abc', 'Abc ', 'Äbc']) t.true(await claims.remember(key, `body of ${key}`, now))
  })

  behaviour(
    'it is known for a while which reservations were claimed for',
    async (t, { claims, projection }) => {
      await projection.replace(showId, seatMap({ A2: 'sold' }))
      await claims.claim(request('ann', ['A1']))
      await claims.claim(request('ben', ['A2']))
      await claims.claim(request('cat', []))
      await claims.release(showId, ['reservation-ann'])
      t.true(await claims.wasClaimed('reservation-ann', now))
      t.false(await claims.wasClaimed('reservation-ben', now), 'a refusal is no claim')
      t.true(await claims.wasClaimed('reservation-cat', now + limits.queuedVisibleMs - 1))
      t.false(await claims.wasClaimed('reservation-cat', now + limits.queuedVisibleMs))
    },
  )

  // ── admission ───────────────────────────────────────────────────────────────────────────────────────────

  behaviour('where admission is required, only a running session passes', async (t, { claims, admit }) => {
    await admit(showId, 'ann', now + 1_000)
    await admit('show-2', 'ben', now + 1_000)
    const attempt = (buyer: string, at: number) =>
      claims.claim(request(buyer, ['A1'], { admissionRequired: true, now: at }))
    t.deepEqual(await attempt('ann', now + 1_000), { outcome: 'not_admitted' })
    t.deepEqual(await attempt('ben', now), { outcome: 'not_admitted' })
    t.deepEqual(await attempt('cat', now), { outcome: 'not_admitted' })
    t.deepEqual(await attempt('ann', now + 999), claimed)
  })

  behaviour('who is not admitted does not learn which seats are taken', async (t, { claims }) => {
    await claims.claim(request('ann', ['A1']))
    const refused = await claims.claim(request('ben', ['A1'], { admissionRequired: true }))
    t.deepEqual(refused, { outcome: 'not_admitted' })
  })

  // ── refusals and losses ─────────────────────────────────────────────────────────────────────────────────

  behaviour('a refusal binds neither key nor seats', async (t, { claims, projection, admit }) => {
    await projection.replace(showId, seatMap({ A1: 'sold' }))
    await claims.claim(request('ann', ['A1', 'A2']))
    await claims.claim(request('ben', ['A2'], { admissionRequired: true }))
    t.deepEqual(await seatsClaimed(claims), {})

    t.deepEqual(await claims.claim(request('ann', ['A3'])), claimed, 'the same key, another body')
    await admit(showId, 'ben', now + 1_000)
    t.deepEqual(await claims.claim(request('ben', ['A4'], { admissionRequired: true })), claimed)
  })

  behaviour(
    'when all is lost, claiming begins anew and a hold still passes for its owner',
    async (t, given) => {
      await given.claims.claim(request('ann', ['A1', 'A2']))
      await given.claims.claim(request('ben', ['A3']))
      const { claims, projection } = await given.flush()
      t.deepEqual(await seatsClaimed(claims), {})
      t.deepEqual(await claims.claim(request('cat', ['A3'])), claimed)
      await claims.release(showId, ['reservation-ann', 'reservation-ben'])
      t.deepEqual(await seatsClaimed(claims), { A3: 'reservation-cat' })

      await projection.replace(showId, seatMap({ A1: 'held', A2: 'held' }, 'reservation-ann'))
      t.deepEqual(await claims.claim(request('ann', ['A1', 'A2'])), claimed)
      t.is((await claims.claim(request('dan', ['A1']))).outcome, 'taken')
    },
  )

  test(`${adapter}: whoever asks for whatever, it answers as the model does`, (t) =>
    checkClaimsAgainstModel(t, async () => (await setUp(t)).claims))
}

const seatsClaimed = async (claims: Claims, at = now): Promise<Record<string, string>> =>
  Object.fromEntries(await claims.claimed(showId, at))

const seatMap = (statuses: Record<string, TakenStatus>, reservationId = 'reservation-of-somebody') => ({
  revision: 1,
  taken: new Map(
    Object.entries(statuses).map(([seatId, status]) => [
      seatId,
      { status, reservationId: status === 'blocked' ? null : reservationId },
    ]),
  ),
})
