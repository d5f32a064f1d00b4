// What the intake turned away before the broker, for the audit, and how many of those could not be kept.
import type { Refusals } from '../../engine/ports.ts'
import { insertRows } from './bulk.ts'
import type { Database } from './connect.ts'
import { refusalRows } from './records.ts'
import { inTransaction } from './session.ts'

export const refusals = ({ dialect, queries }: Database): Refusals => ({
  append: (refusals, lost, at) =>
    inTransaction(dialect, queries, async (session) => {
      const rows = refusals.map((row) => [...refusalRows.values(row), JSON.stringify(row.seatIds)])
      await insertRows(session, 'refusals', [...refusalRows.columns, 'seat_ids'], rows)
      if (lost > 0) await session.change('INSERT INTO refusal_losses (at, lost) VALUES (?, ?)', [at, lost])
    }),
})
