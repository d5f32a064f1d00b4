// What differs between SQLite and MySQL (8.4 or later; MariaDB 10.11 or later), both sides of each difference side
// by side. Everything else in the adapters of master and replica is the same code on all of them.
import type { Socket } from 'node:net'
import type Sqlite from 'better-sqlite3'
import type { Knex } from 'knex'
import type { Connection, ResultSetHeader } from 'mysql2'
import { Transient } from '../../engine/failures.ts'
import { systemClock } from '../clock/system.ts'
import { isDuplicateInMysql, isDuplicateInSqlite, isTransientInMysql, isTransientInSqlite } from './errors.ts'
import { textOf } from './mysql-text.ts'
import { examineMysqlMaster, examineMysqlReplica, type Findings, soundFindings } from './requirements.ts'

/** What a pool of connections is for. */
export type Role = 'batches' | 'queries' | 'lookups' | 'migrations'

export interface Result {
  readonly rows: readonly unknown[]
  /** Rows that a change found, whether or not their values differ from before. */
  readonly affected: number
}

export interface Statement {
  readonly sql: string
  readonly bindings: readonly unknown[]
}

export interface Dialect {
  /** A pool's settings; `url` is `sqlite:<file>` or `mysql://…`. */
  configure(url: string, role: Role): Knex.Config
  /** All that writes shares one connection: whoever asks for another while holding it waits in vain. */
  readonly hasOneWriter: boolean
  /** DDL is undone by a rollback. */
  readonly hasTransactionalDdl: boolean

  execute(connection: unknown, sql: string, bindings: readonly unknown[]): Promise<Result>
  /** One after the other, on one trip where the connection takes them so; after one that fails, none behind it. */
  executeAll(connection: unknown, statements: readonly Statement[]): Promise<readonly Result[]>
  /** Makes the pool drop the connection: nobody knows what state it is in. */
  discard(connection: unknown): void

  readonly begin: string
  readonly forUpdate: string
  /** How many of `rows` rows go into one statement. */
  rowsPerStatement(rows: number): number
  /** `tuples` as the right side of `(a, b) IN …`. */
  tupleList(tuples: string): string
  /** The end of an insert that leaves a row alone whose `key` is there already. */
  orKeep(key: string): string
  /**
   * Sets the columns of rows that exist, found by the first column; each must change a value. Such a row counts
   * `affectedPerUpdate` times, one that does not exist some other number of times.
   */
  updateRows(table: string, columns: readonly string[], tuples: string): string
  readonly affectedPerUpdate: number

  /** Compares keys byte by byte, blanks at the end included. */
  exactCollation(knex: Knex): Promise<string>
  indexNames(knex: Knex, table: string): Promise<readonly string[]>
  /** One server at a time; a server that dies inside lets go. */
  withMigrationLock<T>(knex: Knex, work: () => Promise<T>): Promise<T>

  isTransient(error: unknown): boolean
  isDuplicate(error: unknown): boolean
  /** @throws {Transient} where nothing can be written now */
  assertWritable(knex: Knex): Promise<void>
  /** What its clock shows, in ms since the epoch. */
  timeMs(knex: Knex): Promise<number>
  /** Where a master stands: all that was committed before is at or before it. Empty where it does not say. */
  commitPoint(knex: Knex): Promise<string>
  /** Whether a replica has everything up to there, or gets it within `timeoutMs`. */
  hasReached(knex: Knex, commitPoint: string, timeoutMs: number): Promise<boolean>
  examineMaster(knex: Knex): Promise<Findings>
  examineReplica(knex: Knex): Promise<Findings>
}

export function dialectOf(url: string): Dialect {
  if (url.startsWith('sqlite:')) return sqlite
  if (url.startsWith('mysql:')) return mysql
  throw new Error('the URL of a database begins with sqlite: or mysql:')
}

/** Knex prints what it also throws; its messages hold the values of a statement unless told otherwise. */
const discreet = {
  compileSqlOnError: false,
  log: { warn() {}, error() {}, deprecate() {}, debug() {} },
} satisfies Partial<Knex.Config>

// ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────

/** Waiting for another process blocks the whole event loop, and whoever may try again does. */
const busyTimeoutMs = 50
const statementsKept = 256
const statements = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>()

/** Preparing takes longer than running; bulk statements come in few sizes, see `rowsPerStatement`. */
function prepared(connection: Sqlite.Database, sql: string): Sqlite.Statement {
  const known = statements.get(connection) ?? new Map<string, Sqlite.Statement>()
  statements.set(connection, known)
  const statement = known.get(sql) ?? connection.prepare(sql)
  known.set(sql, statement)
  const [oldest] = known.keys()
  if (known.size > statementsKept && oldest !== undefined) known.delete(oldest)
  return statement
}

const sqlite: Dialect = {
  configure: (url, role) => ({
    ...discreet,
    client: 'better-sqlite3',
    connection: {
      filename: url.slice('sqlite:'.length),
      ...(role === 'lookups' ? { options: { readonly: true } } : {}),
    },
    useNullAsDefault: true,
    acquireConnectionTimeout: 10_000,
    pool: {
      min: 1,
      max: 1,
      validate: (connection: Sqlite.Database) => connection.open,
      afterCreate(connection: Sqlite.Database, done: () => void) {
        connection.pragma(`busy_timeout = ${busyTimeoutMs}`)
        if (role !== 'lookups') connection.pragma('journal_mode = WAL')
        connection.pragma('synchronous = FULL')
        connection.pragma('foreign_keys = ON')
        done()
      },
    },
  }),
  hasOneWriter: true,
  hasTransactionalDdl: true,

  async execute(connection, sql, bindings) {
    const statement = prepared(connection as Sqlite.Database, sql)
    if (statement.reader) return { rows: statement.all(bindings), affected: 0 }
    return { rows: [], affected: statement.run(bindings).changes }
  },
  async executeAll(connection, statements) {
    const results: Result[] = []
    for (const { sql, bindings } of statements) results.push(await sqlite.execute(connection, sql, bindings))
    return results
  },
  discard: (connection) => void (connection as Sqlite.Database).close(),

  // A transaction that begins as a reader may fail when it first writes.
  begin: 'BEGIN IMMEDIATE',
  forUpdate: '',
  rowsPerStatement: (rows) => Math.min(64, 2 ** Math.floor(Math.log2(rows))),
  tupleList: (tuples) => `(VALUES ${tuples})`,
  orKeep: (key) => `ON CONFLICT (${key}) DO NOTHING`,
  updateRows: (table, columns, tuples) => `
    WITH changed (${columns.join()}) AS (VALUES ${tuples})
    UPDATE ${table} SET ${columns.map((column) => `${column} = changed.${column}`).join()}
    FROM changed WHERE ${table}.${columns[0]} = changed.${columns[0]}`,
  affectedPerUpdate: 1,

  exactCollation: async () => 'BINARY',
  indexNames: (knex, table) => knex('sqlite_master').where({ type: 'index', tbl_name: table }).pluck('name'),
  // All of the DDL is one transaction, and so is Knex's own lock.
  withMigrationLock: (_, work) => work(),

  isTransient: isTransientInSqlite,
  isDuplicate: isDuplicateInSqlite,
  assertWritable: async (knex) => void (await knex.raw('SELECT 1')),
  timeMs: async () => systemClock.now(),
  // A file has no replica: whoever reads it reads what was committed last.
  commitPoint: async () => 'here',
  hasReached: async () => true,
  examineMaster: async () => soundFindings,
  examineReplica: async () => soundFindings,
}

// ── MySQL, MariaDB ────────────────────────────────────────────────────────────────────────────────────────

/**
 * For a list of some thousand keys the optimizer runs out of memory, and reads and locks the whole table; and the text of so
 * many rows of the journal is far below the 16 MB that MariaDB takes at once.
 */
const rowsPerStatementMax = 1_000
const migrationLockWaitSeconds = 60
/** A server that says nothing for so long while it is asked something is taken for lost. */
const silenceMaxMs = 10_000

/**
 * `sessionSeconds`: the server ends a session that is idle for longer, also inside a transaction, so that a process that
 * was put to sleep does not keep the locks that its successor needs. `idleMs`: our pool ends it before that. `tableLockWaitSeconds`: a
 * migration that waits for a transaction that has its table makes all others wait behind it, and so gives way before they do.
 */
const pools: Readonly<
  Record<
    Role,
    {
      max: number
      lockWaitSeconds: number
      tableLockWaitSeconds: number
      sessionSeconds: number
      idleMs: number
    }
  >
> = {
  batches: { max: 16, lockWaitSeconds: 2, tableLockWaitSeconds: 5, sessionSeconds: 5, idleMs: 2_500 },
  queries: { max: 10, lockWaitSeconds: 3, tableLockWaitSeconds: 5, sessionSeconds: 30, idleMs: 8_000 },
  lookups: { max: 10, lockWaitSeconds: 3, tableLockWaitSeconds: 5, sessionSeconds: 30, idleMs: 8_000 },
  migrations: { max: 2, lockWaitSeconds: 60, tableLockWaitSeconds: 1, sessionSeconds: 3_600, idleMs: 8_000 },
}

const mysql: Dialect = {
  configure: (url, role) => ({
    ...discreet,
    client: 'mysql2',
    // Statements on one trip are for the batches alone, whose text is made here and whose values are all bound.
    connection: { uri: url, connectTimeout: 3_000, multipleStatements: role === 'batches' },
    acquireConnectionTimeout: 3_000,
    pool: {
      min: 0,
      max: pools[role].max,
      idleTimeoutMillis: pools[role].idleMs,
      afterCreate(connection: MysqlConnection, done: (error?: unknown) => void) {
        beginSession(connection, role).then(() => done(), done)
      },
    },
  }),
  hasOneWriter: false,
  hasTransactionalDdl: false,

  execute: async (connection, sql, bindings) => resultOf(await query(connection, textOf(sql, bindings))),
  async executeAll(connection, statements) {
    const texts = statements.map(({ sql, bindings }) => textOf(sql, bindings))
    if (texts.length === 1 || !(connection as MysqlConnection).config.multipleStatements) {
      const results: Result[] = []
      for (const text of texts) results.push(resultOf(await query(connection, text)))
      return results
    }
    return ((await query(connection, texts.join(';'))) as unknown[]).map(resultOf)
  },
  discard: (connection) => (connection as Connection).destroy(),

  begin: 'START TRANSACTION',
  forUpdate: ' FOR UPDATE',
  rowsPerStatement: (rows) => Math.min(rows, rowsPerStatementMax),
  tupleList: (tuples) => `(${tuples})`,
  orKeep: (key) => `ON DUPLICATE KEY UPDATE ${key} = ${key}`,
  // An update from a list, spelled as the one upsert that MySQL and MariaDB both know.
  updateRows: (table, columns, tuples) => `
    INSERT INTO ${table} (${columns.join()}) VALUES ${tuples}
    ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join()}`,
  affectedPerUpdate: 2,

  async exactCollation(knex) {
    const [[{ version }]] = await knex.raw('SELECT VERSION() AS version')
    return version.includes('MariaDB') ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
  },
  async indexNames(knex, table) {
    const rows = await knex('information_schema.statistics')
      .where({ table_name: table })
      .whereRaw('table_schema = DATABASE()')
      .distinct({ name: 'index_name' })
    return rows.map(({ name }) => name)
  },
  async withMigrationLock(knex, work) {
    const name = "CONCAT('holdfast ', LEFT(SHA2(DATABASE(), 256), 32))"
    const connection = await knex.client.acquireConnection()
    try {
      const lock = `SELECT GET_LOCK(${name}, ${migrationLockWaitSeconds}) AS taken`
      const { rows } = await mysql.execute(connection, lock, [])
      if ((rows[0] as { taken: number | null }).taken !== 1)
        throw new Transient(`another server has been migrating for ${migrationLockWaitSeconds} s`)
      // Left behind by a server that died while it migrated: now nobody else can be at it.
      await knex.migrate.forceFreeMigrationsLock()
      return await work()
    } finally {
      // The lock ends with its session.
      mysql.discard(connection)
      await knex.client.releaseConnection(connection)
    }
  },

  isTransient: isTransientInMysql,
  isDuplicate: isDuplicateInMysql,
  async assertWritable(knex) {
    const [[{ readOnly }]] = await knex.raw('SELECT @@GLOBAL.read_only AS readOnly')
    if (Number(readOnly) !== 0) throw new Transient('the master is read-only')
  },
  async timeMs(knex) {
    // Without a time zone, whose hours may come twice.
    const sql = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) AS us"
    const [[{ us }]] = await knex.raw(sql)
    return Number(us) / 1_000
  },
  async commitPoint(knex) {
    const [[{ gtid }]] = await knex.raw(
      `SELECT ${onMariadb('@@GLOBAL.gtid_binlog_pos')} ${onMysql('@@GLOBAL.gtid_executed')} AS gtid`,
    )
    return String(gtid).replaceAll('\n', '')
  },
  async hasReached(knex, commitPoint, timeoutMs) {
    if (commitPoint === '') return false
    const [[{ outcome }]] = await knex.raw(
      `SELECT ${onMariadb('MASTER_GTID_WAIT(')} ${onMysql('WAIT_FOR_EXECUTED_GTID_SET(')} ?, ?) AS outcome`,
      [commitPoint, timeoutMs / 1_000],
    )
    return outcome === 0
  },
  examineMaster: examineMysqlMaster,
  examineReplica: examineMysqlReplica,
}

const query = (connection: unknown, text: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    // Without values, not even none of them, the driver does not look through the text for places to put them.
    const query = { sql: text, values: null }
    ;(connection as Connection).query(query, (error, result) => (error ? reject(error) : resolve(result)))
  })

const resultOf = (result: unknown): Result =>
  Array.isArray(result)
    ? { rows: result, affected: 0 }
    : { rows: [], affected: (result as ResultSetHeader).affectedRows }

/** Comments of which each of the two reads its own as code. */
const onMariadb = (sql: string): string => `/*M! ${sql} */`
const onMysql = (sql: string): string => `/*!80000 ${sql} */`

type MysqlConnection = Connection & {
  readonly stream: Socket
  readonly config: { readonly multipleStatements: boolean }
}

async function beginSession(connection: MysqlConnection, role: Role): Promise<void> {
  const { lockWaitSeconds, tableLockWaitSeconds, sessionSeconds } = pools[role]
  // The pool takes its listeners off a connection that it gives up, and the goodbye to a server that is frozen fails later.
  connection.stream.prependListener('error', () => {
    if (connection.listenerCount('error') === 0) connection.on('error', () => {})
  })
  if (role !== 'migrations')
    connection.stream.setTimeout(silenceMaxMs, () =>
      connection.stream.destroy(new Transient(`the server said nothing for ${silenceMaxMs} ms`)),
    )
  // Under REPEATABLE READ a lock on a missing row blocks inserts that have nothing to do with it.
  await mysql.execute(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', [])
  await mysql.execute(
    connection,
    `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
      innodb_lock_wait_timeout = ?, lock_wait_timeout = ?, wait_timeout = ?`,
    [lockWaitSeconds, tableLockWaitSeconds, sessionSeconds],
  )
}
