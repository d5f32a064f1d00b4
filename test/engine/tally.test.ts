// What one owner counts: exactly what a full count finds, whenever that is taken; and times, within their buckets.
import test from 'ava'
import fc from 'fast-check'
import { DurationWindow, quantileOf } from '../../engine/durations.ts'
import type { JournalEntry } from '../../engine/journal.ts'
import { liveFigures } from '../../engine/live-tally.ts'
import type { ShowCount } from '../../engine/ports.ts'
import { Tally } from '../../engine/tally.ts'
import { checkProperty } from '../support/properties.ts'

const now = 1_800_000_000_000
const tenure = { partition: 0, epoch: 1 }

const entryOf = (position: number, values: Partial<JournalEntry> = {}): JournalEntry => ({
  showId: 'show',
  position,
  commandId: `c${position}`,
  subjectId: `show.${position}`,
  seq: 1,
  userId: 'ann',
  fingerprint: '',
  machine: 'reservation@1',
  event: { type: 'reserve' },
  outcome: 'accepted',
  code: null,
  verdicts: {},
  from: 'queued',
  to: 'held',
  effects: [],
  acceptedAt: now,
  decidedAt: now + 10,
  partition: 0,
  epoch: 1,
  delivery: position,
  ...values,
})

/** Of every second reservation that was made, the payment follows. */
const evening = Array.from({ length: 40 }, (_, index) =>
  index % 3 === 2
    ? entryOf(index + 1, {
        subjectId: `show.${index}`,
        seq: 2,
        event: { type: 'pay' },
        from: 'held',
        to: 'paid',
        decidedAt: now + 5_010,
      })
    : entryOf(index + 1),
)

function fullCount(entries: readonly JournalEntry[]): ShowCount[] {
  const states = new Map(entries.map(({ subjectId, to }) => [subjectId, to ?? '']))
  const counts: Record<string, number> = {}
  for (const state of states.values()) counts[state] = (counts[state] ?? 0) + 1
  const reservations = Object.entries(counts).map(([state, count]) => ({ state, machineVersion: 1, count }))
  return entries.length === 0 ? [] : [{ showId: 'show', position: entries.length, reservations }]
}

const statesOf = (tally: Tally) => {
  const { machines } = tally.read(now, 0)
  return Object.fromEntries(
    Object.entries(machines['reservation@1']?.states ?? {}).filter(([, count]) => count > 0),
  )
}
const expected = Object.fromEntries(
  fullCount(evening).flatMap(({ reservations }) => reservations.map(({ state, count }) => [state, count])),
)

test('each decision is counted once, wherever the full count falls between them', async (t) => {
  const place = fc.integer({ min: 0, max: evening.length })
  await checkProperty(
    t,
    200,
    fc.asyncProperty(place, place, place, async (one, other, third) => {
      const [begun, counted, heard] = [one, other, third].sort((a, b) => a - b) as [number, number, number]
      const tally = new Tally(tenure, now)
      // Decided before the tally began, and heard of only after; what was counted in may have been heard of, too.
      tally.count(evening.slice(begun, heard))
      t.false(tally.isWhole)
      tally.begin(fullCount(evening.slice(0, counted)))
      tally.count(evening.slice(heard))
      t.true(tally.isWhole)
      t.deepEqual(statesOf(tally), expected)
    }),
  )
})

test('after a decision that was missed it says so, and is whole again with the next count', (t) => {
  const tally = new Tally(tenure, now)
  tally.begin([])
  tally.count(evening.slice(0, 5))
  t.true(tally.isWhole)
  tally.count(evening.slice(6, 9))
  t.false(tally.isWhole)
  tally.begin(fullCount(evening.slice(0, 9)))
  tally.count(evening.slice(9))
  t.deepEqual(statesOf(tally), expected)
})

test('a state lasts from the decision that led into it to the one that led out', (t) => {
  const tally = new Tally(tenure, now)
  tally.count(evening.slice(0, 3))
  const { durations = {} } = tally.read(now, 0).machines['reservation@1'] ?? {}
  t.deepEqual(Object.keys(durations).sort(), ['held', 'queued'])
  const held = quantileOf(durations.held ?? {}, 0.5) ?? 0
  t.true(Math.abs(held - 5_000) < 5_000 * 0.09, `${held} ms`)
})

test('quantiles are off by less than a tenth, over four magnitudes and more', async (t) => {
  const some = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 200 })
  const property = fc.asyncProperty(some, async (times) => {
    const window = new DurationWindow()
    for (const time of times) window.add(time)
    const sorted = times.toSorted((a, b) => a - b)
    for (const share of [0.5, 0.95, 0.99]) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
      const found = quantileOf(window.read(), share) ?? 0
      t.true(Math.abs(found - exact) <= Math.max(1, exact * 0.09), `${found} for ${exact}`)
    }
  })
  await checkProperty(t, 100, property)
})

test('a window that is over is forgotten with the next', (t) => {
  const window = new DurationWindow()
  window.add(100)
  window.turn()
  t.true((quantileOf(window.read(), 0.5) ?? 0) > 0)
  window.turn()
  t.is(quantileOf(window.read(), 0.5), null)
})

test('how long 99 of 100 stay is told once a hundred have left, not before', (t) => {
  const tally = new Tally(tenure, now)
  const p99After = (left: number): number | null | undefined => {
    for (const n of [2 * left - 1, 2 * left]) {
      const values = { subjectId: `show.${left}`, seq: n % 2 === 0 ? 2 : 1 }
      const leaving = { event: { type: 'pay' }, from: 'held', to: 'paid', decidedAt: now + 5_010 }
      tally.count([entryOf(n, n % 2 === 0 ? { ...values, ...leaving } : values)])
    }
    const told = liveFigures('reservation', [tally.read(now, 0)], { now, partitions: 1, states: [] })
    return told.versions[0]?.states.find(({ state }) => state === 'held')?.dwell?.p99Ms
  }
  for (let left = 1; left < 100; left++) t.is(p99After(left), null, String(left))
  t.true((p99After(100) ?? 0) > 4_500)
})
