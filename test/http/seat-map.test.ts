// The seats of a show as they are sent: written and compressed section by section, and the same for who reads either form.
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import type { SeatMap, TakenSeat } from '../../engine/ports.ts'
import type { PlanSeat } from '../../engine/seating-plan.ts'
import type { ShowPlan } from '../../engine/shows.ts'
import { SeatMapBodies } from '../../http/seat-map.ts'

const seatsPerSection = 40
const seat = (section: string, x: number): PlanSeat => ({
  id: `${section}-${x}`,
  section,
  row: 'Ω"1"',
  number: String(x),
  category: 'c',
  x,
  y: 0,
})
const planOf = (sections: number): ShowPlan => {
  const names = Array.from({ length: sections }, (_, index) => `S${index}`)
  const seats = names.flatMap((section) =>
    Array.from({ length: seatsPerSection }, (_, x) => seat(section, x)),
  )
  return {
    show: { id: 'show-1', currency: 'EUR' },
    plan: { seats },
    seats: new Map(seats.map((each) => [each.id, each])),
    priceOf: () => 1_000,
  } as unknown as ShowPlan
}
const held: TakenSeat = { status: 'held', reservationId: 'r1' }
const mapOf = (revision: number, ...ids: string[]): SeatMap => ({
  revision,
  taken: new Map(ids.map((id) => [id, held])),
})
const read = ({ plain, gzip }: { plain: Buffer; gzip: Buffer }) => {
  const text = plain.toString()
  return { document: JSON.parse(text), isSame: gunzipSync(gzip).toString() === text }
}

test('what is compressed part by part is read as one, and shows each seat as it stands', async (t) => {
  let now = 0
  const bodies = new SeatMapBodies(() => now)
  const plan = planOf(12)
  for (const map of [mapOf(0), mapOf(7, 'S3-5'), mapOf(9, 'S3-5', 'S11-39', 'S0-0'), mapOf(12)]) {
    now += 1_000
    const { document, isSame } = read(await bodies.of(plan, map, undefined))
    t.true(isSame)
    t.is(document.revision, map.revision)
    t.is(document.items.length, 12 * seatsPerSection)
    t.deepEqual(
      document.items.filter(({ status }: PlanSeat & { status: string }) => status === 'held').map(idOf),
      [...plan.seats.keys()].filter((id) => map.taken.has(id)),
    )
  }
})

test('one section is written by itself, and an empty plan is an empty list', async (t) => {
  const bodies = new SeatMapBodies(() => 0)
  const one = read(await bodies.of(planOf(3), mapOf(4, 'S1-1'), 'S1'))
  t.true(one.isSame)
  t.is(one.document.items.length, seatsPerSection)
  t.deepEqual(read(await bodies.of(planOf(0), mapOf(0), undefined)), {
    document: { items: [], currency: 'EUR', revision: 0 },
    isSame: true,
  })
})

test('a revision is written once for all who ask; while seats change all the time, all get the last one', async (t) => {
  let now = 0
  const bodies = new SeatMapBodies(() => now)
  const plan = planOf(10)
  const map = mapOf(1)
  const [first, second] = await Promise.all([
    bodies.of(plan, map, undefined),
    bodies.of(plan, map, undefined),
  ])
  t.is(first, second)
  t.is((await bodies.of(plan, mapOf(2, 'S1-1'), undefined)).revision, 1, 'a moment later')
  now += 10 * seatsPerSection
  t.is((await bodies.of(plan, mapOf(2, 'S1-1'), undefined)).revision, 2)
  t.is((await bodies.of(plan, map, undefined)).revision, 2, 'never back')
})

const idOf = ({ id }: { id: string }): string => id
