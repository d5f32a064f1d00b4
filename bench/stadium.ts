// A seating plan of any size in pretix's format: sections of 25 rows with 40 seats, the last ones as far as there are seats.
const rowsPerSection = 25
const seatsPerRow = 40

export function stadiumPlan(seats: number) {
  const sections = Math.ceil(seats / (rowsPerSection * seatsPerRow))
  const left = (section: number, row: number) => seats - (section * rowsPerSection + row) * seatsPerRow
  const zones = Array.from({ length: sections }, (_, section) => ({
    name: `Section ${section + 1}`,
    zone_id: `S${section + 1}`,
    position: { x: (section % 10) * 1_200, y: Math.floor(section / 10) * 800 },
    rows: Array.from(
      { length: Math.min(rowsPerSection, Math.ceil(left(section, 0) / seatsPerRow)) },
      (_, row) => ({
        row_number: String(row + 1),
        position: { x: 0, y: row * 30 },
        seats: Array.from({ length: Math.min(seatsPerRow, left(section, row)) }, (_, seat) => ({
          seat_guid: `S${section + 1}-${row + 1}-${seat + 1}`,
          seat_number: String(seat + 1),
          position: { x: seat * 25, y: 0 },
          category: 'Standard',
        })),
      }),
    ),
  }))
  return {
    name: `Stadium of ${seats} seats`,
    categories: [{ name: 'Standard', color: '#1D3557' }],
    zones,
    size: { width: 12_000, height: Math.ceil(sections / 10) * 800 },
  }
}

export const seatIdsOf = (plan: ReturnType<typeof stadiumPlan>): string[] =>
  plan.zones.flatMap(({ rows }) => rows.flatMap(({ seats }) => seats.map((seat) => seat.seat_guid)))
