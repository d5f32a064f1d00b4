// The end of every fault test: waits until everything is decided and told, takes all evidence, and has it audited.
import { setTimeout as sleep } from 'node:timers/promises'
import createKnex from 'knex'
import { Connection } from 'rabbitmq-client'
import { Topology } from '../../../adapters/broker/rabbitmq-topology.ts'
import { redisLocks } from '../../../adapters/locks/redis.ts'
import { connectRedis } from '../../../adapters/redis/connection.ts'
import { limits } from '../../../engine/limits.ts'
import type { Claims } from '../../../engine/ports.ts'
import { auditWhenQuiet } from '../../auditor/audit.ts'
import type { Evidence, Violation } from '../../auditor/evidence.ts'
import { readMaster } from '../../auditor/from-database.ts'
import { readFastStore } from '../../auditor/from-fast-store.ts'
import type { Address } from '../../support/deployment.ts'
import { partitionsOfDeployment } from '../../support/deployment.ts'
import { silentLog } from '../../support/silent-log.ts'
import { until } from '../../support/until.ts'
import type { Stage } from './stage.ts'

/** What is audited, and where its evidence is. */
export interface Scene extends Pick<Stage, 'urls' | 'notes' | 'sql'> {
  readonly showIds: readonly string[]
  readonly servers: { readonly all: readonly Address[] }
}

const quietTimeoutMs = 60_000
/** How long nothing may happen before it counts as quiet: longer than the sweep and the caretaker's look. */
const quietMs = 2_500
const claimSlackMs = 1_000

export async function verdict(stage: Scene): Promise<{ evidence: Evidence; violations: Violation[] }> {
  await becomeQuiet(stage)
  const evidence = await collect(stage)
  return { evidence, violations: auditWhenQuiet(evidence) }
}

/** Nothing is queued, held or to be announced, and the journal has stood still for a while. */
async function becomeQuiet(stage: Scene): Promise<void> {
  let seen = ''
  let since = performance.now()
  await until(async () => {
    const [row] = await stage.sql(`SELECT
      (SELECT COUNT(*) FROM reservations WHERE state IN ('queued', 'held')) AS open_ones,
      (SELECT COUNT(*) FROM outbox) AS unannounced, (SELECT COUNT(*) FROM journal) AS decided`)
    const waiting = await queued(stage)
    const now = JSON.stringify([row, waiting])
    if (now !== seen || row?.open_ones > 0 || row?.unannounced > 0 || waiting > 0) {
      seen = now
      since = performance.now()
    }
    return performance.now() - since > quietMs
  }, quietTimeoutMs)
}

/** Messages that wait in the partitions' queues. */
async function queued({ urls }: Scene): Promise<number> {
  const topology = new Topology(prefixOf(urls.masterUrl))
  const rabbitmq = new Connection(urls.amqpUrl)
  try {
    let waiting = 0
    for (let partition = 0; partition < partitionsOfDeployment; partition++) {
      const queue = topology.queueOf(partition)
      waiting += (await rabbitmq.queueDeclare({ queue, passive: true })).messageCount
    }
    return waiting
  } finally {
    await rabbitmq.close()
  }
}

async function collect(stage: Scene): Promise<Evidence> {
  const { urls, notes, showIds, servers } = stage
  // Whoever asks has a projection rebuilt that was lost.
  for (const showId of showIds) {
    const seats = await fetch(`${servers.all[0]?.address}/v1/shows/${showId}/seats`)
    if (!seats.ok) throw new Error(await seats.text())
    await seats.arrayBuffer()
  }
  const knex = createKnex({ client: 'mysql2', connection: urls.masterUrl })
  const keyPrefix = `${prefixOf(urls.masterUrl)}:`
  const redis = await connectRedis({ url: urls.redisUrl, keyPrefix, log: silentLog })
  try {
    const { claims, projection } = redisLocks(redis)
    await claimsEnd(stage, claims)
    const now = await timeOfMaster(stage)
    const ports = {
      read: (showId: string) => projection.read(showId),
      claimed: (showId: string) => claims.claimed(showId, now),
    }
    return {
      master: await readMaster(knex),
      fastStore: await readFastStore(ports, showIds, now),
      clients: { requests: notes.requests, charges: notes.charges, places: notes.places },
      heard: null,
      now,
    }
  } finally {
    redis.close()
    await knex.destroy()
  }
}

/** What was claimed for a command that was parked, or by a server that died, may stand for as long as a claim lives. */
async function claimsEnd(stage: Scene, claims: Pick<Claims, 'claimed'>): Promise<void> {
  const deadline = performance.now() + limits.claimTtlMs + claimSlackMs
  for (const showId of stage.showIds)
    while ((await claims.claimed(showId, await timeOfMaster(stage))).size > 0 && performance.now() < deadline)
      await sleep(200)
}

async function timeOfMaster(stage: Scene): Promise<number> {
  const [clock] = await stage.sql('SELECT ROUND(UNIX_TIMESTAMP(SYSDATE(3)) * 1000) AS now')
  return Number(clock?.now)
}

const prefixOf = (masterUrl: string): string => new URL(masterUrl).pathname.slice(1)
