// A SQLite file that one process has to itself: what the embedded adapters keep across a restart. Each has its own,
// since a second connection to one file would block the event loop on the first one's transactions.
import { basename, dirname } from 'node:path'
import Database from 'better-sqlite3'

export type EmbeddedFile = Database.Database

/**
 * Opens the file and its tables, and locks it until it is closed or the process ends.
 * @throws {Error} with a sentence for the operator while another process has it, or where it cannot be used
 */
export function openEmbeddedFile(path: string, schema: string): EmbeddedFile {
  let file: EmbeddedFile | null = null
  try {
    file = new Database(path, { timeout: 0 })
    file.pragma('locking_mode = EXCLUSIVE')
    file.pragma('journal_mode = WAL')
    file.pragma('synchronous = NORMAL')
    file.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`)
  } catch (error) {
    file?.close()
    throw isLocked(error) ? anotherIsRunning(path) : unusable(path, error)
  }
  return file
}

/** What SQLite says of a file, as a sentence for the operator; anything else as it is. */
export const unusable = (path: string, error: unknown): unknown =>
  error instanceof Database.SqliteError
    ? new Error(`${path} cannot be used (${error.message}): ${whatNext(error.code)}.`, { cause: error })
    : error

const whatNext = (code: string): string =>
  /^SQLITE_(NOTADB|CORRUPT)/.test(code)
    ? 'restore it from a copy, or move all of DATA_DIR away to begin anew'
    : 'see that this user may write to it, and that its disk has space'

const isLocked = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')

const anotherIsRunning = (path: string): Error =>
  new Error(
    `Another Holdfast is running on this DATA_DIR: it has ${basename(path)} in ${dirname(path)} locked. ` +
      'Stop it, or give this one a DATA_DIR of its own.',
  )
