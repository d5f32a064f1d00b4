// What waits beside the decisions: announcements for the relay, parked commands, the log of who was turned away.
import type { Migration } from './schema.ts'

export const aside: Migration = {
  name: '005-aside',
  async up(schema) {
    await schema.createTable('outbox', (columns) => {
      columns.sequence()
      columns.key('id', 128).unique()
      columns.integer('partition_id')
      columns.key('topic', 64)
      columns.key('show_id', 48)
      columns.text('payload')
      columns.table.index(['partition_id', 'sequence'])
    })
    await schema.createTable('parked', (columns) => {
      columns.sequence()
      columns.key('id', 128).unique()
      columns.optionalKey('show_id', 48)
      columns.text('reason')
      columns.bytes('body')
      columns.integer('at')
    })
    await schema.createTable('refusals', (columns) => {
      columns.sequence()
      columns.integer('at')
      columns.key('show_id', 48)
      columns.key('user_id', 64)
      columns.key('command_id', 64)
      columns.key('code', 64)
      columns.text('seat_ids')
    })
    await schema.createTable('refusal_losses', (columns) => {
      columns.sequence()
      columns.integer('at')
      columns.integer('lost')
    })
  },
}
