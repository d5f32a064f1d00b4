// The seat limit's index without the state: each payment, expiry and cancellation would move an entry of it.
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
