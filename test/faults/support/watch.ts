// What can be seen of a stack from outside while its parts are replaced: of each app server, whether it says that it is ready,
// whether it answers at all, whether the load balancer sends it requests; of two databases, which of them takes
// writes, and how far the partitions of the new one are.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../../ops/servers/mariadb.ts'
import type { Stack } from '../../../ops/stack/stack.ts'

const lookEveryMs = 50
const patienceMs = 2_000

export interface Sight {
  readonly at: number
  /** Of `/readyz`; null where nobody answered. */
  readonly status: number | null
  readonly isInTurn: boolean
}

export interface Watch<Seen> {
  stop(): Promise<Seen>
}

/** @returns by the server's name what was seen, in order */
export function watchServers(stack: Stack): Promise<Watch<ReadonlyMap<string, readonly Sight[]>>> {
  const seen = new Map(stack.apps.map(({ name }): [string, Sight[]] => [name, []]))
  return watching(seen, async () => {
    const inTurn = await stack.inTurn().catch(() => new Map<string, boolean>())
    for (const { name, address } of stack.apps) {
      const status = await statusOf(`${address}/readyz`)
      seen.get(name)?.push({ at: performance.now(), status, isInTurn: inTurn.get(name) ?? false })
    }
  })
}

export interface Handover {
  /** When the old master was last seen to take writes. */
  closedAt: number
  /** When the new one was first seen to. */
  openedAt: number
  /** Of the new one, the replica that it was before included: again and again, in order. */
  readonly partitions: PartitionSight[]
}

export interface PartitionSight {
  readonly id: number
  readonly epoch: number
  readonly stamp: number
}

export function watchMasters(before: Database, after: Database): Promise<Watch<Handover>> {
  const seen: Handover = { closedAt: 0, openedAt: Number.POSITIVE_INFINITY, partitions: [] }
  return watching(seen, async () => {
    const isOpen = await Promise.all([takesWrites(after), takesWrites(before)])
    const now = performance.now()
    if (isOpen[0]) seen.openedAt = Math.min(seen.openedAt, now)
    if (isOpen[1]) seen.closedAt = now
    seen.partitions.push(...(await partitionsOf(after)))
  })
}

/** Resolves when everything was looked at once. */
async function watching<Seen>(seen: Seen, look: () => Promise<void>): Promise<Watch<Seen>> {
  const stopping = new AbortController()
  await look()
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(lookEveryMs)
      await look()
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await looking
      return seen
    },
  }
}

async function takesWrites(database: Database): Promise<boolean> {
  const rows = await database.asRoot('SELECT @@GLOBAL.read_only AS isReadOnly').catch(() => [])
  return rows[0]?.isReadOnly === 0
}

export async function partitionsOf({ url, asRoot }: Database): Promise<PartitionSight[]> {
  const schema = new URL(url).pathname.slice(1)
  const rows = await asRoot(`SELECT id, epoch, last_stamp AS stamp FROM ${schema}.partitions`)
  return rows.map(({ id, epoch, stamp }) => ({ id, epoch: Number(epoch), stamp: Number(stamp) }))
}

async function statusOf(url: string): Promise<number | null> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(patienceMs),
      headers: { connection: 'close' },
    })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return null
  }
}
