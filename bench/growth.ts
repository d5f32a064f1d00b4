// `npm run bench -- growth`: the rate on an empty database and on one that has decided much before, in turns.
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { catchUp } from '../ops/servers/mariadb.ts'
import { type Servers, startServers } from '../ops/servers/start.ts'
import { type Holdfast, startHoldfast } from './contenders/holdfast.ts'
import { buying, type Errand, holding } from './journeys.ts'
import { type LoadOptions, measure, warmingSeconds } from './load/measure.ts'
import { median } from './median.ts'
import { optionsOf } from './options.ts'
import { keepResults } from './results.ts'

export interface GrowthResults {
  readonly reservations: number
  readonly entries: number
  readonly connections: number
  /** Of the rate on an empty database, the median of the rounds'. */
  readonly share: number
  readonly rates: readonly { readonly empty: number; readonly grown: number }[]
  /** ms for one buyer at a time, from POST to paid. */
  readonly oneByOne: { readonly empty: number; readonly grown: number }
}

export async function run(options: readonly string[]): Promise<void> {
  const given = optionsOf('growth', options, {
    reservations: 1_000_000,
    entries: 5_000_000,
    seconds: 5,
    rounds: 5,
    connections: 128,
  })
  const { reservations, entries, seconds, connections } = given
  const servers = [await startServers(), await startServers()] as const
  try {
    const empty = await startHoldfast({ servers: servers[0], shows })
    const grown = await startHoldfast({ servers: servers[1], shows })
    await fill(servers[1], reservations, entries)
    const visits = new Map<Holdfast, number>()
    const turn = async (
      holdfast: Holdfast,
      errand: Errand,
      load: Pick<LoadOptions, 'connections' | 'seconds'>,
    ) => {
      const from = visits.get(holdfast) ?? 0
      const { port } = holdfast
      const { journey, success } = errand
      const measured = await measure(journey, { port, from, journeysMax: 50_000, success, ...load })
      visits.set(holdfast, from + measured.journeys)
      return measured
    }
    const rate = async (holdfast: Holdfast, duration: number) =>
      (await turn(holdfast, holding(holdfast), { connections, seconds: duration })).perSecond
    for (const holdfast of [empty, grown]) await rate(holdfast, warmingSeconds)
    const rates: { empty: number; grown: number }[] = []
    for (let round = 0; round < given.rounds; round++) {
      rates.push({ empty: await rate(empty, seconds), grown: await rate(grown, seconds) })
      const { empty: before, grown: after } = rates.at(-1) ?? { empty: 0, grown: 0 }
      console.error(`round ${round + 1}: empty ${before.toFixed(0)}, grown ${after.toFixed(0)} holds/s`)
    }
    const share = median(rates.map((each) => each.grown / each.empty))
    console.log(
      `With ${reservations} reservations and ${entries} journal entries the rate is ${(share * 100).toFixed(0)}% of that on an empty database.`,
    )
    // A statement about one row may read other ways than one about a batch's.
    const alone = async (holdfast: Holdfast) =>
      (await turn(holdfast, buying(holdfast), { connections: 1, seconds })).p50
    const oneByOne = { empty: await alone(empty), grown: await alone(grown) }
    console.log(
      `One buyer at a time holds and pays in ${oneByOne.grown.toFixed(1)} ms, on an empty database in ${oneByOne.empty.toFixed(1)} ms.`,
    )
    const results: GrowthResults = { reservations, entries, connections, share, rates, oneByOne }
    keepResults('growth', results)
    await Promise.all([empty.stop(), grown.stop()])
  } finally {
    for (const each of servers) await each.stop()
  }
}

/** More seats than the turns take. */
const shows = 8

const rowsPerInsert = 50_000

/**
 * What an earlier show has left behind: reservations, their seats and their decisions, in the order of their making. On
 * master and replica alike, each by itself and past the binary log, and with the indexes made anew at the end: some minutes
 * where single rows would take hours.
 */
async function fill(
  { master, masterUrl, replica, replicaUrl }: Servers,
  reservations: number,
  entries: number,
) {
  const entriesEach = Math.max(1, Math.round(entries / reservations))
  console.error(
    `Filling the tables with ${reservations} reservations and ${reservations * entriesEach} entries …`,
  )
  await master.asRoot("GRANT BINLOG ADMIN, READ ONLY ADMIN ON *.* TO holdfast@'%'")
  await catchUp(replica, master)
  await Promise.all([masterUrl, replicaUrl].map((url) => fillOne(url, reservations, entriesEach)))
}

async function fillOne(url: string, reservations: number, entriesEach: number): Promise<void> {
  const database = await createConnection(url)
  await database.query('SET SESSION sql_log_bin = 0')
  const indexes = await dropIndexes(database, ['reservations', 'journal'])
  const id = "CONCAT('past.', LEFT(SHA2(seq, 256), 16), '.', RIGHT(SHA2(seq, 256), 16))"
  const entry = JSON.stringify({ showId: 'past', event: { type: 'extend' }, text: 'x'.repeat(700) })
  for (let from = 1; from <= reservations; from += rowsPerInsert) {
    const through = Math.min(from + rowsPerInsert - 1, reservations)
    await database.query(
      `INSERT INTO reservations (id, show_id, partition_id, user_id, state, seq, machine_version, seat_count, deadline,
        context, created_at, updated_at)
      SELECT ${id}, 'past', 0, CONCAT('past-', seq % 200000), 'paid', 5, 1, 1, NULL, '{"seats":[]}', seq, seq
      FROM seq_${from}_to_${through} ORDER BY 1`,
    )
    await database.query(
      `INSERT INTO taken_seats (show_id, seat_id, status, reservation_id)
      SELECT 'past', CONCAT('seat-', LPAD(seq, 7, '0')), 'sold', ${id} FROM seq_${from}_to_${through}`,
    )
    const first = (from - 1) * entriesEach + 1
    await database.query(
      `INSERT INTO journal (show_id, position, command_id, subject_id, seq, entry, hash)
      SELECT 'past', seq, LEFT(SHA2(CONCAT('command', seq), 256), 24), CONCAT('past.', LEFT(SHA2(seq DIV ${entriesEach}, 256), 33)),
        seq % ${entriesEach}, ?, UNHEX(SHA2(seq, 256))
      FROM seq_${first}_to_${through * entriesEach}`,
      [entry],
    )
  }
  console.error('Making the indexes …')
  for (const [table, keys] of indexes)
    await database.query(`ALTER TABLE ${table} ${keys.map((key) => `ADD ${key}`).join(', ')}`)
  await database.end()
}

/** @returns how they were defined, by table */
async function dropIndexes(database: Connection, tables: readonly string[]): Promise<Map<string, string[]>> {
  const dropped = new Map<string, string[]>()
  for (const table of tables) {
    const [[row]] = await database.query<RowDataPacket[]>(`SHOW CREATE TABLE ${table}`)
    const definition: string = row?.['Create Table'] ?? ''
    const keys = [...definition.matchAll(/^ *((?:UNIQUE )?KEY `(\w+)` \(.*\))/gm)]
    await database.query(`ALTER TABLE ${table} ${keys.map(([, , name]) => `DROP KEY ${name}`).join(', ')}`)
    dropped.set(
      table,
      keys.map(([, key = '']) => key),
    )
  }
  return dropped
}
