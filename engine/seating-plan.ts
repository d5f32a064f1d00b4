// A venue's seating plan, read from pretix's open format: zones hold rows, rows hold seats, each placed relative
// to its parent. Here it becomes a flat list of seats in plan order (zone by zone, row by row, along the row).
// The format: github.com/pretix/pretix, src/pretix/static/seating/seating-plan.schema.json
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { limits } from './limits.ts'

export interface Point {
  x: number
  y: number
}

/** Coordinates are absolute, in the plan's own unit (pixels of its drawing), y downwards. */
export interface PlanSeat extends Point {
  id: string
  /** The id of its section. */
  section: string
  row: string
  number: string
  /** The name of its category. */
  category: string
}

export interface PlanSection {
  id: string
  name: string
}

export interface PlanCategory {
  name: string
  color: string
}

export interface SeatingPlan {
  name: string
  categories: PlanCategory[]
  sections: PlanSection[]
  seats: PlanSeat[]
  width: number
  height: number
  /** Where people look: seats nearer to it are better. */
  focus: Point
}

/** The document is not a seating plan that can be sold from; the message names the path of what is wrong. */
export class SeatingPlanError extends Error {
  override readonly name = 'SeatingPlanError'
}

const nameLengthMax = 200
/** Far beyond any drawing, and small enough that sums of distances stay exact. */
const coordinateMax = 1_000_000

const uncoloured = '#888888'
const stageWords = new Set([
  'stage',
  'mainstage',
  'bühne',
  'hauptbühne',
  'scène',
  'escenario',
  'palco',
  '무대',
])

const Text = Type.String({ maxLength: nameLengthMax })
const Label = Type.String({ maxLength: limits.seatIdLengthMax })
const Coordinate = Type.Number({ minimum: -coordinateMax, maximum: coordinateMax })
const Length = Type.Number({ minimum: 0, maximum: coordinateMax })
const Position = Type.Object({ x: Coordinate, y: Coordinate })

/** A seat's id travels in addresses, keys and journal entries: printable ASCII without blanks. */
const SeatId = Type.String({ pattern: `^[!-~]{1,${limits.seatIdLengthMax}}$` })

const Seat = Type.Object({
  seat_guid: SeatId,
  seat_number: Label,
  category: Text,
  position: Position,
})

const Row = Type.Object({
  row_number: Label,
  position: Type.Optional(Position),
  seats: Type.Array(Seat),
})

/** A drawing. Its position is the corner of a rectangle, the centre of anything round, the origin of a polygon. */
const Area = Type.Object({
  position: Type.Optional(Position),
  rotation: Type.Optional(Type.Number()),
  rectangle: Type.Optional(Type.Object({ width: Length, height: Length })),
  polygon: Type.Optional(Type.Object({ points: Type.Array(Position) })),
  text: Type.Optional(Type.Object({ text: Type.String() })),
})
type Area = Static<typeof Area>

const Zone = Type.Object({
  name: Type.Optional(Text),
  zone_id: Type.Optional(Type.String()),
  position: Position,
  rows: Type.Array(Row),
  areas: Type.Optional(Type.Array(Area)),
})
type Zone = Static<typeof Zone>

const Plan = Type.Object({
  name: Text,
  size: Type.Object({ width: Length, height: Length }),
  categories: Type.Array(Type.Object({ name: Text, color: Type.Optional(Text) })),
  zones: Type.Array(Zone),
})
const validPlan = Compile(Plan)

/**
 * Fields that the format does not have today are ignored, because it grows.
 * @param options.focus where people look. Without it: the middle of the plan's edge nearest to the first area
 *   that says "stage" in some language, or the middle of the plan if none does.
 * @throws {SeatingPlanError}
 */
export function parseSeatingPlan(document: unknown, options: { focus?: Point } = {}): SeatingPlan {
  if (!validPlan.Check(document)) throw new SeatingPlanError(firstFault(document))
  const { name, size, zones } = document
  const focus = options.focus ?? defaultFocus(zones, size)
  if (![focus.x, focus.y].every((coordinate) => Math.abs(coordinate) <= coordinateMax))
    throw new SeatingPlanError(`focus must lie within ±${coordinateMax}`)

  const categories = document.categories.map(({ name, color = uncoloured }) => ({ name, color }))
  const categoryNames = new Set<string>()
  for (const [index, category] of categories.entries())
    addOnce(categoryNames, category.name, () => `categories[${index}].name`)

  const sections: PlanSection[] = []
  const sectionIds = new Set<string>()
  const seats: PlanSeat[] = []
  const seatIds = new Set<string>()
  for (const [zoneIndex, zone] of zones.entries()) {
    // A zone without seats only carries drawings.
    if (zone.rows.every((row) => row.seats.length === 0)) continue
    const section = sectionOf(zone, `zones[${zoneIndex}]`)
    addOnce(sectionIds, section.id, () => `zones[${zoneIndex}]: the section id`)
    sections.push(section)

    for (const [rowIndex, row] of zone.rows.entries()) {
      for (const [seatIndex, seat] of row.seats.entries()) {
        const path = () => `zones[${zoneIndex}].rows[${rowIndex}].seats[${seatIndex}]`
        if (seats.length === limits.planSeatsMax)
          throw new SeatingPlanError(`${path()} is more than ${limits.planSeatsMax} seats`)
        if (!categoryNames.has(seat.category))
          throw new SeatingPlanError(`${path()}.category '${seat.category}' is not one of categories`)
        addOnce(seatIds, seat.seat_guid, () => `${path()}.seat_guid`)
        seats.push({
          id: seat.seat_guid,
          section: section.id,
          row: row.row_number,
          number: seat.seat_number,
          category: seat.category,
          ...sum([zone.position, row.position, seat.position]),
        })
      }
    }
  }
  return { name, categories, sections, seats, width: size.width, height: size.height, focus }
}

/** `zones[2].rows[0] must have required properties seats`, of a document that does not follow the schema. */
function firstFault(document: unknown): string {
  const fault = validPlan.Errors(document)[0]
  const path = fault?.instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
  return `${path || 'the document'} ${fault?.message}`
}

function addOnce(seen: Set<string>, value: string, path: () => string): void {
  if (seen.has(value)) throw new SeatingPlanError(`${path()} '${value}' is used before`)
  seen.add(value)
}

/** Plans from before the format had zone ids fall back to the name, as pretix does. */
function sectionOf(zone: Zone, path: string): PlanSection {
  const id = zone.zone_id || zone.name
  if (!id) throw new SeatingPlanError(`${path} needs a zone_id or a name`)
  if (id.length > limits.seatIdLengthMax)
    throw new SeatingPlanError(
      `${path}: the section id '${id}' is longer than ${limits.seatIdLengthMax} characters`,
    )
  return { id, name: zone.name || id }
}

function defaultFocus(zones: readonly Zone[], { width, height }: { width: number; height: number }): Point {
  const middle = { x: width / 2, y: height / 2 }
  const areas = zones.flatMap((zone) => zone.areas?.map((area) => ({ area, zone })) ?? [])
  const drawing = areas.find(({ area }) => saysStage(area))
  if (!drawing) return middle
  const stage = middleOf(drawing.area, drawing.zone)
  const edges = [
    { distance: Math.abs(stage.y), point: { x: middle.x, y: 0 } },
    { distance: Math.abs(height - stage.y), point: { x: middle.x, y: height } },
    { distance: Math.abs(stage.x), point: { x: 0, y: middle.y } },
    { distance: Math.abs(width - stage.x), point: { x: width, y: middle.y } },
  ]
  return edges.reduce((nearest, edge) => (edge.distance < nearest.distance ? edge : nearest)).point
}

/** Whole words, so that nobody looks at the backstage entrance. */
function saysStage(area: Area): boolean {
  const text = area.text?.text.normalize('NFC').toLowerCase() ?? ''
  return text.split(/[^\p{L}]+/u).some((word) => stageWords.has(word))
}

/** Where the middle of an area's shape lies in the plan: the format turns a shape clockwise about its position. */
function middleOf(area: Area, zone: Zone): Point {
  const { x, y } = middleOfShape(area)
  const angle = ((area.rotation ?? 0) * Math.PI) / 180
  const turned = {
    x: x * Math.cos(angle) - y * Math.sin(angle),
    y: x * Math.sin(angle) + y * Math.cos(angle),
  }
  return sum([zone.position, area.position, turned])
}

function middleOfShape({ rectangle, polygon }: Area): Point {
  if (rectangle) return { x: rectangle.width / 2, y: rectangle.height / 2 }
  const points = polygon?.points ?? []
  if (points.length === 0) return { x: 0, y: 0 }
  const { x, y } = sum(points)
  return { x: x / points.length, y: y / points.length }
}

function sum(points: readonly (Point | undefined)[]): Point {
  return points.reduce<Point>(
    (total, point) => ({ x: total.x + (point?.x ?? 0), y: total.y + (point?.y ?? 0) }),
    { x: 0, y: 0 },
  )
}
