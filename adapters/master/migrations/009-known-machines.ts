// Which machines each server can run: a new version is activated once all of them know it.
import type { Migration } from './schema.ts'

export const knownMachines: Migration = {
  name: '009-known-machines',
  async up(schema) {
    await schema.addColumns('servers', { machines: (columns) => columns.optionalKey('machines', 1_000) })
  },
}
