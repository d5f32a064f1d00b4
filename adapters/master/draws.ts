// The lottery's part of the master: a seed, its hash published from the start, given out with the crowd that it draws.
import { randomBytes } from 'node:crypto'
import { crowdLine, seedHashOf } from '../../engine/draw.ts'
import { assert } from '../../engine/failures.ts'
import type { Draw, Drawn, FreezeRequest, Turn } from '../../engine/waiting-room-ports.ts'
import { insertRows } from './bulk.ts'
import type { Session } from './session.ts'

interface DrawRow {
  readonly seed: string
  readonly seed_hash: string
  readonly committed_at: number
  readonly drawn_at: number | null
  readonly crowd_through: number
  readonly crowd_members: number
  readonly crowd_digest: string
}

/** One seed a show, however often its lottery is called off and on: nobody draws until a seed pleases. */
export async function commitToSeed(session: Session, showId: string, now: number): Promise<void> {
  const seed = randomBytes(32).toString('hex')
  const columns = ['show_id', 'seed', 'seed_hash', 'committed_at']
  const row = [showId, seed, seedHashOf(seed), now]
  await insertRows(session, 'draws', columns, [row], session.dialect.orKeep('show_id'))
}

/** Whether or not places are drawn by lot by now. */
export async function drawOf(session: Session, showId: string): Promise<Draw | null> {
  const [row] = await session.rows<DrawRow>('SELECT * FROM draws WHERE show_id = ?', [showId])
  return row === undefined ? null : drawFrom(row)
}

export const drawFrom = (row: DrawRow): Draw => ({
  seedHash: row.seed_hash,
  committedAt: row.committed_at,
  drawn: drawnOf(row),
})

function drawnOf({ seed, drawn_at: at, ...row }: DrawRow): Drawn | null {
  if (at === null) return null
  const { crowd_through: through, crowd_members: members, crowd_digest: digest } = row
  return { seed, at, crowd: { through, members, digest } }
}

/** As many lines as people. */
export async function writeCrowd(
  session: Session,
  showId: string,
  generation: number,
  turns: readonly Turn[],
): Promise<void> {
  const [first] = turns
  if (first === undefined) return
  const people = turns.map(({ number, userId }) => crowdLine(number, userId)).join('')
  const columns = ['show_id', 'generation', 'first_number', 'people']
  await insertRows(session, 'draw_crowds', columns, [[showId, generation, first.number, people]])
}

/** Called under the lock of the room. */
export async function freeze(session: Session, request: FreezeRequest): Promise<Draw> {
  const { showId, generation, crowd, now } = request
  const { through, members, digest } = crowd
  await session.change('DELETE FROM draw_crowds WHERE show_id = ? AND generation <> ?', [showId, generation])
  await session.change(
    `UPDATE draws SET drawn_at = ?, crowd_generation = ?, crowd_through = ?, crowd_members = ?, crowd_digest = ?
      WHERE show_id = ?`,
    [now, generation, through, members, digest, showId],
  )
  const draw = await drawOf(session, showId)
  assert(draw?.drawn, `the crowd of ${showId} is closed`)
  return draw
}
