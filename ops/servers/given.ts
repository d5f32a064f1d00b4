// Where tests find their servers: all four in the environment, or none.

export interface ServerUrls {
  readonly masterUrl: string
  readonly replicaUrl: string
  readonly redisUrl: string
  readonly amqpUrl: string
}

const variables = {
  masterUrl: 'TEST_MASTER_URL',
  replicaUrl: 'TEST_REPLICA_URL',
  redisUrl: 'TEST_REDIS_URL',
  amqpUrl: 'TEST_AMQP_URL',
} as const satisfies Record<keyof ServerUrls, string>

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Null where none is given.
 * @throws {Error} that names the missing ones where some are given
 */
export function givenServers(environment: Environment = process.env): ServerUrls | null {
  const names = Object.values(variables)
  const missing = names.filter((name) => !environment[name])
  if (missing.length === names.length) return null
  if (missing.length > 0)
    throw new Error(`All four servers are needed, or none; missing: ${missing.join(', ')}.`)
  const entries = Object.entries(variables).map(([key, name]) => [key, environment[name]])
  return Object.fromEntries(entries)
}

/** What a process is given so that its tests use these servers. */
export const environmentFor = (urls: ServerUrls): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([key, name]) => [name, urls[key as keyof ServerUrls]]))
