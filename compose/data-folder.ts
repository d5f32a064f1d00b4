// The folder of the embedded mode's files: made where it is missing, refused where it is the rest of one.
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * In the order in which a first start makes them: each has content before the next one has. Claims and places in a waiting room
 * come back by themselves; without the master or the broker's messages an empty world would begin in silence.
 */
const filesInOrder = [
  { name: 'broker.db', isReplaceable: false },
  { name: 'master.db', isReplaceable: false },
  { name: 'waiting-rooms.db', isReplaceable: true },
  { name: 'locks.db', isReplaceable: true },
]

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

/**
 * To be asked before any of them is opened, which would make it. The last one is looked at first, since another process may be
 * making them.
 * @throws {Error} with a sentence where one is missing without which what the others know is lost
 */
export function assertWhole(folder: string): void {
  let later: string | null = null
  for (const { name, isReplaceable } of filesInOrder.toReversed()) {
    const path = join(folder, name)
    if (hasContent(path)) later ??= name
    else if (later !== null && !isReplaceable)
      throw new Error(
        `${path} is ${existsSync(path) ? 'empty' : 'gone'}, and ${later} beside it is not: ` +
          'restore it from a copy, or move all of DATA_DIR away to begin anew.',
      )
  }
}

const hasContent = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
