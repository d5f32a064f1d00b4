// Masters on MySQL or MariaDB for tests: in a schema of their own on a server that is shared, or on a server of their own
// that the test may break.
import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { openMaster, type WholeMaster } from '../../adapters/master/master.ts'
import { type Database, startMaster } from '../../ops/servers/mariadb.ts'

export interface OwnSchema {
  readonly url: string
  drop(): Promise<void>
}

/** A new schema beside the one that the URL names; the URL's user may make those that begin with its name. */
export async function ownSchema(givenUrl: string): Promise<OwnSchema> {
  const url = new URL(givenUrl)
  const schema = `${url.pathname.slice(1)}_${randomUUID().slice(0, 8)}`
  const run = async (sql: string) => {
    const connection = await createConnection(givenUrl)
    try {
      await connection.query(sql, [schema])
    } finally {
      await connection.end()
    }
  }
  await run('CREATE DATABASE ??')
  url.pathname = schema
  return { url: url.href, drop: () => run('DROP DATABASE ??') }
}

/** One statement on a connection of its own: the server may be another process than at the last one. */
export async function askOnce(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<RowDataPacket[]> {
  const connection = await createConnection(url)
  try {
    const [rows] = await connection.query<RowDataPacket[]>(statement, values)
    return rows
  } finally {
    await connection.end()
  }
}

/** Both end with the test. */
export async function ownMaster(t: ExecutionContext): Promise<{ database: Database; master: WholeMaster }> {
  const database = await startMaster()
  t.teardown(() => database.server.stop())
  const master = await openMaster({ url: database.url, partitions: 8 })
  t.teardown(() => master.close())
  return { database, master }
}
