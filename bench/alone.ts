// Holdfast alone on servers of its own, for what is asked of it and not of its peers.
import { type Servers, startServers } from '../ops/servers/start.ts'
import { type Holdfast, startHoldfast } from './contenders/holdfast.ts'

interface Alone {
  readonly holdfast: Holdfast
  readonly servers: Servers
}

export async function alone<T>(
  { shows = 1, appServers = 1 }: { shows?: number; appServers?: number },
  use: (given: Alone) => Promise<T>,
): Promise<T> {
  const servers = await startServers()
  try {
    const holdfast = await startHoldfast({ servers, shows }, appServers)
    const result = await use({ holdfast, servers })
    await holdfast.stop()
    return result
  } finally {
    await servers.stop()
  }
}
