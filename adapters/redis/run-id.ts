// Which process of Redis answers on a connection. Another one, restarted or taken over, may have an older copy of everything.
import type { Redis } from 'ioredis'
import { unavailable } from './script.ts'

const askedAgainMs = 100

/**
 * Learns it whenever the connection is made, however late Redis says it, and forgets it with the connection.
 * @returns a function that throws `unavailable` while it is not known
 */
export function followRunId(redis: Redis): () => string {
  let runId: string | null = null
  const ask = () => {
    redis.info('server').then(
      (info) => {
        runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? null
      },
      () => {
        if (redis.status === 'ready') setTimeout(ask, askedAgainMs).unref()
      },
    )
  }
  redis.on('ready', ask)
  redis.on('close', () => {
    runId = null
  })
  return () => {
    if (runId === null) throw unavailable('the connection is new, and not known yet')
    return runId
  }
}
