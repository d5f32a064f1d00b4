// The lottery of a waiting room: the seed and its hash, the crowd that was drawn; and what an administrator is told of a
// room: who came in and who did not turn up, what was foretold and what came of it.
import type { Migration } from './schema.ts'

export const lottery: Migration = {
  name: '008-lottery',
  async up(schema) {
    await schema.addColumns('waiting_rooms', {
      is_lottery: (columns) => columns.flag('is_lottery').defaultTo(false),
      follows_stock: (columns) => columns.flag('follows_stock').defaultTo(false),
      admitted_total: (columns) => columns.integer('admitted_total').defaultTo(0),
      no_shows: (columns) => columns.integer('no_shows').defaultTo(0),
    })
    await schema.createTable('draws', (columns) => {
      columns.key('show_id', 48).primary()
      columns.key('seed', 64)
      columns.key('seed_hash', 64)
      columns.integer('committed_at')
      columns.optionalInteger('drawn_at')
      columns.optionalInteger('crowd_generation')
      columns.optionalInteger('crowd_through')
      columns.optionalInteger('crowd_members')
      columns.optionalKey('crowd_digest', 64)
    })
    await schema.createTable('draw_crowds', (columns) => {
      columns.key('show_id', 48)
      columns.integer('generation')
      columns.integer('first_number')
      columns.text('people')
      columns.table.primary(['show_id', 'generation', 'first_number'])
    })
    await schema.createTable('forecasts', (columns) => {
      columns.key('show_id', 48)
      columns.integer('told_at')
      columns.integer('lot')
      columns.integer('due_at')
      columns.integer('met_at')
      columns.table.primary(['show_id', 'told_at'])
      columns.table.index(['show_id', 'met_at'])
    })
  },
}
