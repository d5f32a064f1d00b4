import assert from 'node:assert/strict'
import test from 'ava'
import { indexPlan } from '../../engine/best-available.ts'
import type { TakenSeat } from '../../engine/ports.ts'
import type { PlanSeat, SeatingPlan } from '../../engine/seating-plan.ts'
import { seatsNearby } from '../../engine/seats-nearby.ts'
import type { ShowPlan } from '../../engine/shows.ts'

const seat = (section: string, x: number): PlanSeat => ({
  id: `${section}${x}`,
  section,
  row: '1',
  number: String(x),
  category: 'c',
  x,
  y: section === 'A' ? 0 : 100,
})
const seats = ['A', 'B'].flatMap((section) => Array.from({ length: 10 }, (_, x) => seat(section, x)))
const plan: SeatingPlan = {
  name: 'hall',
  categories: [{ name: 'c', color: '' }],
  width: 10,
  height: 100,
  focus: { x: 4, y: 100 },
  sections: [],
  seats,
}
const show = {
  plan,
  index: indexPlan(plan),
  seats: new Map(seats.map((each) => [each.id, each])),
} as unknown as ShowPlan
const takenSeat: TakenSeat = { status: 'held', reservationId: 'r1' }
const ids = (wished: string[], taken: string[] = [], claimed: string[] = []) => {
  const map = new Map(taken.map((id) => [id, takenSeat]))
  const once = seatsNearby(show, wished, map, (id) => claimed.includes(id)).map(({ id }) => id)
  const again = seatsNearby(show, wished, map, (id) => claimed.includes(id)).map(({ id }) => id)
  assert.deepEqual(again, once, 'what is remembered is the same')
  return once
}

test('the nearest free seats come first, eight at most, without those wished for', (t) => {
  t.deepEqual(ids(['A0']), ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8'])
  t.deepEqual(ids(['A5', 'A6'], ['A4', 'A6']).slice(0, 2), ['A7', 'A3'])
})

test('another section is offered where nothing is free in the wished one', (t) => {
  const sectionA = seats.filter(({ section }) => section === 'A').map(({ id }) => id)
  t.deepEqual(ids(['A3'], sectionA).slice(0, 3), ['B3', 'B2', 'B4'])
  t.deepEqual(
    ids(
      ['A3'],
      seats.map(({ id }) => id),
    ),
    [],
  )
})

test('seats that somebody is about to get are passed over, and what lies further off is found in their place', (t) => {
  const sectionA = seats.filter(({ section }) => section === 'A').map(({ id }) => id)
  t.deepEqual(ids(['A3'], ['A0'], ['A2', 'A4']).slice(0, 2), ['A1', 'A5'])
  t.deepEqual(ids(['A3'], ['A0'], sectionA).slice(0, 3), ['B3', 'B2', 'B4'])
})

test('who wished for no seat in particular is shown those nearest to the stage', (t) => {
  t.deepEqual(ids([]).slice(0, 3), ['B4', 'B3', 'B5'])
  t.is(ids(['unknown'])[0], 'B4')
})
