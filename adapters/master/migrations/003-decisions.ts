// The hot tables. Each index costs every reservation, so there are as few as the questions asked under load allow.
import type { Migration } from './schema.ts'

export const decisions: Migration = {
  name: '003-decisions',
  async up(schema) {
    await schema.createTable('show_heads', (columns) => {
      columns.key('show_id', 48).primary()
      columns.integer('partition_id')
      columns.key('state', 32)
      columns.integer('seq')
      columns.integer('machine_version')
      columns.integer('position')
      columns.digest('hash')
      columns.integer('seats_revision')
    })
    await schema.createTable('journal', (columns) => {
      columns.key('show_id', 48)
      columns.integer('position')
      columns.key('command_id', 64).unique()
      columns.key('subject_id', 128)
      columns.optionalInteger('seq')
      // Text, never JSON: these bytes are hashed, and a JSON column may rewrite them.
      columns.text('entry')
      columns.digest('hash')
      columns.table.primary(['show_id', 'position'])
      columns.table.unique(['subject_id', 'seq'])
    })
    await schema.createTable('reservations', (columns) => {
      columns.key('id', 128).primary()
      columns.key('show_id', 48)
      columns.integer('partition_id')
      columns.key('user_id', 64)
      columns.key('state', 32)
      columns.integer('seq')
      columns.integer('machine_version')
      columns.integer('seat_count')
      columns.optionalInteger('deadline')
      columns.text('context')
      columns.integer('created_at')
      columns.integer('updated_at')
      // The sweep's.
      columns.table.index(['partition_id', 'deadline'])
      // The seat limit's, answered without a look at the rows, however often a buyer was rejected; and a buyer's own.
      columns.table.index(['user_id', 'show_id', 'state', 'seat_count'])
    })
    // A free seat has no row: the primary key makes a second hold of it impossible.
    await schema.createTable('taken_seats', (columns) => {
      columns.key('show_id', 48)
      columns.key('seat_id', 64)
      columns.key('status', 8)
      columns.optionalKey('reservation_id', 128)
      columns.table.primary(['show_id', 'seat_id'])
    })
  },
}
