// Which errors of the databases may pass by themselves, and which say that a row is there already.

/** Objection wraps the driver's error. */
const codesOf = (error: unknown): { code?: unknown; errno?: unknown; fatal?: unknown; name?: unknown } => {
  const wrapped = error as { nativeError?: unknown } | null
  return Object(wrapped?.nativeError ?? error)
}

/** The pool had no connection in time: whoever holds them may be done soon. */
const isPoolTimeout = (error: unknown): boolean => codesOf(error).name === 'KnexTimeoutError'

const transientInSqlite = /^SQLITE_(BUSY|LOCKED|PROTOCOL|FULL)/

export const isTransientInSqlite = (error: unknown): boolean =>
  isPoolTimeout(error) || transientInSqlite.test(String(codesOf(error).code))

export const isDuplicateInSqlite = (error: unknown): boolean =>
  /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)$/.test(String(codesOf(error).code))

const transientInMysql: ReadonlySet<unknown> = new Set([
  1020, // record has changed since last read (MariaDB's snapshot isolation)
  1021, // disk full
  1026, // error on write: the disk is full, most likely
  1040, // too many connections
  1053, // server shutdown in progress
  1114, // table is full, or the disk
  1152, // aborting connection
  1158, // network: reading
  1159, // network: reading, timed out
  1160, // network: writing
  1161, // network: writing, timed out
  1180, // error during COMMIT
  1184, // aborting new connection
  1203, // too many connections of this user
  1205, // lock wait timed out
  1213, // deadlock
  1226, // a limit of this user's
  1290, // read-only server
  1317, // query interrupted
  1637, // too many transactions
  1792, // read-only transaction
  1836, // read-only mode
  1927, // connection killed (MariaDB)
  1969, // statement timed out (MariaDB)
  3024, // statement timed out
  3101, // rolled back by the group
  4031, // idle for too long
])

/** Wrong from the start, and a fatal error of the connection all the same. */
const misconfiguredInMysql: ReadonlySet<unknown> = new Set([
  1044, // access to the schema denied
  1045, // access denied
  1049, // no such schema
  1251, // authentication protocol not supported
  1698, // access denied, without a password
])

const networkCodes =
  /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_SEQUENCE_TIMEOUT|EAI_AGAIN|ENOTFOUND|ECONN\w+|E(HOST|NET)UNREACH|EPIPE|ETIMEDOUT)$/

export function isTransientInMysql(error: unknown): boolean {
  const { code, errno, fatal } = codesOf(error)
  if (misconfiguredInMysql.has(errno)) return false
  return (
    fatal === true || transientInMysql.has(errno) || networkCodes.test(String(code)) || isPoolTimeout(error)
  )
}

export const isDuplicateInMysql = (error: unknown): boolean =>
  [1062, 1586].includes(Number(codesOf(error).errno))
