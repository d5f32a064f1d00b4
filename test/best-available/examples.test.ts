// Best-available by example. A hall as a picture: "." free, "x" taken, "a" free and to be avoided, a blank is no seat, "#"
// was chosen.
import test from 'ava'
import { type BestAvailable, chooseSeats, FreeSeats, indexPlan } from '../../engine/best-available.ts'
import type { PlanSeat, SeatingPlan } from '../../engine/seating-plan.ts'

const spacing = 10

function planOf(picture: readonly string[], focusColumn: number): SeatingPlan {
  const seats = picture.flatMap((cells, row) =>
    [...cells].flatMap((cell, column) =>
      cell === ' '
        ? []
        : [
            {
              id: `${row}-${column}`,
              section: 'A',
              row: String(row),
              number: String(column),
              category: 'Stalls',
              x: column * spacing,
              y: row * spacing,
            },
          ],
    ),
  )
  return {
    name: 'Picture',
    categories: [{ name: 'Stalls', color: '#000000' }],
    sections: [{ id: 'A', name: 'Block A' }],
    seats,
    width: 1_000,
    height: 1_000,
    focus: { x: focusColumn * spacing, y: 0 },
  }
}

function chosenIn(picture: readonly string[], count: number, focusColumn: number): string[] | null {
  const cellOf = (id: string) => {
    const [row = 0, column = 0] = id.split('-').map(Number)
    return picture[row]?.[column]
  }
  const chosen = chooseSeats(
    indexPlan(planOf(picture, focusColumn)),
    { count },
    (id) => cellOf(id) !== 'x',
    (id) => cellOf(id) === 'a',
  )
  return (
    chosen &&
    picture.map((cells, row) =>
      [...cells].map((cell, column) => (chosen.includes(`${row}-${column}`) ? '#' : cell)).join(''),
    )
  )
}

const examples: {
  rule: string
  hall: string[]
  count: number
  focusColumn: number
  chosen: string[] | null
}[] = [
  {
    rule: 'the group nearest to the focus is chosen, by the mean distance of its seats',
    hall: ['.........'],
    count: 3,
    focusColumn: 4,
    chosen: ['...###...'],
  },
  {
    rule: 'of equally near groups the first in plan order is chosen',
    hall: ['....'],
    count: 2,
    focusColumn: 1.5,
    chosen: ['##..'],
  },
  {
    rule: 'groups that mirror each other are equally near, to the last digit',
    hall: ['         ', '         ', '...   ...'],
    count: 3,
    focusColumn: 4,
    chosen: ['         ', '         ', '###   ...'],
  },
  {
    rule: 'a group is not passed over for one as near and later in the plan whose row comes nearer',
    hall: ['.        x.'],
    count: 1,
    focusColumn: 5,
    chosen: ['#        x.'],
  },
  {
    rule: 'no group reaches over a taken seat',
    hall: ['..x..', '...xx'],
    count: 3,
    focusColumn: 2,
    chosen: ['..x..', '###xx'],
  },
  {
    rule: 'no group reaches over an aisle',
    hall: ['.. ..', '...'],
    count: 3,
    focusColumn: 2,
    chosen: ['.. ..', '###'],
  },
  {
    rule: 'a row that is too short and a hall without such a group give null',
    hall: ['...', '..x..', '.. ..'],
    count: 4,
    focusColumn: 2,
    chosen: null,
  },
  {
    rule: 'a far row is chosen when a near one would keep a single seat',
    hall: ['.....', '     ', '....'],
    count: 4,
    focusColumn: 2,
    chosen: ['.....', '     ', '####'],
  },
  {
    rule: 'a seat beside a taken one would be single as one at the end of the row',
    hall: ['x.....x', '    ', 'x....x'],
    count: 4,
    focusColumn: 2,
    chosen: ['x.....x', '    ', 'x####x'],
  },
  {
    rule: 'a seat beside an aisle would be single too',
    hall: ['.... ....', '...'],
    count: 3,
    focusColumn: 1,
    chosen: ['.... ....', '###'],
  },
  {
    rule: 'a single seat is left when every group leaves one, and then the nearest group is chosen',
    hall: ['...xxxx...'],
    count: 2,
    focusColumn: 9,
    chosen: ['...xxxx.##'],
  },
  {
    rule: 'a seat that was single before is nobody’s fault',
    hall: ['.x..x.'],
    count: 2,
    focusColumn: 0,
    chosen: ['.x##x.'],
  },
  {
    rule: 'a single seat itself can be chosen',
    hall: ['x.x....'],
    count: 1,
    focusColumn: 1,
    chosen: ['x#x....'],
  },
  {
    rule: 'seats to avoid are passed over, also for a far row',
    hall: ['..a..', '     ', '     ', '...'],
    count: 3,
    focusColumn: 2,
    chosen: ['..a..', '     ', '     ', '###'],
  },
  {
    rule: 'a group that leaves a single seat is better than one with a seat to avoid',
    hall: ['.aa.', '    ', '...'],
    count: 2,
    focusColumn: 1,
    chosen: ['.aa.', '    ', '##.'],
  },
  {
    rule: 'seats to avoid are chosen when nothing else is left',
    hall: ['x.a.x', 'x..xx'],
    count: 3,
    focusColumn: 2,
    chosen: ['x###x', 'x..xx'],
  },
  {
    rule: 'a seat to avoid is still free, and keeps its neighbour from being single',
    hall: ['...a'],
    count: 2,
    focusColumn: 0,
    chosen: ['##.a'],
  },
]
for (const { rule, hall, count, focusColumn, chosen } of examples)
  test(rule, (t) => t.deepEqual(chosenIn(hall, count, focusColumn), chosen))

const seatAt = (id: string, x: number, y: number, section = 'A'): PlanSeat => ({
  id,
  section,
  row: '1',
  number: id,
  category: 'Stalls',
  x,
  y,
})
const chooseFrom = (seats: PlanSeat[], wish: BestAvailable) =>
  chooseSeats(indexPlan({ ...planOf([], 0), seats }), wish, () => true)

test('a gap of one and a half pitches is an aisle, a smaller one is not', (t) => {
  const row = (gap: number) =>
    [0, 10, 20, 20 + gap, 30 + gap, 40 + gap].map((x, n) => seatAt(String(n), x, 0))
  t.is(chooseFrom(row(15), { count: 6 }), null)
  t.deepEqual(chooseFrom(row(14), { count: 6 }), ['0', '1', '2', '3', '4', '5'])
})

test('a row with as many aisles as pairs is not one group', (t) => {
  const row = [0, 10, 60].map((x, n) => seatAt(String(n), x, 0))
  t.is(chooseFrom(row, { count: 3 }), null)
})

test('rows may be curved, or stand upright', (t) => {
  const curved = [0, 1, 2, 3].map((n) => seatAt(String(n), 100 * Math.cos(n / 10), 100 * Math.sin(n / 10)))
  t.deepEqual(chooseFrom(curved, { count: 4 }), ['0', '1', '2', '3'])
  const upright = [0, 1, 2, 3].map((n) => seatAt(String(n), 0, 25 * n))
  t.deepEqual(chooseFrom(upright, { count: 4 }), ['0', '1', '2', '3'])
})

test('standing places that are all drawn on one spot are neighbours', (t) => {
  const places = [0, 1, 2].map((n) => seatAt(String(n), 50, 50))
  t.deepEqual(chooseFrom(places, { count: 3 }), ['0', '1', '2'])
})

test('the end of a row and the beginning of the next are no neighbours, however near', (t) => {
  const rows = [seatAt('1', 0, 0), seatAt('2', 10, 0), seatAt('3', 10, 10), seatAt('4', 0, 10)]
  const seats = rows.map((seat, n) => ({ ...seat, row: n < 2 ? '1' : '2' }))
  t.is(chooseFrom(seats, { count: 3 }), null)
})

test('seats of two sections are no neighbours, however near', (t) => {
  const seats = [seatAt('a1', 0, 0), seatAt('a2', 10, 0), seatAt('b1', 20, 0, 'B'), seatAt('b2', 30, 0, 'B')]
  t.is(chooseFrom(seats, { count: 3 }), null)
  t.deepEqual(chooseFrom(seats, { count: 2, sectionId: 'B' }), ['b1', 'b2'])
})

test('a section that the plan does not have, and a plan without seats, have no group', (t) => {
  t.is(chooseFrom([seatAt('a1', 0, 0)], { count: 1, sectionId: 'toString' }), null)
  t.is(chooseFrom([], { count: 1 }), null)
})

test('a count that is no whole number of seats is a mistake of the caller', (t) => {
  for (const count of [0, -1, 1.5, Number.NaN])
    t.throws(() => chooseFrom([seatAt('a1', 0, 0)], { count }), { instanceOf: RangeError })
})

test('a row of 100,000 places is indexed and chosen from', (t) => {
  const seats = Array.from({ length: 100_000 }, (_, n) => seatAt(String(n), n, 0))
  t.deepEqual(chooseFrom(seats, { count: 2 }), ['0', '1'])
})

test('of a run that has too few free seats none is asked', (t) => {
  const index = indexPlan(planOf(['..', '..'], 0))
  const free = new FreeSeats(index, ['0-1'])
  const asked: string[] = []
  const isFree = (id: string, seat: number) => {
    asked.push(id)
    return free.has(seat)
  }
  const chosen = chooseSeats(index, { count: 2 }, isFree, undefined, free.bounds(0))
  t.deepEqual(chosen, ['1-0', '1-1'])
  t.deepEqual(asked, ['1-0', '1-1'])
})

test('a seat is counted once, however often it is taken or given back, and one that the plan does not have never', (t) => {
  const free = new FreeSeats(indexPlan(planOf(['..'], 0)), ['0-0', '0-0', 'toString'])
  t.is(free.count(0), 1)
  for (const isFree of [true, true]) free.mark('0-0', isFree)
  free.mark('another', false)
  t.is(free.count(0), 2)
})
