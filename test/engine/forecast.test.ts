// How sure an estimate is: what was told against what came of it.
import test from 'ava'
import {
  met,
  rangeFactor,
  spreadAfter,
  spreadAtFirst,
  waitMsOf,
  withForecast,
} from '../../engine/forecast.ts'
import type { Forecast, MetForecast, RoomView } from '../../engine/waiting-room-ports.ts'

const now = 1_800_000_000_000
const room: RoomView = {
  incarnation: 1,
  serving: 100,
  issued: 500,
  isPaused: false,
  admittedPerSecond: 10,
  estimateSpread: spreadAtFirst,
  lottery: 'none',
  hasOpened: true,
  crowdThrough: null,
  gone: 0,
}
const told = (seconds: number, took: number): MetForecast => ({
  lot: 1,
  toldAt: now,
  dueAt: now + seconds * 1_000,
  metAt: now + took * 1_000,
})

test('as long as nothing is known the range is from half to twice', (t) => {
  t.is(Number(rangeFactor(room).toFixed(9)), 2)
})

test('estimates that come true narrow the range, and others widen it', (t) => {
  const after = (seconds: number, took: number, times: number) =>
    rangeFactor({ estimateSpread: spreadAfter(spreadAtFirst, Array(times).fill(told(seconds, took))) })
  t.true(after(60, 61, 20) < 1.15)
  t.true(after(60, 180, 20) > 6)
  t.is(after(60, 180, 20).toFixed(6), after(180, 60, 20).toFixed(6))
  t.true(after(0.01, 0.5, 20) < 1.15, 'nobody is told more exactly than the inlet steps')
})

test('nine of ten waits fall into the range that was told', (t) => {
  // Rates that wander by a fifth around what was measured, the same each time.
  let spread = spreadAtFirst
  let within = 0
  const rounds = 400
  for (let round = 0; round < rounds; round++) {
    const wobble = Math.exp(0.2 * Math.sqrt(2) * Math.sin(2.399963 * round) * 1.2)
    const factor = rangeFactor({ estimateSpread: spread })
    if (wobble <= factor && wobble >= 1 / factor) within++
    spread = spreadAfter(spread, [told(100, 100 * wobble)])
  }
  t.true(within / rounds >= 0.9, `${within} of ${rounds}`)
})

test('now and then it is noted what is told half-way down the line', (t) => {
  let open: readonly Forecast[] = []
  for (let at = 0; at < 30_000; at += 500) open = withForecast(open, room, now + at)
  t.deepEqual(
    open.map(({ lot, toldAt, dueAt }) => [lot, toldAt - now, dueAt - toldAt]),
    [0, 10_000, 20_000].map((at) => [300, at, waitMsOf(200, room)]),
  )
  t.deepEqual(withForecast([], { ...room, serving: 500 }, now), [], 'nobody waits')
})

test('what was told is met once its lot is served', (t) => {
  const open = [100, 101, 250].map((lot) => ({ lot, toldAt: now, dueAt: now + 5 }))
  const { met: done, open: left } = met(open, 101, now + 9)
  t.deepEqual(
    done.map(({ lot, metAt }) => [lot, metAt - now]),
    [
      [100, 9],
      [101, 9],
    ],
  )
  t.deepEqual(left, open.slice(2))
})
