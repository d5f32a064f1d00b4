// What is on sale. Written seldom, read through the replica.
import type { Migration } from './schema.ts'

export const catalogue: Migration = {
  name: '002-catalogue',
  async up(schema) {
    await schema.createTable('venues', (columns) => {
      columns.key('id', 64).primary()
      columns.key('name', 255)
      columns.integer('seat_count')
      columns.longText('plan')
    })
    await schema.createTable('concerts', (columns) => {
      columns.key('id', 64).primary()
      columns.key('name', 255)
      columns.text('description')
    })
    await schema.createTable('shows', (columns) => {
      columns.key('id', 48).primary()
      columns.key('concert_id', 64)
      columns.key('venue_id', 64)
      columns.key('currency', 3)
      for (const time of ['starts_at', 'opens_at', 'closes_at', 'refundable_until']) columns.integer(time)
      columns.integer('hold_ttl_ms')
      columns.integer('seat_limit')
      columns.integer('extension_ms')
      columns.integer('extensions_max')
      columns.flag('has_waiting_room')
      columns.text('prices')
      columns.table.index(['concert_id', 'starts_at'])
    })
  },
}
