// The embedded store of the waiting room in a folder of its own, which can lose its file or get an older one back.
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type EmbeddedWaitingRooms, openEmbeddedWaitingRooms } from '../../adapters/tokens/embedded.ts'
import type { WaitingRoomsUnderTest } from '../contract/waiting-rooms.ts'
import { forwarding } from './forwarding.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The file, and what was written to it last. */
const fileParts = ['', '-wal']

export interface EmbeddedUnderTest extends WaitingRoomsUnderTest {
  readonly rooms: EmbeddedWaitingRooms
  /** As after a stop and a start. */
  restart(): Promise<void>
}

export async function embeddedWaitingRooms(t: ExecutionContext): Promise<EmbeddedUnderTest> {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'tokens.db')
  let current = openEmbeddedWaitingRooms(path)
  t.teardown(() => current.close())
  const restart = async (whileStopped = async () => {}) => {
    await current.close()
    await whileStopped()
    current = openEmbeddedWaitingRooms(path)
  }
  const remove = async () => {
    for (const part of fileParts) await rm(`${path}${part}`, { force: true })
  }
  let copies = 0
  return {
    rooms: forwarding(() => current),
    restart: () => restart(),
    lose: () => restart(remove),
    async copy() {
      const copied = join(folder, `copy-${++copies}.db`)
      for (const part of fileParts) await copyFile(`${path}${part}`, `${copied}${part}`)
      return () =>
        restart(async () => {
          await remove()
          for (const part of fileParts) await copyFile(`${copied}${part}`, `${path}${part}`)
        })
    },
  }
}
