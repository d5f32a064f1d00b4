// A master of its own for a test: SQLite in a folder that goes when it is closed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMaster, type WholeMaster } from '../../adapters/master/master.ts'
import { lookUpsOnMaster } from '../../adapters/replica/none.ts'
import type { Clock, Replica } from '../../engine/ports.ts'

export interface TemporaryMaster {
  readonly url: string
  readonly file: string
  readonly master: WholeMaster
  /** Of the same file, on a connection of its own. */
  readonly replica: Replica
  /** Closes both, and removes the folder. */
  close(): Promise<void>
}

export async function openTemporaryMaster(
  partitions: number,
  clock: Pick<Clock, 'now'>,
): Promise<TemporaryMaster> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const file = join(folder, 'master.db')
  const url = `sqlite:${file}`
  const master = await openMaster({ url, partitions })
  const replica = lookUpsOnMaster({ url, clock })
  const close = async () => {
    await replica.close()
    await master.close()
    await rm(folder, { recursive: true })
  }
  return { url, file, master, replica, close }
}
