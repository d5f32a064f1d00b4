// The plan of a small hall, as data: one zone of equal rows, whose seats are named `hall-<row>-<number>`.
export function oneHall({ name, rows, seatsPerRow }: { name: string; rows: number; seatsPerRow: number }) {
  const upTo = <Each>(count: number, make: (number: number) => Each): Each[] =>
    Array.from({ length: count }, (_, index) => make(index + 1))
  const seatAt = (row: number) => (number: number) => ({
    seat_guid: `hall-${row}-${number}`,
    seat_number: String(number),
    category: 'all',
    position: { x: number * 10, y: 0 },
  })
  const zone = {
    name: 'hall',
    zone_id: 'hall',
    position: { x: 0, y: 0 },
    rows: upTo(rows, (row) => ({
      row_number: String(row),
      position: { x: 0, y: row * 10 },
      seats: upTo(seatsPerRow, seatAt(row)),
    })),
  }
  return {
    name,
    size: { width: 100, height: 100 },
    zones: [zone],
    categories: [{ name: 'all', color: '#123456' }],
  }
}
