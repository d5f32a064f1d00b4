// The replay as people call it: a process of its own, what it prints, and how it ends.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openMaster } from '../../adapters/master/master.ts'
import { type Evening, partitions, RecordedSale } from './recorded-sale.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const root = join(import.meta.dirname, '..', '..')

/** Without the settings of whoever runs the tests. */
export function replay(...args: string[]): Promise<Ended> {
  const { PATH } = process.env
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'holdfast.ts'), 'replay', ...args],
      { cwd: root, env: { PATH, NO_COLOR: '1' }, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

export async function replayed(...args: string[]) {
  const { code, stdout, stderr } = await replay(...args, '--json')
  return { code, stderr, data: stdout === '' ? null : JSON.parse(stdout) }
}

export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export const smallEvening: Evening = { seed: 7, buyers: 30, commands: 500 }

/** The evening in a file of its own, closed. */
export async function recordedEvening(folder: string, evening = smallEvening): Promise<string> {
  const file = join(folder, 'evening.db')
  const master = await openMaster({ url: `sqlite:${file}`, partitions })
  await RecordedSale.record(master, evening)
  await master.close()
  return file
}
