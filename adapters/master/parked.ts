// Commands that were given up on, kept with their reason until an administrator looks at them.
import type { Parked, ParkedCommand } from '../../engine/ports.ts'
import { insertRows } from './bulk.ts'
import type { Database } from './connect.ts'
import { parkedCommands } from './records.ts'
import { inTransaction, type Session } from './session.ts'

export const parked = ({ dialect, queries }: Database): Parked => ({
  async list(limit, after) {
    const records = await queries('parked')
      .modify((query) => {
        if (after !== undefined)
          query.where('sequence', '>', queries('parked').select('sequence').where({ id: after }))
      })
      .orderBy('sequence')
      .limit(limit)
    return records.map(parkedCommands.read)
  },

  async find(id) {
    const record = await queries('parked').where({ id }).first()
    return record === undefined ? null : parkedCommands.read(record)
  },

  park: (commands) => inTransaction(dialect, queries, (session) => keepParked(session, commands)),
})

/** One that is parked already stays as it is. */
export async function keepParked(session: Session, commands: readonly ParkedCommand[]): Promise<void> {
  const rows = commands.map((command) => parkedCommands.values(command))
  await insertRows(session, 'parked', parkedCommands.columns, rows, session.dialect.orKeep('id'))
}
