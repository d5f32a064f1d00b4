// Run once on a master that was a replica until now, before app servers use it, with their settings: what the old master
// committed last may be missing here, and nothing that was given out may be given out again.
import { Redis } from 'ioredis'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { readConfig, type Services } from '../config.ts'

/** More than were raised in any commits that are missing: whoever held one of those epochs is fenced out. */
const epochJump = 1_000_000
/** No stamp is earlier than one that was told already, though this server's clock may be behind. */
const stampJumpMs = 1_000
/** A command is judged by its age: were stamps far ahead of the clock, all would count as too old (`limits.commandAgeMaxMs`). */
const behindMaxMs = 10_000

/**
 * Epochs and stamps jump ahead, and the seat maps in Redis go, which may show commits that are missing: the engine builds them anew.
 * @returns how many partitions and shows that were
 * @throws {Error} with a sentence where the server still takes no writes, or its clock is far behind
 */
export async function jumpAhead({
  masterUrl,
  redisUrl,
}: Pick<Services, 'masterUrl' | 'redisUrl'>): Promise<{ partitions: number; shows: number }> {
  const master = await createConnection(masterUrl)
  const redis = new Redis(redisUrl)
  try {
    const [[variables]] = await master.query<RowDataPacket[]>('SELECT @@GLOBAL.read_only AS isReadOnly')
    if (variables?.isReadOnly)
      throw new Error(`${new URL(masterUrl).host} is read-only still: promote it first.`)
    const behindMs = await behindLastDecision(master)
    if (behindMs > behindMaxMs)
      throw new Error(
        `The clock of ${new URL(masterUrl).host} is ${Math.ceil(behindMs / 1_000)} s behind the old master's last decision, and all reservations would be refused as too old. Set it, or wait as long; then run this again.`,
      )
    const [{ affectedRows: partitions }] = await master.query<{ affectedRows: number } & RowDataPacket[]>(
      `UPDATE partitions SET epoch = epoch + ${epochJump},
        last_stamp = GREATEST(last_stamp, ROUND(UNIX_TIMESTAMP(SYSDATE(3)) * 1000)) + ${stampJumpMs}`,
    )
    const [shows] = await master.query<RowDataPacket[]>('SELECT show_id AS id FROM show_heads')
    const prefix = new URL(masterUrl).pathname.slice(1)
    for (const { id } of shows) await redis.unlink(`${prefix}:seats:${id}`)
    return { partitions, shows: shows.length }
  } finally {
    redis.disconnect()
    await master.end()
  }
}

async function behindLastDecision(master: Connection): Promise<number> {
  const [[row]] = await master.query<RowDataPacket[]>(
    'SELECT MAX(last_stamp) - ROUND(UNIX_TIMESTAMP(SYSDATE(3)) * 1000) AS behindMs FROM partitions',
  )
  return Number(row?.behindMs ?? 0)
}

if (import.meta.main) {
  const { services } = readConfig(process.env)
  if (services === null) throw new Error('MASTER_URL and its kin must be set: this is for a deployment.')
  const { partitions, shows } = await jumpAhead(services)
  console.log(`${partitions} partitions jumped ahead, ${shows} seat maps will be built anew.`)
}
