// The seat limit's index without the state: each payment, expiry and cancellation moved an entry of it. Rows are read for the
// state of those who have or had seats. Servers of the release before find their rows by it as well, if not all by it alone.
import type { Migration } from './schema.ts'

export const seatLimitIndex: Migration = {
  name: '011-seat-limit-index',
  async up(schema) {
    await schema.replaceIndex(
      'reservations',
      ['user_id', 'show_id', 'state', 'seat_count'],
      ['user_id', 'show_id', 'seat_count'],
    )
  },
}
