// The replica becomes the master. In this order: the old master is closed, the replica takes in what it has received and
// is opened, what must never go back jumps ahead, and the app servers follow.
import { jumpAhead } from '../after-promotion.ts'
import type { Stack } from './stack.ts'

export interface Promotion {
  readonly partitions: number
  readonly shows: number
  /** From the first step until every app server uses the new master. */
  readonly tookMs: number
}

export async function promote(stack: Stack): Promise<Promotion> {
  const began = performance.now()
  const { master, replica, redisUrl } = stack.services
  await master.server.end('SIGKILL') // closed: it takes no more writes, whoever thinks that it is the master
  await replica.promote()
  const jumped = await jumpAhead({ masterUrl: replica.url, redisUrl })
  await stack.useMaster(replica.url)
  return { ...jumped, tookMs: performance.now() - began }
}
