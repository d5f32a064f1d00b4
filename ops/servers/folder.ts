// A private folder for one server: its data, its socket, its configuration. It does not outlive this process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

const keeperScript = join(import.meta.dirname, 'keeper.sh')

export class PrivateFolder {
  readonly path: string
  readonly #keeper: ChildProcess
  readonly #groups = new Set<number>()

  /**
   * @param path where it must be; otherwise it is somewhere among the temporary files
   * @throws {Error} with code EEXIST where something is there already
   */
  constructor(name: string, path?: string) {
    this.path = path ?? mkdtempSync(join(tmpdir(), `holdfast-${name}-`))
    if (path !== undefined) {
      mkdirSync(dirname(path), { recursive: true })
      mkdirSync(path, { mode: 0o700 })
    }
    this.#writeGroups()
    this.#keeper = spawn('sh', [keeperScript, this.path], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#keeper.unref()
    const pipe = this.#keeper.stdin as Socket
    pipe.unref()
  }

  join(name: string): string {
    return join(this.path, name)
  }

  /** This process group ends with this process, at the latest. */
  keep(group: number): void {
    this.#groups.add(group)
    this.#writeGroups()
  }

  /** The process group has ended; its number may come to belong to somebody else. */
  forget(group: number): void {
    this.#groups.delete(group)
    this.#writeGroups()
  }

  /**
   * Runs a command that ends by itself, in a process group that doesn't outlive this process.
   * @throws {Error} with what it said, where it fails
   */
  async run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const { pid } = child
    if (pid !== undefined) this.keep(pid)
    const said = Promise.all([text(child.stdout), text(child.stderr)])
    try {
      const [code, signal] = await once(child, 'exit')
      if (code !== 0)
        throw new Error(`${command} ended with ${signal ?? `exit code ${code}`}.\n${(await said).join('')}`)
    } finally {
      if (pid !== undefined) this.forget(pid)
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    this.#keeper.stdin?.end()
  }

  #writeGroups(): void {
    const path = this.join('process-groups')
    if (this.#groups.size === 0) rmSync(path, { force: true })
    else writeFileSync(path, [...this.#groups, ''].join('\n'))
  }
}
