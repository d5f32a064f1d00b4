// Which sessions of the waiting room were ended: by their users, or by a payment. A hold prolongs any other one.
import type { Migration } from './schema.ts'

export const endedSessions: Migration = {
  name: '010-ended-sessions',
  async up(schema) {
    await schema.addColumns('admissions', { ended_at: (columns) => columns.optionalInteger('ended_at') })
  },
}
