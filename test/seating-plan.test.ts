import { readFileSync } from 'node:fs'
import test from 'ava'
import { seatIdsOf, stadiumPlan } from '../bench/stadium.ts'
import { parseSeatingPlan, SeatingPlanError } from '../engine/seating-plan.ts'

const hallDocument = () =>
  JSON.parse(readFileSync(new URL('../data/riethsporthalle.seating-plan.json', import.meta.url), 'utf8'))

const seat = (id: string, x = 0) => ({
  seat_guid: id,
  seat_number: id,
  category: 'Stalls',
  position: { x, y: 0 },
})
const row = (...seats: unknown[]) => ({ row_number: '1', position: { x: 0, y: 0 }, seats })
const zone = (id: string, ...rows: unknown[]) => ({
  zone_id: id,
  name: `Block ${id}`,
  position: { x: 0, y: 0 },
  rows,
})
const smallDocument = (changes: object = {}) => ({
  name: 'Small hall',
  size: { width: 400, height: 200 },
  categories: [{ name: 'Stalls', color: '#112233' }],
  zones: [zone('A', row(seat('A-1'), seat('A-2', 25)))] as unknown[],
  ...changes,
})

const drawing = (text: string, shape: object) => ({
  text: { text, position: { x: 0, y: 0 }, color: '#fff' },
  ...shape,
})
const hallWithAreas = (...areas: unknown[]) =>
  smallDocument({ zones: [{ ...zone('A', row(seat('A-1'))), position: { x: 10, y: 10 }, areas }] })

test('a real hall is read whole: sections, rows, seats, categories, in the order of the plan', (t) => {
  const plan = parseSeatingPlan(hallDocument())
  t.is(plan.name, 'Riethsporthalle Erfurt')
  t.is(plan.seats.length, 1_222)
  t.deepEqual(
    plan.sections.map((section) => section.id),
    ['D', 'E', 'F', 'A', 'B', 'C'],
  )
  t.deepEqual(plan.categories[0], { name: 'Kategorie I', color: '#E87722' })
  t.deepEqual([plan.width, plan.height], [2_400, 1_000])
  t.deepEqual(plan.seats[0], {
    id: 'D-14-1',
    section: 'D',
    row: '14',
    number: '1',
    category: 'Kategorie II',
    x: -12.5,
    y: 0,
  })
})

test('coordinates are absolute: zone, row and seat add up', (t) => {
  const plan = parseSeatingPlan(
    smallDocument({
      zones: [
        {
          ...zone('A', { ...row({ ...seat('A-1'), position: { x: 1, y: 2 } }), position: { x: 10, y: 20 } }),
          position: { x: 100, y: 200 },
        },
      ],
    }),
  )
  t.like(plan.seats[0], { x: 111, y: 222 })
})

test('what the format may leave out has a default', (t) => {
  const plan = parseSeatingPlan(
    smallDocument({
      categories: [{ name: 'Stalls' }],
      zones: [
        { name: 'Balcony', position: { x: 5, y: 5 }, rows: [{ row_number: '1', seats: [seat('A-1')] }] },
      ],
    }),
  )
  t.deepEqual(plan.sections, [{ id: 'Balcony', name: 'Balcony' }])
  t.like(plan.seats[0], { section: 'Balcony', x: 5, y: 5 })
  t.regex(plan.categories[0]?.color ?? '', /^#/)
})

test('fields that the format does not have today are ignored', (t) => {
  const document = hallDocument()
  const plan = parseSeatingPlan(document)
  document.license = 'MIT'
  document.size.depth = 3
  document.zones[0].rows[0].seats[0].wheelchair = true
  t.deepEqual(parseSeatingPlan(document), plan)
})

test('reading leaves the document as it was', (t) => {
  const document = hallDocument()
  parseSeatingPlan(document)
  t.deepEqual(document, hallDocument())
})

test('a zone that only carries drawings is no section', (t) => {
  const plan = parseSeatingPlan(
    smallDocument({
      zones: [zone('A', row(seat('A-1'))), { position: { x: 0, y: 0 }, rows: [], areas: [] }],
    }),
  )
  t.deepEqual(plan.sections, [{ id: 'A', name: 'Block A' }])
})

test('without a stage the focus is the middle of the plan', (t) => {
  t.deepEqual(parseSeatingPlan(hallDocument()).focus, { x: 1_200, y: 500 })
})

test('who gives a focus gets it', (t) => {
  const focus = { x: 1, y: 2 }
  const plan = parseSeatingPlan(hallWithAreas(drawing('Stage', {})), { focus })
  t.deepEqual(plan.focus, { x: 1, y: 2 })
})

const stages: [string, object, { x: number; y: number }][] = [
  ['a wide one along the top', drawing('Stage', { rectangle: { width: 380, height: 20 } }), { x: 200, y: 0 }],
  ['one at the bottom', drawing('BÜHNE', { position: { x: 180, y: 170 } }), { x: 200, y: 200 }],
  ['one at the left', drawing('Main stage', { position: { x: 0, y: 90 } }), { x: 0, y: 100 }],
  [
    'one at the left, in Korean, round',
    drawing('무대', { position: { x: 30, y: 90 }, circle: { radius: 30 } }),
    { x: 0, y: 100 },
  ],
  [
    'a triangle at the bottom',
    drawing('Stage', {
      polygon: {
        points: [
          { x: 180, y: 150 },
          { x: 200, y: 150 },
          { x: 190, y: 180 },
        ],
      },
    }),
    { x: 200, y: 200 },
  ],
  [
    'a bar that was turned clockwise by a quarter, and so reaches to the left',
    drawing('Stage', { position: { x: 100, y: 90 }, rotation: 90, rectangle: { width: 20, height: 180 } }),
    { x: 0, y: 100 },
  ],
  [
    'the word in the other spelling of its umlaut',
    drawing('Bu\u0308hne', { position: { x: 180, y: 170 } }),
    { x: 200, y: 200 },
  ],
]
for (const [which, area, focus] of stages) {
  test(`the focus is the middle of the edge nearest to the stage: ${which}`, (t) => {
    const other = drawing('Stage', { position: { x: 380, y: 90 } })
    t.deepEqual(parseSeatingPlan(hallWithAreas(drawing('Bar', {}), area, other)).focus, focus)
  })
}

test('a stage lies where its zone lies', (t) => {
  const areas = [drawing('Stage', { position: { x: 90, y: 10 } })]
  const stageZone = { position: { x: 300, y: 80 }, rows: [], areas }
  const plan = parseSeatingPlan(smallDocument({ zones: [zone('A', row(seat('A-1'))), stageZone] }))
  t.deepEqual(plan.focus, { x: 400, y: 100 })
})

test('the backstage entrance is no stage', (t) => {
  t.deepEqual(parseSeatingPlan(hallWithAreas(drawing('Backstage', {}))).focus, { x: 200, y: 100 })
})

const hallWith = (path: readonly (string | number)[], value: unknown) => {
  const document = hallDocument()
  const parent = path.slice(0, -1).reduce((part, name) => part[name], document)
  parent[path.at(-1) ?? ''] = value
  return JSON.parse(JSON.stringify(document))
}
const aSeat = ['zones', 0, 'rows', 0, 'seats', 1]
const tooManySeats = Array.from({ length: 100_001 }, (_, n) => seat(`A-${n}`))

const refusals: [string, unknown, RegExp][] = [
  ['nothing', undefined, /^the document must be object$/],
  ['a list', [], /^the document must be object$/],
  ['no size', hallWith(['size'], undefined), /^the document must have required properties size$/],
  [
    'a seat of an unknown category',
    hallWith(['zones', 2, 'rows', 0, 'seats', 4, 'category'], 'Foo'),
    /^zones\[2\]\.rows\[0\]\.seats\[4\]\.category 'Foo' is not one of categories$/,
  ],
  [
    'a category that every object has by birth',
    hallWith([...aSeat, 'category'], 'constructor'),
    /^zones\[0\]\.rows\[0\]\.seats\[1\]\.category 'constructor' is not one of categories$/,
  ],
  [
    'a seat id that is used before, in another zone',
    hallWith(['zones', 1, 'rows', 2, 'seats', 3, 'seat_guid'], 'D-14-1'),
    /^zones\[1\]\.rows\[2\]\.seats\[3\]\.seat_guid 'D-14-1' is used before$/,
  ],
  ...['', 'D 14', 'D-14\n', 'Größe', 'x'.repeat(65), 14].map((id): [string, unknown, RegExp] => [
    `the seat id ${JSON.stringify(id)}`,
    hallWith([...aSeat, 'seat_guid'], id),
    /^zones\[0\]\.rows\[0\]\.seats\[1\]\.seat_guid must (match|be string)/,
  ]),
  [
    'a seat without a number',
    hallWith(['zones', 5, 'rows', 11, 'seats', 27, 'seat_number'], undefined),
    /^zones\[5\]\.rows\[11\]\.seats\[27\] must have required properties seat_number$/,
  ],
  [
    'a coordinate that is no number',
    hallWith([...aSeat, 'position', 'x'], '12'),
    /^zones\[0\]\.rows\[0\]\.seats\[1\]\.position\.x must be number$/,
  ],
  [
    'a row that lies beyond any drawing',
    hallWith(['zones', 0, 'rows', 0, 'position', 'y'], 1e300),
    /^zones\[0\]\.rows\[0\]\.position\.y must be <= 1000000$/,
  ],
  [
    'two zones with one id',
    hallWith(['zones', 3, 'zone_id'], 'E'),
    /^zones\[3\]: the section id 'E' is used before$/,
  ],
  [
    'a zone with seats and neither id nor name',
    hallWith(['zones', 3], { ...zone('', row(seat('X-1'))), name: undefined }),
    /^zones\[3\] needs a zone_id or a name$/,
  ],
  [
    'a section id of 65 characters',
    hallWith(['zones', 3, 'zone_id'], 'x'.repeat(65)),
    /^zones\[3\]: the section id 'x{65}' is longer than 64 characters$/,
  ],
  [
    'two categories of one name, whose prices nobody could tell apart',
    smallDocument({ categories: [{ name: 'Stalls' }, { name: 'Stalls' }] }),
    /^categories\[1\]\.name 'Stalls' is used before$/,
  ],
  [
    'more than 100,000 seats',
    smallDocument({ zones: [zone('A', row(...tooManySeats))] }),
    /^zones\[0\]\.rows\[0\]\.seats\[100000\] is more than 100000 seats$/,
  ],
]
for (const [what, document, message] of refusals) {
  test(`refused, with the path of what is wrong: ${what}`, (t) => {
    t.throws(() => parseSeatingPlan(document), { instanceOf: SeatingPlanError, message })
  })
}

test('a coordinate that JSON can write and no drawing can hold is refused', (t) => {
  const document = JSON.parse(JSON.stringify(smallDocument()).replace('"x":25', '"x":1e999'))
  t.throws(() => parseSeatingPlan(document), {
    instanceOf: SeatingPlanError,
    message: /^zones\[0\]\.rows\[0\]\.seats\[1\]\.position\.x must be/,
  })
})

test('a focus that is no place in a drawing is refused', (t) => {
  for (const focus of [
    { x: Number.NaN, y: 0 },
    { x: 0, y: Number.POSITIVE_INFINITY },
  ])
    t.throws(() => parseSeatingPlan(smallDocument(), { focus }), {
      instanceOf: SeatingPlanError,
      message: /focus/,
    })
})

test('100,000 seats and an id of 64 characters are within the limits', (t) => {
  const seats = Array.from({ length: 100_000 }, (_, n) => seat(String(n).padStart(64, '~'), n))
  const plan = parseSeatingPlan(smallDocument({ zones: [zone('A', row(...seats))] }))
  t.is(plan.seats.length, 100_000)
})

test('a stadium has as many seats as were asked for', (t) => {
  for (const seats of [1, 40, 41, 1_000, 1_222]) {
    const plan = stadiumPlan(seats)
    t.is(new Set(seatIdsOf(plan)).size, seats)
    t.is(parseSeatingPlan(plan).seats.length, seats)
    t.is(plan.name, `Stadium of ${seats} seats`)
  }
})
