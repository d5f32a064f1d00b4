// Connections to Redis for tests: each under a prefix of its own, so that a given server is shared without harm.
import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { connectRedis, type RedisConnection } from '../../adapters/redis/connection.ts'
import type { Log } from '../../engine/ports.ts'
import { startRedis } from '../../ops/servers/redis.ts'
import type { Server } from '../../ops/servers/server.ts'
import { silentLog } from './silent-log.ts'

export const openRedis = (url: string, log: Log = silentLog): Promise<RedisConnection> =>
  connectRedis({ url, keyPrefix: `holdfast-test:${randomUUID()}:`, log })

/** And removes what is kept under its prefix. */
export async function closeRedis(connection: RedisConnection): Promise<void> {
  try {
    await clearRedis(connection)
  } finally {
    connection.close()
  }
}

/** Removes all that is kept under the connection's prefix, and nothing else. */
export async function clearRedis({ commands, key }: RedisConnection): Promise<void> {
  for await (const names of commands.scanStream({ match: `${key('')}*`, count: 1_000 }))
    if (names.length > 0) await commands.unlink(...names)
}

/** The same connection under a part of its prefix that nobody has used. */
export function apart(connection: RedisConnection): RedisConnection {
  const part = randomUUID()
  return { ...connection, key: (name) => connection.key(`${part}:${name}`) }
}

/** A Redis that the test may break, and a connection to it. */
export async function ownRedis(
  t: ExecutionContext,
  log?: Log,
): Promise<{ url: string; server: Server; connection: RedisConnection }> {
  const { url, server } = await startRedis()
  t.teardown(() => server.stop())
  const connection = await openRedis(url, log)
  t.teardown(() => connection.close())
  return { url, server, connection }
}

/** Resolves once Redis has done all that was asked on the listener before, subscriptions too. */
export const isListening = async ({ listener }: RedisConnection): Promise<void> =>
  void (await listener.ping())

export const canBeUsed = (connection: RedisConnection): Promise<boolean> =>
  connection.check().then(
    () => true,
    () => false,
  )
