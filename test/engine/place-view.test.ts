import test from 'ava'
import { limits } from '../../engine/limits.ts'
import { measured, refilled, started } from '../../engine/pace.ts'
import { type Seen, viewOf } from '../../engine/place-view.ts'
import type { NextTurns, Place, RoomView } from '../../engine/waiting-room-ports.ts'

const now = 1_800_000_000_000
const room: RoomView = {
  incarnation: 1,
  serving: 100,
  issued: 9_000,
  isPaused: false,
  admittedPerSecond: 10,
  estimateSpread: Math.LN2 / 2,
  lottery: 'none',
  hasOpened: true,
  crowdThrough: null,
  gone: 0,
}
const waiting: Place = { number: 400, lot: 400, state: 'waiting', sessionEndsAt: null }
const closesAt = now + 3_600_000
const seen: Seen = { place: waiting, room, show: { opensAt: now, closesAt }, now }
const view = (some: Partial<Seen>, random = 1) => viewOf({ ...seen, ...some }, random)

for (const [what, some, expected] of [
  ['who waits', {}, { state: 'waiting', position: 300, etaSeconds: 30 }],
  [
    'the next',
    { place: { ...waiting, number: 101, lot: 101 } },
    { state: 'waiting', position: 1, etaSeconds: 1 },
  ],
  [
    'who was passed and is called as soon as there is room',
    { place: { ...waiting, number: 40, lot: 40 } },
    { state: 'waiting', position: 1, etaSeconds: 1 },
  ],
  [
    'who waits for the opening',
    { show: { opensAt: now + 60_000, closesAt } },
    { state: 'not_open', position: 300, etaSeconds: 90 },
  ],
  [
    'who waits in a room that is paused',
    { room: { ...room, isPaused: true } },
    { state: 'paused', position: 300, etaSeconds: null },
  ],
  [
    'who waits for the opening in a room that is paused',
    { room: { ...room, isPaused: true }, show: { opensAt: now + 60_000, closesAt } },
    { state: 'not_open', position: 300, etaSeconds: 90 },
  ],
  [
    'who waits for the inlet to see the opening',
    { room: { ...room, hasOpened: false } },
    { state: 'not_open', position: 300, etaSeconds: 30 },
  ],
  [
    'who waits for the inlet to see the opening of a room that is paused',
    { room: { ...room, hasOpened: false, isPaused: true } },
    { state: 'not_open', position: 300, etaSeconds: 30 },
  ],
  [
    'who waits while nobody comes in',
    { room: { ...room, admittedPerSecond: 0 } },
    { state: 'waiting', position: 300, etaSeconds: 86_400 },
  ],
  [
    'who is inside',
    { place: { number: 7, lot: 7, state: 'admitted', sessionEndsAt: now + 9 } },
    { state: 'admitted', position: 0, etaSeconds: 0, sessionEndsAt: now + 9 },
  ],
  [
    'whose session is over',
    { place: { number: 7, lot: 7, state: 'expired', sessionEndsAt: now } },
    { state: 'expired', position: null, etaSeconds: null },
  ],
  [
    'who still waits when the sale is over',
    { now: closesAt },
    { state: 'expired', position: null, etaSeconds: null },
  ],
  [
    'who left',
    { place: { number: 700, lot: 700, state: 'left', sessionEndsAt: null } },
    { state: 'left', position: null, etaSeconds: null },
  ],
] as const)
  test(`${what} is told so`, (t) => {
    const told = view(some)
    t.like(told, { ...expected, number: (some as Partial<Seen>).place?.number ?? 400 })
    t.true(told.pollAfterMs >= 0.75 * limits.pollAfterMinMs && told.pollAfterMs <= limits.pollAfterMaxMs)
  })

test('an estimate says how sure it is', (t) => {
  t.deepEqual(view({}).etaRange, { fromSeconds: 15, toSeconds: 60 })
  t.deepEqual(view({ room: { ...room, estimateSpread: 0 } }).etaRange, { fromSeconds: 30, toSeconds: 30 })
  t.deepEqual(view({ show: { opensAt: now + 60_000, closesAt } }).etaRange, {
    fromSeconds: 75,
    toSeconds: 120,
  })
  t.is(view({ room: { ...room, isPaused: true } }).etaRange, null)
})

test('before a draw there is no position, and the range is that of the whole crowd', (t) => {
  const due: RoomView = { ...room, serving: 0, issued: 600, lottery: 'due' }
  const drawn = { lot: null, position: null, state: 'not_open' }
  const before = view({ room: due, show: { opensAt: now + 60_000, closesAt } })
  t.like(before, { ...drawn, etaSeconds: 90 })
  t.deepEqual(before.etaRange, { fromSeconds: 60, toSeconds: 180 })
  const closed: RoomView = { ...due, issued: 900, crowdThrough: 600 }
  t.like(view({ room: closed }), { ...drawn, etaSeconds: 30, pollAfterMs: limits.pollAfterMinMs })
  const later = { number: 700, lot: 700, state: 'waiting', sessionEndsAt: null } as const
  t.like(view({ room: closed, place: later }), { ...drawn, number: 700, etaSeconds: 70 })
  t.deepEqual(view({ room: closed, place: later }).etaRange, { fromSeconds: 30, toSeconds: 140 })
  const dealt: RoomView = { ...closed, lottery: 'drawn' }
  t.like(view({ room: dealt, place: later }), { lot: 700, position: 700, state: 'waiting' })
  t.like(view({ room: dealt, place: { ...waiting, lot: 9 } }), { number: 400, lot: 9, position: 9 })
})

test('the nearer, the oftener one asks, and not all at once', (t) => {
  const pollAt = (number: number, random: number) =>
    view({ place: { ...waiting, number, lot: number } }, random).pollAfterMs
  const polls = [101, 200, 400, 1_000, 5_000, 9_000].map((number) => pollAt(number, 1))
  t.deepEqual(polls, [1_000, 1_000, 3_000, 9_000, 30_000, 30_000])
  t.is(pollAt(1_000, 0), 6_750)
  t.is(pollAt(1_000, 0.5), 7_875)
})

test('nobody who asks as told comes too late for the session', (t) => {
  for (let number = 101; number < 20_000; number += 97)
    t.true(view({ place: { ...waiting, number, lot: number } }).pollAfterMs <= limits.admissionClaimMs / 2)
})

// ── the pace ──────────────────────────────────────────────────────────────────────────────────────────────

const turns = (spent: number, isLineEmpty = false): NextTurns => ({
  turns: [],
  lapsed: [],
  serving: 100,
  isLineEmpty,
  spent,
  room,
})

test('what the rate allows adds up over steps, with its fractions, and is not saved up', (t) => {
  let pace = started(now)
  for (let step = 1; step <= 4; step++) pace = refilled(pace, 0.5, now + step * 500)
  t.is(pace.allowance, 1)
  t.is(refilled(pace, 0.5, now + 60_000).allowance, 1)
  t.is(refilled(started(now), 50, now + 60_000).allowance, 50)
})

test('a clock that stands allows nothing', (t) => {
  const pace = refilled({ ...started(now), allowance: 0.25 }, 50, now)
  t.is(pace.allowance, 0.25)
  t.is(measured(turns(0), pace, 600_000), 10)
})

test('the estimate follows what is measured, and an empty line says nothing', (t) => {
  const after = (seconds: number, perStep: number) => {
    let perSecond = 10
    for (let step = 0; step < 2 * seconds; step++) {
      const next = turns(perStep)
      perSecond = measured(
        { ...next, room: { ...room, admittedPerSecond: perSecond } },
        { ...started(now), intervalMs: 500 },
        600_000,
      )
    }
    return perSecond
  }
  t.true(Math.abs(after(120, 1) - 2) < 0.2)
  t.true(Math.abs(after(120, 5) - 10) < 1e-9)
  t.true(after(10, 0) < 10 && after(10, 0) > 5)
  t.is(measured(turns(0, true), { ...started(now), intervalMs: 500 }, 600_000), 10)
})

test('where places get free only as sessions end, the pauses between are not taken for the rate', (t) => {
  const sessionTtlMs = 600_000
  let perSecond = 50
  for (let at = 500; at <= 3 * sessionTtlMs; at += 500) {
    // A thousand at once, each for the length of a session.
    const spent = at % sessionTtlMs < 20_000 ? 25 : 0
    const seen = { ...turns(spent), room: { ...room, admittedPerSecond: perSecond } }
    perSecond = measured(seen, { allowance: 0, intervalMs: 500, at: now + at, since: now }, sessionTtlMs)
    if (at > 60_000) t.true(perSecond > 0.5 && perSecond < 30, `${perSecond} after ${at} ms`)
  }
})
