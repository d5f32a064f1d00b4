// One app server of the native stack: `main.ts` as a process of its own, on a port that it keeps.
import { join } from 'node:path'
import { settingNames } from '../../settings.ts'
import { nodeOptions } from '../node-options.ts'
import type { PrivateFolder } from '../servers/folder.ts'
import { Server } from '../servers/server.ts'

const root = join(import.meta.dirname, '../..')

export interface AppServerOptions {
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
  readonly log: string
  /** What is run in place of `main.ts`: another version of it, say. */
  readonly main?: string
}

/** Not started yet. */
export const appServer = (
  { name, settings, log, main = join(root, 'main.ts') }: AppServerOptions,
  folder: PrivateFolder,
): Server =>
  new Server(
    {
      name,
      log,
      command: process.execPath,
      args: [...nodeOptions, '--require', join(root, 'ops/node-version.cjs'), main],
      environment: { ...unset, ...memory, ...settings },
      ready: /Holdfast is ready at /,
    },
    folder,
  )

/** As in ops/Dockerfile. */
const memory = { MALLOC_ARENA_MAX: '2' }

/** What the starter's own environment says is no setting of the stack. */
const unset = Object.fromEntries(settingNames.map((name) => [name, '']))
