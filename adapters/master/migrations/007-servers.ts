// The servers among whom the partitions are spread.
import type { Migration } from './schema.ts'

export const servers: Migration = {
  name: '007-servers',
  async up(schema) {
    await schema.createTable('servers', (columns) => {
      columns.key('id', 255).primary()
      columns.text('partitions')
      columns.integer('seen_at')
    })
  },
}
