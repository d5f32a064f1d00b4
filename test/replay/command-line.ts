// The replay as people call it: what it prints, and how it ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { ExecutionContext } from 'ava'
import { openMaster } from '../../adapters/master/master.ts'
import { replay as run } from '../../replay/main.ts'
import { type Evening, partitions, RecordedSale } from './recorded-sale.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** In this process, without the settings of whoever runs the tests. */
export async function replay(...args: string[]): Promise<Ended> {
  return replayIn({}, '', ...args)
}

/** @param typed what somebody types at the terminal */
export async function replayIn(
  environment: Readonly<Record<string, string>>,
  typed: string,
  ...args: string[]
): Promise<Ended> {
  const [stdout, stderr] = [new Heard(), new Heard()]
  const code = await run(args, { environment, stdin: Readable.from([typed]), stdout, stderr })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

class Heard extends Writable {
  text = ''

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
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
