// What the parts of a stack print, from the files that keep it.
import { type FSWatcher, openSync, readdirSync, readSync, watch } from 'node:fs'
import { join } from 'node:path'

const chunkBytes = 65_536

/** @throws {Error} that names the parts there are */
export async function showLogs(folder: string, part: string | null, isFollowed: boolean): Promise<void> {
  const logs = join(folder, 'logs')
  const parts = readdirSync(logs).map((name) => name.replace(/\.log$/, ''))
  if (part !== null && !parts.includes(part))
    throw new Error(`No part is called ${part}; there are ${parts.join(', ')}.`)
  const shown = (part === null ? parts : [part]).map(
    (name) => new LogReader(name, join(logs, `${name}.log`), part === null),
  )
  for (const each of shown) each.read()
  if (isFollowed) for (const each of shown) each.follow()
}

class LogReader {
  readonly #file: number
  readonly #path: string
  readonly #prefix: string
  #rest = ''

  constructor(name: string, path: string, isNamed: boolean) {
    this.#file = openSync(path, 'r')
    this.#path = path
    this.#prefix = isNamed ? `${name.padEnd(9)} ` : ''
  }

  /** What has come since the last time, line by line. */
  read(): void {
    const chunk = Buffer.alloc(chunkBytes)
    for (let size = readSync(this.#file, chunk); size > 0; size = readSync(this.#file, chunk)) {
      const lines = (this.#rest + chunk.toString('utf8', 0, size)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) console.log(this.#prefix + line)
    }
  }

  follow(): FSWatcher {
    return watch(this.#path, () => this.read())
  }
}
