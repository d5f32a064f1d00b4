// The promise of best-available, checked against an oracle. Repeat a failure with the command at the end of its message.
import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import { type BestAvailable, chooseSeats, FreeSeats } from '../../engine/best-available.ts'
import { runSeed } from '../support/seed.ts'
import { type Candidate, candidate, candidates, type Hall, index, type Place, places } from './oracle.ts'

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
    const command = `${repeated} npx ava test/best-available/promises.test.ts --match='${title}'`
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
  'in the real hall who keeps what is free chooses as who asks for every seat, whatever was taken and given back',
  fc.record({
    taken: aPattern,
    avoided: seats.avoided,
    steps: fc.array(fc.record({ seats: aPattern, isTaken: fc.boolean(), wish: aWish }), { maxLength: 8 }),
  }),
  ({ taken, avoided, steps }) => {
    const hall = { taken: seatsIn(taken), avoided: seatsIn(avoided) }
    const free = new FreeSeats(index, hall.taken)
    for (const step of steps) {
      const changed = new Set([...seatsIn(step.seats)].filter((id) => hall.taken.has(id) !== step.isTaken))
      hall.taken = step.isTaken ? new Set([...hall.taken, ...changed]) : without(hall.taken, changed)
      const chosen = choose(step.wish, hall)
      const isAvoided = (id: string) => hall.avoided.has(id)
      // Within a batch its own changes are not kept yet.
      const isFree = (id: string, seat: number) => (changed.has(id) ? !step.isTaken : free.has(seat))
      const released = step.isTaken ? 0 : changed.size
      assert.deepEqual(chooseSeats(index, step.wish, isFree, isAvoided, free.bounds(released)), chosen)
      for (const id of changed) free.mark(id, !step.isTaken)
      const after = chooseSeats(index, step.wish, (_, seat) => free.has(seat), isAvoided, free.bounds(0))
      assert.deepEqual(after, chosen)
    }
    for (const [seat, id] of ids.entries()) assert.equal(free.has(seat), !hall.taken.has(id))
    for (const { order, start, end } of index.runs)
      assert.equal(free.count(order), ids.slice(start, end).filter((id) => !hall.taken.has(id)).length)
  },
)
