// Which process of Redis answers on a connection. Another one, restarted or taken over, may have an older copy of everything.
import type { Redis } from 'ioredis'
import { unavailable } from './script.ts'

/**
 * Learns it whenever the connection is made, and forgets it with the connection.
 * @returns a function that throws `unavailable` while it is not known
 */
export function followRunId(redis: Redis): () => string {
  let runId: string | null = null
  let connections = 0
  redis.on('ready', () => {
    const connection = ++connections
    redis.info('server').then(
      (info) => {
        runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? null
      },
      () => {
        // Nobody would ask on this connection again: the next one begins anew.
        if (connection === connections && redis.status === 'ready') redis.disconnect(true)
      },
    )
  })
  redis.on('close', () => {
    runId = null
  })
  return () => {
    if (runId === null) throw unavailable('the connection is new, and not known yet')
    return runId
  }
}
