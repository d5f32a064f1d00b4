// Where the records come from: the replica of a deployment, the embedded mode's file, or an exported file. Only read.
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openArchive } from '../adapters/archive/archive.ts'
import type { Archive, ArchiveRecords } from '../engine/ports.ts'
import { ReplayFailure } from './failure.ts'
import { readInForOnce } from './import.ts'
import type { Progress } from './progress.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface Source {
  /** Without passwords. */
  readonly name: string
  readonly archive: Archive
  close(): Promise<void>
}

/**
 * @param from a database's URL, a SQLite file, a DATA_DIR or an exported file; without it what the settings name: the
 * replica, else the master, else the embedded mode's file
 */
export async function openSource(
  from: string | undefined,
  environment: Environment,
  progress: Progress,
): Promise<Source> {
  const { REPLICA_URL, MASTER_URL, DATA_DIR } = environment
  const given = from ?? (REPLICA_URL || MASTER_URL || DATA_DIR || '.holdfast')
  if (given.startsWith('mysql:')) return { name: hostOf(given), ...opened(openArchive(given)) }

  const path = resolve(given.replace(/^sqlite:/, ''))
  const missing = (what: string, takes: string) =>
    new ReplayFailure(
      'usage',
      from === undefined
        ? `There is nothing to read: neither REPLICA_URL nor MASTER_URL is set, and ${what}. Name a source with --from; of a stack "npm run stack -- urls" tells it.`
        : takes,
    )
  if (!existsSync(path))
    throw missing(
      `${path} does not exist`,
      `There is no ${path}: --from takes a database's URL, a SQLite file, a DATA_DIR or an exported file.`,
    )
  if (path.endsWith('.jsonl')) return readInForOnce(path, progress)
  const file = statSync(path).isDirectory() ? join(path, 'master.db') : path
  if (!existsSync(file))
    throw missing(`there is no master.db in ${path}`, `There is no master.db in ${path}.`)
  return { name: file, ...opened(openArchive(`sqlite:${file}`)) }
}

const opened = (archive: Archive) => ({ archive, close: () => archive.close() })

function hostOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `${host}${pathname}`
  } catch {
    throw new ReplayFailure('usage', '--from takes a URL such as mysql://user:password@host:3306/holdfast.')
  }
}

const showsNamedMax = 8

/** @throws {ReplayFailure} where the deployment has no such show */
export async function showNamed(records: ArchiveRecords, showId: string) {
  const found = await records.archivedShow(showId)
  if (found !== null) return found
  const known = await records.showIds()
  const named = known.slice(0, showsNamedMax).join(', ')
  const more = known.length > showsNamedMax ? ` and ${known.length - showsNamedMax} more` : ''
  throw new ReplayFailure(
    'notFound',
    `There is no show ${showId}${named === '' ? '' : `; there are ${named}${more}`}.`,
  )
}
