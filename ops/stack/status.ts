// How each part of a native stack fares: as its processes, the app servers and the load balancer say themselves.
import type { Stack } from './stack.ts'

export interface PartStatus {
  readonly name: string
  readonly address: string
  readonly state: string
}

export interface StackStatus {
  readonly outside: string
  readonly inside: string
  /** The URLs carry passwords. */
  readonly urls: Readonly<Record<string, string>>
  readonly parts: readonly PartStatus[]
}

interface Readiness {
  readonly dependencies: readonly { name: string; state: string; findings: readonly string[] }[]
}

export async function statusOf(stack: Stack): Promise<StackStatus> {
  const { services, outside, inside } = stack
  const { master, replica, redis, rabbitmq, masterUrl, replicaUrl, redisUrl, amqpUrl } = services
  const inTurn = await stack.inTurn().catch(() => null)
  const readiness = await Promise.all(stack.apps.map(({ address }) => readinessOf(address)))
  const known = readiness.find((each) => each !== null)
  const service = (name: string, url: string, { isRunning }: { isRunning: boolean }): PartStatus => {
    const seen = known?.dependencies.find((each) => each.name === (name === 'rabbitmq' ? 'broker' : name))
    const told = [seen?.state ?? 'running', ...(seen?.findings ?? [])].join(': ')
    return { name, address: new URL(url).host, state: isRunning ? told : 'not running' }
  }
  return {
    outside,
    inside,
    urls: { masterUrl: stack.masterUrl, replicaUrl, redisUrl, amqpUrl },
    parts: [
      { name: 'haproxy', address: outside, state: inTurn === null ? 'not running' : 'up' },
      ...stack.apps.map(({ name, address, server }, number) => ({
        name,
        address,
        state: server.isRunning ? appState(readiness[number] ?? null, inTurn?.get(name)) : 'not running',
      })),
      service('master', masterUrl, master.server),
      service('replica', replicaUrl, replica.server),
      service('redis', redisUrl, redis.server),
      service('rabbitmq', amqpUrl, rabbitmq.server),
    ],
  }
}

function appState(readiness: Readiness | null, isInTurn: boolean | undefined): string {
  if (readiness === null) return 'silent'
  const down = readiness.dependencies.filter(({ state }) => state === 'down').map(({ name }) => name)
  const state = down.length === 0 ? 'ready' : `without ${down.join(' and ')}`
  return isInTurn ? state : `${state}, gets no requests`
}

async function readinessOf(address: string): Promise<Readiness | null> {
  try {
    const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(3_000) })
    const { dependencies = [] } = (await answer.json()) as Partial<Readiness>
    return { dependencies }
  } catch {
    return null
  }
}
