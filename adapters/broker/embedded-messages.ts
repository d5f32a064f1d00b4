// The embedded broker's file: each partition's messages by position, without a gap from the first to the last.
import type { Delivery } from '../../engine/ports.ts'
import { openEmbeddedFile } from '../embedded-file.ts'

export interface Message {
  readonly partition: number
  readonly position: number
  readonly body: Buffer
}

/** Where a partition's first and last message stand. */
export interface Span {
  readonly partition: number
  readonly first: number
  readonly last: number
}

const layoutVersion = 1

const schema = `
  CREATE TABLE IF NOT EXISTS messages (
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (partition, position)
  )`

export type MessageFile = ReturnType<typeof openMessageFile>

/** @throws {Error} with a sentence while another process has the file. */
export function openMessageFile(path: string) {
  const file = openEmbeddedFile(path, (file) => void file.exec(schema))
  const selectSpans = file.prepare<[], Span>(
    'SELECT partition, MIN(position) AS first, MAX(position) AS last FROM messages GROUP BY partition',
  )
  const select = file.prepare<[number, number, number], Delivery>(
    'SELECT position AS number, body FROM messages WHERE partition = ? AND position > ? ORDER BY position LIMIT ?',
  )
  const insert = file.prepare<[number, number, Buffer]>('INSERT INTO messages VALUES (?, ?, ?)')
  const remove = file.prepare<[number, number]>('DELETE FROM messages WHERE partition = ? AND position <= ?')

  const write = file.transaction((added: readonly Message[], acknowledged: ReadonlyMap<number, number>) => {
    for (const { partition, position, body } of added) insert.run(partition, position, body)
    for (const [partition, through] of acknowledged) remove.run(partition, through)
  })

  return {
    spans: (): readonly Span[] => selectSpans.all(),

    read: (partition: number, after: number, count: number): Delivery[] =>
      select.all(partition, after, count),

    /**
     * Adds messages and removes, per partition, those through a position. Messages that were added are on the disk when
     * this returns; a removal alone may be lost with the power, and is then one redelivery more.
     */
    commit(added: readonly Message[], acknowledged: ReadonlyMap<number, number>): void {
      file.pragma(`synchronous = ${added.length > 0 ? 'FULL' : 'NORMAL'}`)
      write(added, acknowledged)
    },

    /** Writes a page, so that a full disk shows. */
    probe(): void {
      file.pragma(`user_version = ${layoutVersion}`)
    },

    close(): void {
      file.close()
    },
  }
}
