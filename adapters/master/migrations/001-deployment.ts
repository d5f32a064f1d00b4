// What the deployment is: its settings, the machines' versions, the partitions and who decides for them.
import type { Migration } from './schema.ts'

export const deployment: Migration = {
  name: '001-deployment',
  async up(schema) {
    await schema.createTable('settings', (columns) => {
      columns.key('name', 64).primary()
      columns.text('value')
    })
    await schema.createTable('machines', (columns) => {
      columns.key('name', 64)
      columns.integer('version')
      columns.key('definition_hash', 64)
      columns.flag('active')
      columns.table.primary(['name', 'version'])
    })
    await schema.createTable('partitions', (columns) => {
      columns.integer('id').primary()
      columns.integer('epoch')
      columns.optionalKey('owner', 255)
      columns.integer('seen_at')
      columns.integer('last_stamp')
    })
  },
}
