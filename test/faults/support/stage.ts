// Where a fault is acted out: app servers as processes on real services, shows that are on sale, buyers, and the
// verdict of the auditor at the end.
import type { ExecutionContext } from 'ava'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import plan from '../../../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import { partitionOf } from '../../../engine/command.ts'
import type { ServerUrls } from '../../../ops/servers/given.ts'
import { Notes } from '../../simulation/notes.ts'
import { Random } from '../../simulation/random.ts'
import {
  type DeployedServer,
  deployment,
  type Person,
  partitionsOfDeployment,
  person,
  sharedOut,
  startWithShares,
} from '../../support/deployment.ts'
import { AppServers } from './app-servers.ts'
import { Buyer } from './buyer.ts'
import { verdict } from './verdict.ts'

export interface StageOptions {
  readonly appServers: number
  readonly shows: number
  readonly settings?: Record<string, string>
}

export const holdTtlMs = 5_000
const settingsOfAll = {
  ...{ HOLD_TTL: `${holdTtlMs}ms`, SEAT_LIMIT: '50', RATE_LIMIT_MAX: '1000000' },
  ...{ LOG_LEVEL: 'warn' },
}

export class Stage {
  readonly servers: AppServers
  readonly urls: ServerUrls
  readonly showIds: readonly string[]
  readonly notes = new Notes()
  readonly statuses = new Map<string, number>()
  readonly random: Random
  readonly #t: ExecutionContext
  #people = 0

  constructor(t: ExecutionContext, urls: ServerUrls, servers: AppServers, showIds: readonly string[]) {
    const seed = Math.floor(Math.random() * 2 ** 31)
    t.log(`seed ${seed}`)
    this.random = new Random(seed)
    this.servers = servers
    this.urls = urls
    this.showIds = showIds
    this.#t = t
  }

  async buyer(balance = 10_000_000): Promise<Buyer> {
    const { servers, notes, statuses, random } = this
    const [server] = servers.all
    if (server === undefined) throw new Error('no app server is there')
    const buyer = new Buyer({
      ...{ servers, notes, statuses, random: random.fork() },
      person: await person(server, `buyer-${++this.#people}`),
    })
    await buyer.charge(balance)
    return buyer
  }

  async buyers(count: number): Promise<Buyer[]> {
    const buyers: Buyer[] = []
    while (buyers.length < count) buyers.push(await this.buyer())
    return buyers
  }

  /** One statement on the master, on a connection of its own: the master may be another process than before. */
  async sql(statement: string, values: unknown[] = []): Promise<RowDataPacket[]> {
    const connection = await createConnection(this.urls.masterUrl)
    try {
      const [rows] = await connection.query<RowDataPacket[]>(statement, values)
      return rows
    } finally {
      await connection.end()
    }
  }

  /** The names of the servers that decide, by partition. */
  async owners(): Promise<string[]> {
    return (await this.sql('SELECT owner FROM partitions ORDER BY id')).map(({ owner }) => owner)
  }

  /** The server that decides for a show. */
  async ownerOf(showId: string): Promise<DeployedServer> {
    return this.servers.named((await this.owners())[partitionOf(showId, partitionsOfDeployment)])
  }

  /** Waits until all is quiet, and has the auditor look at everything. */
  async audit(): Promise<void> {
    const [{ evidence, violations }, statuses] = [await verdict(this), [...this.statuses]]
    const outcomes = [...this.notes.outcomes].sort(([a], [b]) => (a < b ? -1 : 1))
    this.#t.log(`told: ${outcomes.map(([name, count]) => `${count} × ${name}`).join(', ')}`)
    this.#t.log(`statuses: ${statuses.map(([status, count]) => `${count} × ${status}`).join(', ')}`)
    this.#t.log(`audited: ${evidence.master.journal.length} decisions, ${violations.length} violations`)
    this.#t.deepEqual(violations, [])
    this.#t.is(this.statuses.get('500') ?? 0, 0, 'nobody was told of a fault of the server')
  }
}

/** App servers that share the work, and shows on sale, each on a partition of its own. */
export async function setStage(
  t: ExecutionContext,
  given: ServerUrls,
  { appServers, shows, settings = {} }: StageOptions,
): Promise<Stage> {
  const deployed = await deployment(t, given)
  const servers = new AppServers(deployed, { ...settingsOfAll, ...settings })
  for (const server of await startWithShares(() => deployed.start(servers.settings), appServers))
    servers.putBack(server)
  const stage = new Stage(t, deployed.urls, servers, showsOnOwnPartitions(shows))
  await sharedOut(() => stage.owners(), servers.all)
  await putOnSale(stage)
  return stage
}

function showsOnOwnPartitions(count: number): string[] {
  const found = new Map<number, string>()
  for (let number = 1; found.size < Math.min(count, partitionsOfDeployment); number++) {
    const showId = `show-${number}`
    const partition = partitionOf(showId, partitionsOfDeployment)
    if (!found.has(partition)) found.set(partition, showId)
  }
  return [...found.values()]
}

async function putOnSale({ servers, showIds }: Stage): Promise<void> {
  const [server] = servers.all
  if (server === undefined) throw new Error('no app server is there')
  const admin = await person(server, 'root', 'admin')
  await make(admin, server, '/v1/admin/venues', { id: 'hall', name: 'Hall', plan })
  await make(admin, server, '/v1/admin/concerts', { id: 'tour', name: 'Tour', description: '' })
  for (const id of showIds)
    await make(admin, server, '/v1/admin/shows', {
      ...{ id, concertId: 'tour', venueId: 'hall' },
      ...{ opensAt: '2020-01-01T00:00:00Z', startsAt: '2090-01-01T00:00:00Z' },
      closesAt: '2090-01-01T00:00:00Z',
      prices: { VIP: 300, 'Kategorie I': 200, 'Kategorie II': 100 },
    })
}

async function make(admin: Person, server: DeployedServer, path: string, body: object): Promise<void> {
  const made = await admin.post(server, path, body)
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
}
