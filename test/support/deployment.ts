// Servers of one deployment, each a process of its own, on the servers that the test run shares: under a schema, queues
// and keys of their own, which go with the test.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ExecutionContext } from 'ava'
import { Connection } from 'rabbitmq-client'
import { Topology } from '../../adapters/broker/rabbitmq-topology.ts'
import { preferredServer } from '../../engine/rendezvous.ts'
import type { ServerUrls } from '../../ops/servers/given.ts'
import { type MainProcess, startMain } from './main-process.ts'
import { ownSchema } from './mysql-master.ts'
import { deleteAll } from './rabbitmq.ts'
import { closeRedis, openRedis } from './redis.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { until } from './until.ts'

export const partitionsOfDeployment = 8

/** Where somebody is asked. */
export interface Address {
  readonly address: string
}

export interface DeployedServer extends MainProcess, Address {
  /** As partitions are owned by it. */
  readonly name: string
}

export interface Deployment {
  readonly urls: ServerUrls
  start(settings?: Record<string, string>): Promise<DeployedServer>
}

/** The settings of every server of a deployment. */
export const settingsFor = ({ masterUrl, replicaUrl, redisUrl, amqpUrl }: ServerUrls) => ({
  MASTER_URL: masterUrl,
  REPLICA_URL: replicaUrl,
  REDIS_URL: redisUrl,
  AMQP_URL: amqpUrl,
  PORT: '0',
  AUTH_SECRET: 'a secret of all servers'.padEnd(32, '.').replaceAll(' ', '-'),
  QUEUE_TOKEN_KEYS: 'q'.repeat(32),
  DEV_LOGIN: 'on',
  DEMO_CHARGES: 'on',
  PARTITIONS: String(partitionsOfDeployment),
})

export async function deployment(t: ExecutionContext, given: ServerUrls): Promise<Deployment> {
  const schema = await ownSchema(given.masterUrl)
  const { pathname } = new URL(schema.url)
  const replica = new URL(given.replicaUrl)
  replica.pathname = pathname
  const urls = { ...given, masterUrl: schema.url, replicaUrl: replica.href }
  const folder = await temporaryFolder(t)
  t.teardown(() => clear(urls, pathname.slice(1)).then(schema.drop))
  return {
    urls,
    async start(settings = {}) {
      const process = startMain(t, { DATA_DIR: folder, ...settingsFor(urls), ...settings })
      t.teardown(async () => {
        process.child.kill('SIGKILL')
        await process.ended()
      })
      const [, address = '', name = ''] = await process.says(/Holdfast is ready at (\S+), .*, as (\S+)\.\n/)
      return { ...process, address, name }
    },
  }
}

async function clear({ redisUrl, amqpUrl }: ServerUrls, prefix: string): Promise<void> {
  await deleteAll(new Connection(amqpUrl), new Topology(prefix), partitionsOfDeployment)
  const redis = await openRedis(redisUrl)
  await closeRedis({ ...redis, key: (name) => `${prefix}:${name}` })
}

/**
 * As many servers, each with a share of the partitions beside these others. Names are drawn, and one that no partition
 * prefers is replaced.
 */
export async function startWithShares(
  start: (place: number) => Promise<DeployedServer>,
  count: number,
  others: readonly DeployedServer[] = [],
): Promise<DeployedServer[]> {
  const started = await Promise.all(Array.from({ length: count }, (_, place) => start(place)))
  for (;;) {
    const preferred = preferredOf([...others, ...started])
    const place = started.findIndex(({ name }) => !preferred.includes(name))
    const idle = started[place]
    if (idle === undefined) return started
    idle.child.kill('SIGTERM')
    await idle.ended()
    started[place] = await start(place)
  }
}

/** Resolves once each partition is decided by the server that it prefers among these. `owners`: who decides now. */
export async function sharedOut(
  owners: () => Promise<readonly string[]>,
  servers: readonly DeployedServer[],
): Promise<void> {
  const preferred = preferredOf(servers)
  await until(async () => isDeepStrictEqual(await owners(), preferred), 60_000)
}

const preferredOf = (servers: readonly DeployedServer[]): (string | null)[] =>
  Array.from({ length: partitionsOfDeployment }, (_, partition) =>
    preferredServer(
      partition,
      servers.map(({ name }) => name),
    ),
  )

// ── people ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every kind
  readonly body: any
  readonly tookMs: number
}

export interface Person {
  readonly userId: string
  /** Who it is, as a request says it. */
  readonly headers: Readonly<Record<string, string>>
  get(at: Address, path: string, headers?: Record<string, string>): Promise<Answered>
  /** Under a new Idempotency-Key and waiting for the decision, unless the headers say otherwise. */
  post(at: Address, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
  /** Posts these very bytes as JSON, whatever they are. */
  send(at: Address, path: string, bytes: string): Promise<Answered>
  put(at: Address, path: string, body: unknown): Promise<Answered>
}

/** Somebody whose token any of the servers takes. */
export async function person(at: Address, userId: string, role = 'buyer'): Promise<Person> {
  const login = await ask(at, 'POST', '/v1/dev/login', {}, JSON.stringify({ userId, role }))
  const authorization = `Bearer ${login.body.token}`
  const commanding = () => ({ authorization, 'idempotency-key': randomUUID(), prefer: 'wait=10' })
  return {
    userId,
    headers: { authorization },
    get: (server, path, headers = {}) => ask(server, 'GET', path, { authorization, ...headers }),
    put: (server, path, body) => ask(server, 'PUT', path, { authorization }, JSON.stringify(body)),
    post: (server, path, body, headers = {}) =>
      ask(
        server,
        'POST',
        path,
        { ...commanding(), ...headers },
        body === undefined ? undefined : JSON.stringify(body),
      ),
    send: (server, path, bytes) => ask(server, 'POST', path, commanding(), bytes),
  }
}

async function ask(
  { address }: Address,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answered> {
  const began = performance.now()
  const response = await fetch(`${address}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : JSON.parse(text),
    tookMs: performance.now() - began,
  }
}
