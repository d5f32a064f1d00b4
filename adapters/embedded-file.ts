// A SQLite file that one process has to itself: what the embedded adapters keep across a restart. Each has its own,
// since a second connection to one file would block the event loop on the first one's transactions.
import { closeSync, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import Database from 'better-sqlite3'
import { Transient } from '../engine/failures.ts'

export type EmbeddedFile = Database.Database

/**
 * Opens the file, brings its tables up to date in one transaction, and locks it until it is closed or the process ends.
 * @throws {Error} with a sentence for the operator while another process has it, or where it cannot be used
 */
export function openEmbeddedFile(path: string, update: (file: EmbeddedFile) => void): EmbeddedFile {
  makePrivate(path)
  let file: EmbeddedFile | null = null
  try {
    file = new Database(path, { timeout: 0 })
    file.pragma('locking_mode = EXCLUSIVE')
    file.pragma('journal_mode = WAL')
    file.pragma('synchronous = NORMAL')
    file.transaction(update).immediate(file)
  } catch (error) {
    file?.close()
    throw isLocked(error) ? anotherIsRunning(path) : unusable(path, error)
  }
  return file
}

/**
 * Makes a file that is missing, empty, for its owner alone: so is what SQLite puts beside it.
 * @throws {Error} with a sentence for the operator
 */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${path} cannot be used (${message}): ${mayWrite}.`, { cause: error })
  }
}

/** What SQLite says of a file or of one in a folder, as a sentence for the operator; anything else as it is. */
export function unusable(path: string, error: unknown): unknown {
  const said = sqliteError(error)
  if (said === null) return error
  // Knex puts the statement in front.
  const message = said.message.split(' - ').at(-1)
  return new Error(`${path} cannot be used (${message}): ${whatNext(said.code)}.`, { cause: error })
}

/** The error, or the one behind a failure of the master's, which Objection may have wrapped. */
function sqliteError(error: unknown): InstanceType<typeof Database.SqliteError> | null {
  if (error instanceof Database.SqliteError) return error
  const { nativeError = null } = Object(error)
  const behind = error instanceof Transient ? error.cause : nativeError
  return behind === null || behind === undefined ? null : sqliteError(behind)
}

const mayWrite = 'see that this user may write to it, and that its disk has space'

const whatNext = (code: string): string =>
  /^SQLITE_(NOTADB|CORRUPT)/.test(code)
    ? 'restore it from a copy, or move all of DATA_DIR away to begin anew'
    : mayWrite

const isLocked = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')

const anotherIsRunning = (path: string): Error =>
  new Error(
    `Another Holdfast is running on this DATA_DIR: it has ${basename(path)} in ${dirname(path)} locked. ` +
      'Stop it, or give this one a DATA_DIR of its own.',
  )
