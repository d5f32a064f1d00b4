// Which errors of a database are tried again, which say that a row is there, and which are neither.
import test from 'ava'
import { dialectOf } from '../../adapters/master/dialect.ts'

const kinds = { sqlite: dialectOf('sqlite:'), mysql: dialectOf('mysql://localhost/holdfast') }

type Row = [error: object, kind: 'transient' | 'duplicate' | 'neither']

const named = (name: string) => Object.assign(new Error('pool'), { name })

const rows: Record<keyof typeof kinds, Row[]> = {
  sqlite: [
    [{ code: 'SQLITE_BUSY' }, 'transient'],
    [{ code: 'SQLITE_BUSY_SNAPSHOT' }, 'transient'],
    [{ code: 'SQLITE_LOCKED' }, 'transient'],
    [{ code: 'SQLITE_FULL' }, 'transient'],
    [named('KnexTimeoutError'), 'transient'],
    [{ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }, 'duplicate'],
    [{ code: 'SQLITE_CONSTRAINT_UNIQUE' }, 'duplicate'],
    [{ nativeError: { code: 'SQLITE_CONSTRAINT_UNIQUE' } }, 'duplicate'],
    [{ code: 'SQLITE_CONSTRAINT_CHECK' }, 'neither'],
    [{ code: 'SQLITE_CONSTRAINT_NOTNULL' }, 'neither'],
    [{ code: 'SQLITE_CORRUPT' }, 'neither'],
    [{ code: 'SQLITE_ERROR' }, 'neither'],
    [new TypeError('The database connection is not open'), 'neither'],
  ],
  mysql: [
    [{ errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT' }, 'transient'],
    [{ errno: 1213, code: 'ER_LOCK_DEADLOCK' }, 'transient'],
    [{ errno: 1020, code: 'ER_CHECKREAD' }, 'transient'],
    [{ errno: 1290, code: 'ER_OPTION_PREVENTS_STATEMENT' }, 'transient'],
    [{ errno: 1040, code: 'ER_CON_COUNT_ERROR', fatal: true }, 'transient'],
    [{ errno: 4031, code: 'ER_CLIENT_INTERACTION_TIMEOUT' }, 'transient'],
    [{ code: 'PROTOCOL_CONNECTION_LOST', fatal: true }, 'transient'],
    [{ code: 'ECONNREFUSED', errno: -111 }, 'transient'],
    [{ code: 'ENOTFOUND' }, 'transient'],
    [{ message: "Can't add new command when connection is in closed state", fatal: true }, 'transient'],
    [{ nativeError: { errno: 1213 } }, 'transient'],
    [named('KnexTimeoutError'), 'transient'],
    [{ errno: 1062, code: 'ER_DUP_ENTRY' }, 'duplicate'],
    [{ nativeError: { errno: 1062 } }, 'duplicate'],
    [{ errno: 1045, code: 'ER_ACCESS_DENIED_ERROR', fatal: true }, 'neither'],
    [{ errno: 1049, code: 'ER_BAD_DB_ERROR', fatal: true }, 'neither'],
    [{ errno: 1406, code: 'ER_DATA_TOO_LONG' }, 'neither'],
    [{ errno: 3819, code: 'ER_CHECK_CONSTRAINT_VIOLATED' }, 'neither'],
    [{ errno: 1064, code: 'ER_PARSE_ERROR' }, 'neither'],
    [new TypeError('a bug'), 'neither'],
  ],
}

for (const [name, dialect] of Object.entries(kinds))
  test(`${name}: errors that may pass are told from those that stay`, (t) => {
    for (const [error, kind] of rows[name as keyof typeof kinds]) {
      const said = { isTransient: dialect.isTransient(error), isDuplicate: dialect.isDuplicate(error) }
      const meant = { isTransient: kind === 'transient', isDuplicate: kind === 'duplicate' }
      t.deepEqual(said, meant, JSON.stringify(error))
    }
    for (const nothing of [null, undefined, 'text']) t.false(dialect.isTransient(nothing))
  })
