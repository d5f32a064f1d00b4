// What a Redis must be for Holdfast to run on it, read from what its INFO says of itself.

const majorVersionMin = 7

/** One sentence that says what is wrong and what to do; null when it can be used. */
export function faultOf(info: string): string | null {
  const facts = new Map(
    info.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]]
    }),
  )
  const version = facts.get('redis_version') ?? 'unknown'
  if (!(Number.parseInt(version, 10) >= majorVersionMin))
    return `Redis is of version ${version}; Holdfast needs ${majorVersionMin}.0 or later.`
  const policy = facts.get('maxmemory_policy')
  if (policy !== 'noeviction')
    return `Redis may evict claims that are live (maxmemory-policy is ${policy}); set maxmemory-policy to noeviction.`
  if (facts.get('role') !== 'master')
    return 'Redis is a replica and takes no writes; set REDIS_URL to its master.'
  const limitBytes = Number(facts.get('maxmemory'))
  if (limitBytes > 0 && Number(facts.get('used_memory')) > limitBytes)
    return 'Redis is at its memory limit and takes no writes; raise maxmemory.'
  return null
}
