// The secret of the embedded mode's bearer tokens, made at the first start and kept, so that tokens outlive a restart.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { settings } from '../settings.ts'

const { schema, expects } = settings.AUTH_SECRET

/** @throws {Error} with a sentence where the file cannot be made or read, or holds no secret that AUTH_SECRET could be */
export function keptSecret(path: string): string {
  if (!existsSync(path)) make(path)
  const secret = read(path)
  if (secret === '' || !Value.Check(schema, secret)) throw unreadable(path, `it must hold ${expects}`)
  return secret
}

/** Under another name until it is whole: somebody may end this process at any moment. */
function make(path: string): void {
  const unfinished = `${path}.new`
  try {
    writeFileSync(unfinished, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    renameSync(unfinished, path)
  } catch (error) {
    throw new Error(
      `${path} cannot be made (${(error as Error).message}): see that this user may write to it, and that its disk has space.`,
    )
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw unreadable(path, (error as Error).message)
  }
}

const unreadable = (path: string, reason: string): Error =>
  new Error(
    `${path} cannot be used (${reason}): restore it from a copy, or move it away to have a new one made, with which everybody logs in anew.`,
  )
