// What every adapter of the seat projection must do: move forward only, notice what it missed, tell who watches.
import assert from 'node:assert/strict'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { SeatChange, SeatMap, SeatProjection, TakenSeat } from '../../engine/ports.ts'
import { checkProperty } from '../support/properties.ts'

export interface ProjectionUnderTest {
  readonly projection: SeatProjection
  /** The same projection as another server sees it; the same object where there is only one. */
  readonly elsewhere: SeatProjection
  /** Resolves once the watches that were begun miss nothing more; absent where that is at once. */
  watching?(): Promise<void>
}

export type ProjectionSetUp = (t: ExecutionContext) => Promise<ProjectionUnderTest>

type Change = Parameters<Parameters<SeatProjection['watch']>[1]>[0]

const showId = 'show-1'
const held = (reservationId: string): TakenSeat => ({ status: 'held', reservationId })
const sold = (reservationId: string): TakenSeat => ({ status: 'sold', reservationId })
const blocked: TakenSeat = { status: 'blocked', reservationId: null }

const takes = (seatId: string, taken: TakenSeat = held('r1')): SeatChange => ({ seatId, taken })
const frees = (seatId: string): SeatChange => ({ seatId, taken: null })
const seatMap = (revision: number, taken: Record<string, TakenSeat> = {}): SeatMap => ({
  revision,
  taken: new Map(Object.entries(taken)),
})

export function projectionContract(adapter: string, setUp: ProjectionSetUp): void {
  const behaviour = (
    sentence: string,
    run: (
      t: ExecutionContext,
      projection: SeatProjection,
      elsewhere: SeatProjection,
      watching: () => Promise<void>,
    ) => Promise<void>,
  ) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(30_000)
      const { projection, elsewhere, watching = async () => {} } = await setUp(t)
      await run(t, projection, elsewhere, watching)
    })

  // ── moving on ───────────────────────────────────────────────────────────────────────────────────────────

  behaviour(
    'a show that it does not have reads as missing, and cannot be moved on',
    async (t, projection) => {
      t.is(await projection.read(showId), null)
      t.is(await projection.apply(showId, 0, 1, [takes('A1')]), 'gap')
      t.is(await projection.read(showId), null)
    },
  )

  behaviour('it shows what was set and what was applied since', async (t, projection, elsewhere) => {
    await projection.replace(showId, seatMap(3, { A1: held('r1'), A2: blocked }))
    t.deepEqual(await elsewhere.read(showId), seatMap(3, { A1: held('r1'), A2: blocked }))
    t.is(await projection.apply(showId, 3, 5, [takes('A1', sold('r1')), takes('A3', held('r2'))]), 'applied')
    t.is(await projection.apply(showId, 5, 9, [frees('A3')]), 'applied')
    t.deepEqual(await elsewhere.read(showId), seatMap(9, { A1: sold('r1'), A2: blocked }))
  })

  behaviour('a show with every seat free is there, not missing', async (t, projection) => {
    await projection.replace(showId, seatMap(0))
    t.deepEqual(await projection.read(showId), seatMap(0))
    t.is(await projection.apply(showId, 0, 2, [takes('A1')]), 'applied')
    await projection.apply(showId, 2, 3, [frees('A1')])
    t.deepEqual(await projection.read(showId), seatMap(3))
  })

  behaviour('of several changes to a seat in one step the last one counts', async (t, projection) => {
    await projection.replace(showId, seatMap(1, { A1: held('r1') }))
    const changes = [frees('A1'), takes('A1', held('r2')), takes('A2'), frees('A2')]
    t.is(await projection.apply(showId, 1, 4, changes), 'applied')
    t.deepEqual(await projection.read(showId), seatMap(4, { A1: held('r2') }))
  })

  behaviour('what is older changes nothing, in steps and as a whole', async (t, projection) => {
    await projection.replace(showId, seatMap(8, { A1: held('r1') }))
    t.is(await projection.apply(showId, 6, 7, [takes('A9')]), 'stale')
    t.is(await projection.apply(showId, 7, 8, [takes('A9')]), 'stale')
    await projection.replace(showId, seatMap(7, { A9: held('r9') }))
    t.deepEqual(await projection.read(showId), seatMap(8, { A1: held('r1') }))
    t.is(await projection.apply(showId, 8, 9, []), 'applied')
  })

  behaviour('after a gap it is missing, until it is set whole', async (t, projection, elsewhere) => {
    for (const [from, to] of [
      [5, 6],
      [3, 5],
    ] as const) {
      await projection.replace(showId, seatMap(4, { A1: held('r1') }))
      t.is(await projection.apply(showId, from, to, [takes('A2')]), 'gap')
      t.is(await elsewhere.read(showId), null)
      t.is(await projection.apply(showId, from, to, [takes('A2')]), 'gap')
    }
    await projection.replace(showId, seatMap(6, { A2: held('r2') }))
    t.deepEqual(await elsewhere.read(showId), seatMap(6, { A2: held('r2') }))
  })

  behaviour('what was read stays as it was read', async (t, projection) => {
    const set = new Map([['A1', held('r1')]])
    await projection.replace(showId, { revision: 1, taken: set })
    set.clear()
    const before = await projection.read(showId)
    await projection.apply(showId, 1, 2, [frees('A1'), takes('A2')])
    t.deepEqual(before, seatMap(1, { A1: held('r1') }))
    t.deepEqual(await projection.read(showId), seatMap(2, { A2: held('r1') }))
  })

  behaviour('shows know nothing of each other', async (t, projection) => {
    await projection.replace(showId, seatMap(1, { A1: held('r1') }))
    await projection.replace('show-2', seatMap(7))
    t.is(await projection.apply('show-2', 9, 10, []), 'gap')
    t.deepEqual(await projection.read(showId), seatMap(1, { A1: held('r1') }))
    t.is(await projection.read('show-2'), null)
  })

  // ── watching ────────────────────────────────────────────────────────────────────────────────────────────

  behaviour(
    'who watches sees every applied change, in order, on every server',
    async (t, projection, elsewhere, watching) => {
      await projection.replace(showId, seatMap(0))
      const watched = [watcher(projection), watcher(elsewhere)]
      await watching()
      const changes = Array.from({ length: 30 }, (_, from) => ({
        from,
        to: from + 1,
        changes: [takes(`A${from}`)],
      }))
      for (const change of changes) await projection.apply(showId, change.from, change.to, change.changes)
      for (const { until } of watched) t.deepEqual(applied(await until(30)), changes)
    },
  )

  behaviour(
    'what was stale or a gap is not seen, and a replacement shows as one',
    async (t, projection, _, watching) => {
      await projection.replace(showId, seatMap(5))
      const { until } = watcher(projection)
      await watching()
      await projection.apply(showId, 5, 6, [takes('A1')])
      await projection.apply(showId, 5, 6, [takes('A1')])
      await projection.apply(showId, 8, 9, [takes('A2')])
      await projection.replace(showId, seatMap(9, { A2: held('r1') }))
      await projection.replace(showId, seatMap(8))
      await projection.apply(showId, 9, 10, [frees('A2')])
      const seen = await until(10)
      t.deepEqual(
        seen.filter(({ to }) => to > 5),
        [
          { from: 5, to: 6, changes: [takes('A1')] },
          { from: 9, to: 9, changes: [] },
          { from: 9, to: 10, changes: [frees('A2')] },
        ],
      )
    },
  )

  behaviour('a watcher sees its own show, until it stops', async (t, projection, _, watching) => {
    await projection.replace(showId, seatMap(0))
    await projection.replace('show-2', seatMap(0))
    const stopped = watcher(projection)
    const kept = watcher(projection)
    await watching()
    await projection.apply(showId, 0, 1, [])
    await stopped.until(1)
    stopped.stop()
    await projection.apply('show-2', 0, 100, [])
    await projection.apply(showId, 1, 2, [])
    t.deepEqual(
      applied(await kept.until(2)).map(({ to }) => to),
      [1, 2],
    )
    t.deepEqual(
      applied(stopped.seen).map(({ to }) => to),
      [1],
    )
  })

  behaviour('a change is not seen before whoever applied it goes on', async (t, projection, _, watching) => {
    await projection.replace(showId, seatMap(0))
    const { seen, until } = watcher(projection)
    await watching()
    const applying = projection.apply(showId, 0, 1, [])
    t.deepEqual(applied(seen), [])
    await applying
    t.is(applied(await until(1)).length, 1)
  })

  test(`${adapter}: whatever comes in whatever order, it never goes back and never shows what is wrong`, (t) =>
    checkProperty(
      t,
      60,
      fc.asyncProperty(arrivals, async (each) => followsTheMaster((await setUp(t)).projection, each)),
    ))
}

// ── random ────────────────────────────────────────────────────────────────────────────────────────────────
// The master's seats after each of ten revisions; servers send steps and whole maps of them in any order.

const seatOf = (revision: number): string => `A${revision % 4}`
const step = (revision: number): SeatChange =>
  revision % 3 === 0 ? frees(seatOf(revision)) : takes(seatOf(revision), held(`r${revision}`))

const truth: readonly SeatMap[] = Array.from({ length: 11 }, (_, revision) => {
  const taken = new Map<string, TakenSeat>()
  for (let past = 1; past <= revision; past++) {
    const change = step(past)
    if (change.taken === null) taken.delete(change.seatId)
    else taken.set(change.seatId, change.taken)
  }
  return { revision, taken }
})

const arrivals = fc.array(
  fc.record({
    isWhole: fc.boolean(),
    revision: fc.integer({ min: 1, max: 10 }),
    steps: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 30 },
)

async function followsTheMaster(
  projection: SeatProjection,
  each: readonly { isWhole: boolean; revision: number; steps: number }[],
): Promise<void> {
  let known: number | null = null
  for (const { isWhole, revision, steps } of each) {
    if (isWhole) {
      await projection.replace(showId, truth[revision] as SeatMap)
      known = Math.max(known ?? 0, revision)
    } else {
      const from = Math.max(revision - steps, 0)
      const changes = Array.from({ length: revision - from }, (_, index) => step(from + 1 + index))
      const expected = outcomeOf(known, from, revision)
      assert.equal(await projection.apply(showId, from, revision, changes), expected)
      if (expected === 'applied') known = revision
      if (expected === 'gap') known = null
    }
    assert.deepEqual(await projection.read(showId), known === null ? null : truth[known])
  }
}

function outcomeOf(known: number | null, from: number, to: number): 'applied' | 'stale' | 'gap' {
  if (known !== null && known >= to) return 'stale'
  return known === from ? 'applied' : 'gap'
}

// ── watchers ──────────────────────────────────────────────────────────────────────────────────────────────

/** What a watcher sees; `until` resolves once it saw a change up to that revision. */
function watcher(projection: SeatProjection) {
  const seen: Change[] = []
  const waiting: (() => void)[] = []
  const stop = projection.watch(showId, (change) => {
    seen.push(change)
    for (const look of waiting) look()
  })
  const until = (revision: number): Promise<readonly Change[]> => {
    const { promise, resolve } = Promise.withResolvers<readonly Change[]>()
    const look = () => {
      if (applied(seen).some(({ to }) => to >= revision)) resolve(seen)
    }
    waiting.push(look)
    look()
    return promise
  }
  return { seen, stop, until }
}

/** Without what only says where the projection stands. */
const applied = (changes: readonly Change[]): Change[] => changes.filter(({ from, to }) => from < to)
