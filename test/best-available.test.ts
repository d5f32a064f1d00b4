// The promise of best-available, checked against an oracle that enumerates every group of the real hall anew, from
// the pretix document, in the dullest way. Repeat a failure with the command at the end of its message.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { type BestAvailable, chooseSeats, FreeSeats, indexPlan } from '../engine/best-available.ts'
import { type PlanSeat, parseSeatingPlan, type SeatingPlan } from '../engine/seating-plan.ts'
import { runSeed } from './support/seed.ts'

// ── examples ──────────────────────────────────────────────────────────────────────────────────────────────
// A hall as a picture: "." free, "x" taken, "a" free and to be avoided, a blank is no seat, "#" was chosen.

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

test('free seats count a seat once, however often it is taken or given back', (t) => {
  const free = new FreeSeats(indexPlan(planOf(['..'], 0)), () => true)
  free.take(['0-0'])
  free.take(['0-0', '0-1'])
  t.is(free.choose({ count: 1 }), null)
  free.giveBack(['0-1', '0-1'])
  t.deepEqual([free.has('0-0'), free.has('0-1')], [false, true])
  t.is(free.choose({ count: 2 }), null)
  t.deepEqual(free.choose({ count: 1 }), ['0-1'])
})

test('free seats do not know a seat that the plan does not have', (t) => {
  const free = new FreeSeats(indexPlan(planOf(['..'], 0)), () => true)
  for (const use of [() => free.has('0-2'), () => free.take(['0-2']), () => free.giveBack(['toString'])])
    t.throws(use, { instanceOf: RangeError, message: /no seat/ })
})

// ── the oracle ────────────────────────────────────────────────────────────────────────────────────────────

interface Place {
  id: string
  section: string
  x: number
  y: number
  order: number
  left: Place | null
  right: Place | null
}

const document = JSON.parse(
  readFileSync(new URL('../data/riethsporthalle.seating-plan.json', import.meta.url), 'utf8'),
)
const plan = parseSeatingPlan(document)
const index = indexPlan(plan)
const places = new Map<string, Place>()
for (const zone of document.zones) {
  for (const row of zone.rows) {
    const seats: Place[] = row.seats.map(
      (seat: { seat_guid: string; position: { x: number; y: number } }) => ({
        id: seat.seat_guid,
        section: zone.zone_id,
        x: zone.position.x + row.position.x + seat.position.x,
        y: zone.position.y + row.position.y + seat.position.y,
        left: null,
        right: null,
      }),
    )
    const gaps = seats.slice(1).map((seat, n) => distance(seat, seats[n] as Place))
    const pitch = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] as number
    for (const [n, seat] of seats.entries()) {
      seat.order = places.size
      places.set(seat.id, seat)
      const next = seats[n + 1]
      if (!next || (gaps[n] as number) >= 1.5 * pitch) continue
      seat.right = next
      next.left = seat
    }
  }
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)
}

interface Hall {
  taken: ReadonlySet<string>
  avoided: ReadonlySet<string>
}

interface Candidate {
  ids: string[]
  first: number
  meanDistance: number
  avoided: boolean
  leavesSingle: boolean
}

/** Whether a free seat has no free neighbour. */
const isSingle = (place: Place, taken: ReadonlySet<string>) =>
  !taken.has(place.id) && [place.left, place.right].every((next) => next === null || taken.has(next.id))

function candidate(group: readonly Place[], { taken, avoided }: Hall): Candidate {
  const ids = group.map((place) => place.id)
  const takenAfter = new Set([...taken, ...ids])
  const around = [group[0]?.left, group.at(-1)?.right].filter((place) => place != null)
  return {
    ids,
    first: group[0]?.order ?? Number.NaN,
    meanDistance: group.reduce((sum, place) => sum + distance(place, plan.focus), 0) / group.length,
    avoided: ids.some((id) => avoided.has(id)),
    leavesSingle: around.some((place) => !isSingle(place, taken) && isSingle(place, takenAfter)),
  }
}

/** Every group of free neighbours that the wish allows. */
function candidates(wish: BestAvailable, hall: Hall): Candidate[] {
  const found: Candidate[] = []
  for (const first of places.values()) {
    const group: Place[] = []
    for (let place: Place | null = first; place && group.length < wish.count; place = place.right)
      group.push(place)
    if (group.length < wish.count) continue
    if (wish.sectionId !== undefined && first.section !== wish.sectionId) continue
    if (group.some((place) => hall.taken.has(place.id))) continue
    found.push(candidate(group, hall))
  }
  return found
}

// ── promises ──────────────────────────────────────────────────────────────────────────────────────────────

const ids = [...places.keys()]

/** Stretches of seats in plan order, as (first, length), or all seats but these. */
interface Pattern {
  stretches: [number, number][]
  isInverted: boolean
}

const without = (seatIds: Iterable<string>, others: ReadonlySet<string>) =>
  new Set([...seatIds].filter((id) => !others.has(id)))

function seatsIn({ stretches, isInverted }: Pattern): Set<string> {
  const within = new Set(stretches.flatMap(([first, length]) => ids.slice(first, first + length)))
  return isInverted ? without(ids, within) : within
}

/** Half of them in one corner, so that what is taken and what is to be avoided meet. */
const stretch = (lengthMax: number) =>
  fc.tuple(
    fc.oneof(fc.nat(ids.length - 1), fc.integer({ min: 600, max: 640 })),
    fc.integer({ min: 1, max: lengthMax }),
  )
const aPattern = fc.record<Pattern>({
  stretches: fc.oneof(
    fc.array(stretch(9), { maxLength: 6 }),
    fc.array(stretch(4), { maxLength: 400, size: 'max' }),
  ),
  isInverted: fc.boolean(),
})
const nothing: Pattern = { stretches: [], isInverted: false }
const aWish = fc.record(
  { count: fc.integer({ min: 1, max: 7 }), sectionId: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F') },
  { requiredKeys: ['count'], noNullPrototype: true },
)
const seats = { taken: aPattern, avoided: fc.oneof(fc.constant(nothing), aPattern) }

const choose = (wish: BestAvailable, { taken, avoided }: Hall) =>
  chooseSeats(
    index,
    wish,
    (id) => !taken.has(id),
    (id) => avoided.has(id),
  )

/** Tests with many random values what `property` asserts of them. */
function promise<T>(title: string, values: fc.Arbitrary<T>, property: (value: T) => void) {
  test(title, (t) => {
    const { FAST_CHECK_SEED = runSeed, FAST_CHECK_PATH: path = '' } = process.env
    const run = fc.check(fc.property(values, property), { numRuns: 400, seed: Number(FAST_CHECK_SEED), path })
    if (!run.failed) return t.pass()
    const repeated = `FAST_CHECK_SEED=${run.seed} FAST_CHECK_PATH=${run.counterexamplePath}`
    const command = `${repeated} npx ava test/best-available.test.ts --match='${title}'`
    t.fail(`${fc.defaultReportMessage(run)}\n\n${run.errorInstance}\n\nRepeat: ${command}`)
  })
}

/** As `promise`, of what is chosen in the real hall. */
function hallPromise(
  title: string,
  check: (chosen: string[] | null, wish: BestAvailable, hall: Hall) => void,
) {
  promise(`in the real hall ${title}`, fc.record({ wish: aWish, ...seats }), ({ wish, taken, avoided }) => {
    const hall = { taken: seatsIn(taken), avoided: seatsIn(avoided) }
    check(choose(wish, hall), wish, hall)
  })
}

/** The chosen group as the oracle knows it. */
function asCandidate(chosen: readonly string[], hall: Hall): Candidate {
  return candidate(
    chosen.map((id) => places.get(id) as Place),
    hall,
  )
}

hallPromise('as many neighbours are chosen as were wished, in order along the row', (chosen, { count }) => {
  if (!chosen) return
  assert.equal(chosen.length, count)
  for (const [n, id] of chosen.slice(1).entries())
    assert.equal(id, places.get(chosen[n] as string)?.right?.id)
})

hallPromise('every chosen seat is free', (chosen, _wish, { taken }) => {
  for (const id of chosen ?? []) assert(!taken.has(id), `${id} is taken`)
})

hallPromise('every chosen seat is in the wished section', (chosen, { sectionId }) => {
  for (const id of chosen ?? []) assert.equal(places.get(id)?.section, sectionId ?? places.get(id)?.section)
})

hallPromise('nothing is chosen only when there is really no group', (chosen, wish, hall) => {
  assert.equal(chosen === null, candidates(wish, hall).length === 0)
})

hallPromise('seats to avoid are chosen only when every group has one', (chosen, wish, hall) => {
  if (!chosen || !asCandidate(chosen, hall).avoided) return
  for (const other of candidates(wish, hall)) assert(other.avoided, `${other.ids} has none`)
})

hallPromise('a seat is left single only when every group leaves one', (chosen, wish, hall) => {
  if (!chosen) return
  const { avoided, leavesSingle } = asCandidate(chosen, hall)
  if (!leavesSingle) return
  for (const other of candidates(wish, hall))
    assert(other.leavesSingle || (other.avoided && !avoided), `${other.ids} leaves none`)
})

hallPromise(
  'no group that is as good otherwise is nearer, or as near and earlier in the plan',
  (chosen, wish, hall) => {
    if (!chosen) return
    const own = asCandidate(chosen, hall)
    for (const other of candidates(wish, hall)) {
      if (other.avoided !== own.avoided || other.leavesSingle !== own.leavesSingle) continue
      // Distances count in whole thousandths.
      assert(other.meanDistance > own.meanDistance - 0.001, `${other.ids} is nearer`)
      const isAsNear = Math.abs(other.meanDistance - own.meanDistance) < 1e-9
      assert(!isAsNear || other.first >= own.first, `${other.ids} is earlier`)
    }
  },
)

hallPromise('the same question gets the same answer, and changes nothing', (chosen, wish, hall) => {
  const before = structuredClone({ index, wish, hall })
  assert.deepEqual(choose(wish, hall), chosen)
  assert.deepEqual({ index, wish, hall }, before)
})

promise(
  'in the real hall free seats choose as if they were looked up one by one, whatever was taken and given back',
  fc.record({
    taken: aPattern,
    avoided: seats.avoided,
    steps: fc.array(fc.record({ seats: aPattern, isTaken: fc.boolean(), wish: aWish }), { maxLength: 8 }),
  }),
  ({ taken, avoided, steps }) => {
    const hall = { taken: seatsIn(taken), avoided: seatsIn(avoided) }
    const free = new FreeSeats(index, (id) => !hall.taken.has(id))
    for (const step of steps) {
      const changed = seatsIn(step.seats)
      if (step.isTaken) free.take(changed)
      else free.giveBack(changed)
      hall.taken = step.isTaken ? new Set([...hall.taken, ...changed]) : without(hall.taken, changed)
      const chosen = free.choose(step.wish, (id) => hall.avoided.has(id))
      assert.deepEqual(chosen, choose(step.wish, hall))
    }
    for (const id of ids) assert.equal(free.has(id), !hall.taken.has(id))
  },
)
