// Where the servers' programs are: on the PATH, and where Debian keeps what only root has on its PATH.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whichever of them there is opens the pages that are tested. */
export const browsers = ['chromium', 'chromium-browser', 'google-chrome']

const furtherFolders = ['/usr/sbin', '/usr/local/sbin']

/** The first of these programs that is installed, with its whole path. */
export function findProgram(...names: string[]): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...furtherFolders]
  const paths = names.flatMap((name) =>
    name.includes('/') ? [name] : folders.map((folder) => join(folder, name)),
  )
  return paths.find(isExecutable) ?? null
}

/** @throws {Error} that says what to install */
export function program(...names: string[]): string {
  const found = findProgram(...names)
  if (found === null) throw new Error(`${names.join(' or ')} is not installed.`)
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
