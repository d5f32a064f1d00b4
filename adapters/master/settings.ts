// What a deployment is given once and keeps: how many partitions its shows are spread over, the key of its reservation
// ids, and its currency. They are part of ids, queues and balances that exist, so none changes afterwards.
import { randomBytes } from 'node:crypto'
import { assert } from '../../engine/failures.ts'
import type { DeploymentSettings, Settings } from '../../engine/ports.ts'
import { insertRows } from './bulk.ts'
import type { Database } from './connect.ts'
import { inTransaction } from './session.ts'

const keyBytes = 32

export const settings = (database: Database): Settings => ({
  settings: () => readSettings(database),

  async keepCurrency(currency) {
    const { dialect, batches, queries } = database
    await inTransaction(dialect, batches, (session) =>
      insertRows(session, 'settings', ['name', 'value'], [['currency', currency]], dialect.orKeep('name')),
    )
    const kept: { value: string } = await queries('settings').where({ name: 'currency' }).first('value')
    if (kept.value !== currency)
      throw new Error(
        `This deployment's money is in ${kept.value}, which can't change: start with CURRENCY=${kept.value}, not ${currency}.`,
      )
  },
})

/**
 * At each start; the first one decides.
 * @throws when the deployment was set up with another number of partitions
 */
export async function ensureSettings(database: Database, partitions: number): Promise<void> {
  const { dialect, queries } = database
  await inTransaction(dialect, queries, async (session) => {
    const values = [
      ['partitions', String(partitions)],
      ['reservation_id_key', randomBytes(keyBytes).toString('base64url')],
    ]
    await insertRows(session, 'settings', ['name', 'value'], values, dialect.orKeep('name'))
  })
  const kept = await readSettings(database)
  if (kept.partitions !== partitions)
    throw new Error(
      `This deployment was set up with ${kept.partitions} partitions, which can't change: start with PARTITIONS=${kept.partitions}, not ${partitions}.`,
    )
  await inTransaction(dialect, queries, async (session) => {
    const rows = Array.from({ length: partitions }, (_, id) => [id, 0, 0, 0])
    const columns = ['id', 'epoch', 'seen_at', 'last_stamp']
    await insertRows(session, 'partitions', columns, rows, dialect.orKeep('id'))
  })
}

async function readSettings({ queries }: Database): Promise<DeploymentSettings> {
  const records: readonly { name: string; value: string }[] = await queries('settings').select(
    'name',
    'value',
  )
  const values = new Map(records.map(({ name, value }) => [name, value]))
  const partitions = Number(values.get('partitions'))
  const reservationIdKey = Buffer.from(values.get('reservation_id_key') ?? '', 'base64url')
  assert(Number.isInteger(partitions) && partitions > 0, 'the deployment has partitions')
  assert(reservationIdKey.length === keyBytes, 'the deployment has a key for reservation ids')
  return { partitions, reservationIdKey }
}
