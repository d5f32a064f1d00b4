// The folder of the embedded mode's files, made where it is missing.
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** @throws {Error} with a sentence where this user can keep no files there */
export function makeDataFolder(path: string): void {
  try {
    make(path)
    readdirSync(path)
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    const { message } = error as Error
    throw new Error(
      `Holdfast can keep no files in DATA_DIR, which is ${path} (${message}): set it to a folder that this user may write to.`,
    )
  }
}

/** One level at a time: in /proc Node's own recursive way never ends. Keys and balances are in there. */
function make(path: string): void {
  if (existsSync(path)) return
  make(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}
