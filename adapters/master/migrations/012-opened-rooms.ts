// Whether a waiting room has seen its sale open: from then on whether its places are drawn by lot stays as it is.
import type { Migration } from './schema.ts'

export const openedRooms: Migration = {
  name: '012-opened-rooms',
  async up(schema) {
    await schema.addColumns('waiting_rooms', {
      has_opened: (columns) => columns.flag('has_opened').defaultTo(false),
    })
  },
}
