// What the waiting room must never take back: the numbers given out, the floor under serving, and who was let in.
import type { Migration } from './schema.ts'

export const waitingRoom: Migration = {
  name: '006-waiting-room',
  async up(schema) {
    await schema.createTable('waiting_rooms', (columns) => {
      columns.key('show_id', 48).primary()
      columns.integer('closes_at')
      columns.table.double('rate_per_second').notNullable()
      columns.integer('admitted_max')
      columns.integer('session_ttl_ms')
      columns.flag('is_paused')
      columns.integer('policy_version')
      columns.integer('generation')
      columns.integer('granted_through')
      columns.integer('serving')
    })
    await schema.createTable('admissions', (columns) => {
      columns.key('show_id', 48)
      columns.integer('number')
      columns.key('user_id', 64)
      columns.integer('admitted_at')
      columns.integer('ends_at')
      columns.integer('issued_through')
      columns.table.primary(['show_id', 'number'])
      columns.table.index(['show_id', 'user_id', 'number'])
      columns.table.index(['show_id', 'ends_at'])
    })
  },
}
