// A look at running reservations: each statement bounded by a key range and a limit, on the indices that the sale has
// anyway. The journal is looked through backwards along its primary key, a stretch of positions at a time.
import type { Knex } from 'knex'
import { openEntry } from '../../engine/journal.ts'
import { limits } from '../../engine/limits.ts'
import type { EntryFilter, Inspection, ShowCount, StateCount } from '../../engine/ports.ts'
import { journalRows, parkedCommands, reservationRows, type StoredRecord } from '../master/records.ts'

const showsPerCount = 100

export const inspection = (knex: Knex): Inspection => ({
  async countReservations(partition) {
    const showIds: string[] = await knex('show_heads')
      .where({ partition_id: partition })
      .where('position', '>', 0)
      .pluck('show_id')
    const counts: ShowCount[] = []
    for (let next = 0; next < showIds.length; next += showsPerCount)
      counts.push(...(await countShowsOf(knex, showIds.slice(next, next + showsPerCount))))
    return counts
  },

  async countShows() {
    const records = await knex('show_heads')
      .groupBy('state', 'machine_version')
      .select({ state: 'state', machineVersion: 'machine_version', count: knex.raw('COUNT(*)') })
    return records.map(stateCount)
  },

  decidedShows: (limit) =>
    knex('show_heads')
      .where('position', '>', 0)
      .orderBy('position', 'desc')
      .limit(limit)
      .select({ showId: 'show_id', position: 'position' }),

  async recentEntries(showId, filter, limit, from) {
    const end = from ?? (await endOf(knex, showId)) + 1
    const start = Math.max(0, end - 1 - limits.inspectionDepthMax)
    const records: readonly StoredRecord[] = await knex('journal')
      .where({ show_id: showId })
      .where('position', '<', end)
      .where('position', '>', start)
      .modify((query) => {
        // So that little of what does not match leaves the database; what does match is decided below.
        for (const [member, name] of Object.entries(wanted(filter)))
          query.where('entry', 'like', `%"${member}":"${name}"%`)
        if (filter.isRedriven) query.where('entry', 'like', '%"redriveOf":"%')
      })
      .orderBy('position', 'desc')
      .limit(limit)
      .select(journalRows.columns)
    const rows = records.map(journalRows.read)
    const last = rows.at(-1)
    return {
      rows: rows.filter((row) => matches(filter, row.entry)),
      through: rows.length === limit && last !== undefined ? last.position : start + 1,
    }
  },

  async positionAt(showId, at) {
    let before = 0
    let after = (await endOf(knex, showId)) + 1
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      const record = await knex('journal').where({ show_id: showId, position: middle }).first('entry')
      if (record !== undefined && entryOf(record.entry).decidedAt <= at) before = middle
      else after = middle
    }
    return before
  },

  async reservations(ids) {
    const records = await knex('reservations').whereIn('id', ids).select(reservationRows.columns)
    return records.map(reservationRows.read)
  },

  async heldUntil(until, limit) {
    const partitions: number[] = await knex('partitions').pluck('id')
    // A range of the sweep's index each; a query of its own, so that each may have a limit.
    const earliest = partitions.map((partition) =>
      knex
        .select('*')
        .from(
          knex('reservations')
            .where({ partition_id: partition })
            .where('deadline', '<=', until)
            .orderBy('deadline')
            .limit(limit)
            .select(reservationRows.columns)
            .as(`held_${partition}`),
        ),
    )
    const records: readonly StoredRecord[] = await knex.unionAll(earliest).orderBy('deadline').limit(limit)
    return records.map(reservationRows.read)
  },

  async entriesOf(subjectId, limit) {
    const records = await knex('journal')
      .where({ subject_id: subjectId })
      .orderBy('position')
      .limit(limit)
      .select(journalRows.columns)
    return records.map(journalRows.read)
  },

  async newestParked(limit) {
    const records = await knex('parked')
      .orderBy('sequence', 'desc')
      .limit(limit)
      .select(parkedCommands.columns)
    return records.map(parkedCommands.read)
  },
})

async function endOf(knex: Knex, showId: string): Promise<number> {
  const head = await knex('show_heads').where({ show_id: showId }).first('position')
  return head?.position ?? 0
}

/** One statement, so that positions and counts are of the same moment. */
async function countShowsOf(knex: Knex, showIds: readonly string[]): Promise<ShowCount[]> {
  const heads = knex('show_heads')
    .whereIn('show_id', showIds)
    .select('show_id', 'position', knex.raw('NULL AS state'), knex.raw('0 AS machine_version'))
    .select(knex.raw('0 AS reservations'))
  // A reservation's id begins with its show and a dot: a range of the primary key.
  const reservations = knex('reservations')
    .where((ofShows) => {
      for (const showId of showIds) ofShows.orWhereBetween('id', [`${showId}.`, `${showId}/`])
    })
    .groupBy('show_id', 'state', 'machine_version')
    .select('show_id', knex.raw('0 AS position'), 'state', 'machine_version')
    .select(knex.raw('COUNT(*) AS reservations'))
  const records: readonly CountRecord[] = await heads.unionAll([reservations])
  return records
    .filter(({ state }) => state === null)
    .map(({ show_id: showId, position }) => ({
      showId,
      position: Number(position),
      reservations: records
        .filter((record) => record.show_id === showId && record.state !== null)
        .map((record) => ({
          state: String(record.state),
          machineVersion: Number(record.machine_version),
          count: Number(record.reservations),
        })),
    }))
}

interface CountRecord {
  readonly show_id: string
  readonly position: number
  /** Null in the row of a show's head. */
  readonly state: string | null
  readonly machine_version: number
  readonly reservations: number
}

const stateCount = (record: { state: string; machineVersion: number; count: unknown }): StateCount => ({
  ...record,
  count: Number(record.count),
})

/** The members of an entry that the filter names, as they stand in its text. */
const wanted = ({ machine, from, to, event: type, code }: EntryFilter): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ machine, from, to, type, code }).flatMap(([member, name]) =>
      name === undefined ? [] : [[member, name]],
    ),
  )

function matches({ machine, from, to, event, code, isRedriven }: EntryFilter, text: string): boolean {
  const entry = entryOf(text)
  const isWanted = (name: string | undefined, found: string | null) => name === undefined || name === found
  return (
    isWanted(machine, entry.machine) &&
    isWanted(from, entry.from) &&
    isWanted(to, entry.to) &&
    isWanted(event, entry.event.type) &&
    isWanted(code, entry.code) &&
    (isRedriven === undefined || entry.redriveOf !== undefined)
  )
}

const entryOf = (entry: string) => openEntry({ entry } as Parameters<typeof openEntry>[0])
