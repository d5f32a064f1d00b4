// The master's part of the waiting room: each room's row is locked by whatever changes it, so ranges of numbers, leaders
// and admissions follow one another.
import { assert, FencedOut } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type {
  Admission,
  AdmissionRequest,
  InletPolicy,
  InletSettings,
  NumberRange,
  RoomRecord,
  Turn,
  WaitingRoomLedger,
} from '../../engine/waiting-room-ports.ts'
import { changeIn, insertRows, selectIn } from './bulk.ts'
import type { Database } from './connect.ts'
import { commitToSeed, drawFrom, drawOf, freeze, writeCrowd } from './draws.ts'
import { inTransaction, type Session } from './session.ts'

interface RoomRow {
  readonly show_id: string
  readonly rate_per_second: number
  readonly admitted_max: number
  readonly session_ttl_ms: number
  readonly is_lottery: number
  readonly follows_stock: number
  readonly is_paused: number
  readonly has_opened: number
  readonly policy_version: number
  readonly generation: number
  readonly granted_through: number
  readonly serving: number
  readonly admitted_total: number
  readonly no_shows: number
}

const admissionFields = `number, user_id AS userId, admitted_at AS admittedAt, ends_at AS endsAt,
  issued_through AS issuedThrough`

export const waitingRoomLedger = ({ dialect, batches, queries }: Database): WaitingRoomLedger => ({
  ensure: (showId, settings, closesAt) =>
    inTransaction(dialect, queries, async (session) => {
      const columns = [
        ...['show_id', 'closes_at', ...settingColumns, 'is_paused'],
        ...['policy_version', 'generation', 'granted_through', 'serving'],
      ]
      const row = [showId, closesAt, ...settingValues(settings), 0, 1, 0, 0, 0]
      await insertRows(session, 'waiting_rooms', columns, [row], dialect.orKeep('show_id'))
      return recordOf(await lockRoom(session, showId))
    }),

  async list(now) {
    const rows: readonly RoomRow[] = await queries('waiting_rooms')
      .where('closes_at', '>', now)
      .orderBy('show_id')
    return rows.map(recordOf)
  },

  change: (showId, change, { clock, opensAt }) =>
    inTransaction(dialect, queries, async (session) => {
      const room = await lockRoom(session, showId)
      const now = clock.now()
      const before = policyOf(room)
      const { isLottery = before.isLottery } = change
      const isSettled = async () => now >= opensAt || (await isLotterySettled(session, room))
      if (isLottery !== before.isLottery && (await isSettled())) return 'settled'
      const policy = { ...before, ...change, version: before.version + 1 }
      const columns = [...settingColumns, 'is_paused', 'policy_version']
      await session.change(
        `UPDATE waiting_rooms SET ${columns.map((column) => `${column} = ?`).join()} WHERE show_id = ?`,
        [...settingValues(policy), Number(policy.isPaused), policy.version, showId],
      )
      if (policy.isLottery) await commitToSeed(session, showId, now)
      return policy
    }),

  grant: (showId) =>
    inTransaction(dialect, queries, async (session) => grantNext(session, await lockRoom(session, showId))),

  open: (showId, now, opensAt) =>
    inTransaction(dialect, queries, async (session) => {
      const locked = await lockRoom(session, showId)
      const room = now >= opensAt ? await markOpened(session, locked) : locked
      const sessions = await runningSessions(session, showId, now)
      const { serving, generation } = room
      const drawnThrough = (await drawOf(session, showId))?.drawn?.crowd.through ?? null
      return {
        range: await grantNext(session, room),
        serving,
        generation,
        policy: policyOf(room),
        hasOpened: Boolean(room.has_opened),
        sessions,
        drawnThrough,
      }
    }),

  markOpened: (showId) =>
    inTransaction(dialect, queries, async (session) =>
      recordOf(await markOpened(session, await lockRoom(session, showId))),
    ),

  lead: (showId) =>
    inTransaction(dialect, queries, async (session) => {
      const { generation } = await lockRoom(session, showId)
      const update = 'UPDATE waiting_rooms SET generation = ? WHERE show_id = ?'
      await session.change(update, [generation + 1, showId])
      return generation + 1
    }),

  admit: (request) => inTransaction(dialect, batches, (session) => admit(session, request)),

  async lastAdmission(showId, userId) {
    const admission = await queries('admissions')
      .where({ show_id: showId, user_id: userId })
      .orderBy('number', 'desc')
      .first(queries.raw(admissionFields))
    return admission ?? null
  },

  async end(showId, number, at) {
    await queries('admissions')
      .where({ show_id: showId, number, ended_at: null })
      .update({
        ended_at: at,
        ends_at: queries.raw('CASE WHEN ends_at > ? THEN ? ELSE ends_at END', [at, at]),
      })
  },

  async draw(showId) {
    const row = await queries('draws')
      .join('waiting_rooms', 'waiting_rooms.show_id', 'draws.show_id')
      .where('draws.show_id', showId)
      .where((drawn) => drawn.where('is_lottery', true).orWhereNotNull('drawn_at'))
      .first('draws.*')
    return row === undefined ? null : drawFrom(row)
  },
  writeCrowd: (showId, generation, turns) =>
    inTransaction(dialect, queries, async (session) => {
      assertLeads(await lockRoom(session, showId), generation)
      await writeCrowd(session, showId, generation, turns)
    }),
  freeze: (request) =>
    inTransaction(dialect, queries, async (session) => {
      const { showId, generation, policy } = request
      const room = await lockRoom(session, showId)
      assertLeads(room, generation)
      const before = await drawOf(session, showId)
      if (before === null || before.drawn !== null) return before
      return room.policy_version === policy.version ? freeze(session, request) : null
    }),

  async writeForecasts(showId, forecasts) {
    const rows = forecasts.map(({ toldAt, lot, dueAt, metAt }) => ({
      show_id: showId,
      told_at: toldAt,
      lot,
      due_at: dueAt,
      met_at: metAt,
    }))
    await queries('forecasts').insert(rows).onConflict(['show_id', 'told_at']).ignore()
  },
  async forecasts(showId, limit) {
    return queries('forecasts')
      .where({ show_id: showId })
      .orderBy('met_at', 'desc')
      .limit(limit)
      .select({ lot: 'lot', toldAt: 'told_at', dueAt: 'due_at', metAt: 'met_at' })
  },
})

const settingColumns = ['rate_per_second', 'admitted_max', 'session_ttl_ms', 'is_lottery', 'follows_stock']
const settingValues = (settings: InletSettings): (number | string)[] => [
  ...[settings.ratePerSecond, settings.admittedMax, settings.sessionTtlMs],
  ...[Number(settings.isLottery), Number(settings.followsStock)],
]

async function lockRoom(session: Session, showId: string): Promise<RoomRow> {
  const [room] = await session.rows<RoomRow>(
    `SELECT * FROM waiting_rooms WHERE show_id = ?${session.dialect.forUpdate}`,
    [showId],
  )
  assert(room, `the waiting room of ${showId} is on record`)
  return room
}

/** Once the sale has opened, somebody was let in, or the crowd was drawn. */
const isLotterySettled = async (session: Session, room: RoomRow): Promise<boolean> =>
  Boolean(room.has_opened) ||
  room.serving > 0 ||
  ((await drawOf(session, room.show_id))?.drawn ?? null) !== null

async function markOpened(session: Session, room: RoomRow): Promise<RoomRow> {
  if (room.has_opened) return room
  await session.change('UPDATE waiting_rooms SET has_opened = 1 WHERE show_id = ?', [room.show_id])
  return { ...room, has_opened: 1 }
}

async function grantNext(session: Session, room: RoomRow): Promise<NumberRange> {
  const { numberRangeMin, numberRangeMax } = limits
  const granted = room.granted_through
  const size = Math.min(Math.max(Math.ceil(granted / 4), numberRangeMin), numberRangeMax)
  const through = granted + size
  const update = 'UPDATE waiting_rooms SET granted_through = ? WHERE show_id = ?'
  await session.change(update, [through, room.show_id])
  return { from: granted + 1, through }
}

/** With what a hold makes of them: a user's last one, if nobody has ended it, lasts as long as the hold, past its own end, too. */
async function runningSessions(session: Session, showId: string, now: number): Promise<readonly Admission[]> {
  const asAdmitted = await session.rows<Admission>(
    `SELECT ${admissionFields} FROM admissions WHERE show_id = ? AND ends_at > ?`,
    [showId, now],
  )
  const prolonged = await session.rows<Admission>(
    `SELECT number, admissions.user_id AS userId, admitted_at AS admittedAt, MAX(deadline) AS endsAt,
        issued_through AS issuedThrough
      FROM admissions JOIN reservations ON reservations.user_id = admissions.user_id
        AND reservations.show_id = admissions.show_id AND created_at >= admitted_at
      WHERE admissions.show_id = ? AND ended_at IS NULL AND deadline > ?
        AND NOT EXISTS (SELECT 1 FROM admissions AS later WHERE later.show_id = admissions.show_id
          AND later.user_id = admissions.user_id AND later.number > admissions.number)
      GROUP BY number, admissions.user_id, admitted_at, issued_through ORDER BY number`,
    [showId, now],
  )
  const byUser = new Map(asAdmitted.map((admission) => [admission.userId, admission]))
  for (const admission of prolonged) {
    const { number, endsAt } = byUser.get(admission.userId) ?? admission
    if (number <= admission.number)
      byUser.set(admission.userId, { ...admission, endsAt: Math.max(endsAt, admission.endsAt) })
  }
  return [...byUser.values()]
}

async function admit(session: Session, request: AdmissionRequest): Promise<readonly Admission[] | null> {
  const { showId, generation, policy, turns, lapsed, now } = request
  const room = await lockRoom(session, showId)
  assertLeads(room, generation)
  if (room.policy_version !== policy.version) return null

  const earlier = await lastAdmissions(session, showId, turns)
  const isUsedUp = ({ userId, number }: Turn) => number <= (earlier.get(userId)?.issuedThrough ?? 0)
  const begun = turns.filter((turn) => !isUsedUp(turn)).map((turn) => begin(turn, request))
  await writeAdmissions(session, showId, begun)
  const end = 'UPDATE admissions SET ends_at = ? WHERE show_id = ? AND ends_at > ? AND number IN'
  const ended = await changeIn(session, end, lapsed, [now, showId, now])
  const serving = Math.max(room.serving, request.serving)
  await session.change(
    `UPDATE waiting_rooms SET serving = ?, admitted_total = admitted_total + ?, no_shows = no_shows + ?
      WHERE show_id = ?`,
    [serving, begun.length, ended, showId],
  )

  const stood = turns.filter(isUsedUp).flatMap(({ userId }) => earlier.get(userId) ?? [])
  return [...stood, ...begun]
}

function assertLeads({ show_id: showId, generation: leading }: RoomRow, generation: number): void {
  if (leading !== generation)
    throw new FencedOut(`the inlet of ${showId} is led by generation ${leading}, not ${generation}`)
}

function begin({ userId, number }: Turn, { issued, policy, now }: AdmissionRequest): Admission {
  assert(number <= issued, `number ${number} was issued`)
  return { number, userId, admittedAt: now, endsAt: now + policy.sessionTtlMs, issuedThrough: issued }
}

async function lastAdmissions(
  session: Session,
  showId: string,
  turns: readonly Turn[],
): Promise<ReadonlyMap<string, Admission>> {
  const found = await selectIn<Admission>(
    session,
    `SELECT ${admissionFields} FROM admissions WHERE show_id = ? AND user_id IN`,
    turns.map(({ userId }) => userId),
    { bindings: [showId], ending: 'ORDER BY number' },
  )
  return new Map(found.map((admission) => [admission.userId, admission]))
}

async function writeAdmissions(
  session: Session,
  showId: string,
  admissions: readonly Admission[],
): Promise<void> {
  const columns = ['show_id', 'number', 'user_id', 'admitted_at', 'ends_at', 'issued_through']
  const rows = admissions.map(({ number, userId, admittedAt, endsAt, issuedThrough }) => [
    ...[showId, number, userId, admittedAt, endsAt, issuedThrough],
  ])
  await insertRows(session, 'admissions', columns, rows)
}

const recordOf = (row: RoomRow): RoomRecord => ({
  showId: row.show_id,
  policy: policyOf(row),
  hasOpened: Boolean(row.has_opened),
  serving: row.serving,
  generation: row.generation,
  admittedTotal: row.admitted_total,
  noShows: row.no_shows,
})

const policyOf = (row: RoomRow): InletPolicy => ({
  ratePerSecond: row.rate_per_second,
  admittedMax: row.admitted_max,
  sessionTtlMs: row.session_ttl_ms,
  isLottery: Boolean(row.is_lottery),
  followsStock: Boolean(row.follows_stock),
  isPaused: Boolean(row.is_paused),
  version: row.policy_version,
})
