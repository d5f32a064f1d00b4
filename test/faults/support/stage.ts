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
import { askOnce } from '../../support/mysql-master.ts'
import { runSeed } from '../../support/seed.ts'
import { until } from '../../support/until.ts'
import { AppServers } from './app-servers.ts'
import { Buyer } from './buyer.ts'
import { conclude, type Outcome } from './outcome.ts'

export interface StageOptions {
  readonly appServers: number
  readonly shows: number
  readonly settings?: Record<string, string>
  /** Of one server alone, by its place, counted from the first: the ways that it takes, for example. */
  readonly settingsOf?: (place: number, urls: ServerUrls) => Record<string, string>
}

export const holdTtlMs = 5_000
const settingsOfAll = {
  HOLD_TTL: `${holdTtlMs}ms`,
  SEAT_LIMIT: '50',
  RATE_LIMIT_MAX: '1000000',
  LOG_LEVEL: 'warn',
}

export class Stage {
  readonly servers: AppServers
  readonly urls: ServerUrls
  /** Of all the shows that there were. */
  readonly showIds: string[] = []
  readonly admin: Person
  readonly notes = new Notes()
  readonly statuses = new Map<string, number>()
  readonly seed = runSeed
  readonly random: Random
  readonly #t: ExecutionContext
  #people = 0
  #turn = 0

  constructor(t: ExecutionContext, { servers, urls, admin }: Pick<Stage, 'servers' | 'urls' | 'admin'>) {
    this.random = new Random(this.seed)
    this.servers = servers
    this.urls = urls
    this.admin = admin
    this.#t = t
  }

  /** The shows that are sold now. */
  get onSale(): readonly string[] {
    return this.showIds.slice(-this.#turn)
  }

  /** As many other shows, each on a partition of its own. */
  async putOnSale(count: number): Promise<void> {
    const showIds = showsOnOwnPartitions(count, this.showIds.length)
    for (const id of showIds)
      await this.#make('/v1/admin/shows', {
        id,
        concertId: 'tour',
        venueId: 'hall',
        opensAt: '2020-01-01T00:00:00Z',
        startsAt: '2090-01-01T00:00:00Z',
        closesAt: '2090-01-01T00:00:00Z',
        prices: { VIP: 300, 'Kategorie I': 200, 'Kategorie II': 100 },
      })
    this.showIds.push(...showIds)
    this.#turn = showIds.length
  }

  async build(): Promise<void> {
    await this.#make('/v1/admin/venues', { id: 'hall', name: 'Hall', plan })
    await this.#make('/v1/admin/concerts', { id: 'tour', name: 'Tour', description: '' })
  }

  async buyer(balance = 10_000_000): Promise<Buyer> {
    const { servers, notes, statuses, random } = this
    const [server] = servers.all
    if (server === undefined) throw new Error('no app server is there')
    const buyer = new Buyer({
      servers,
      notes,
      statuses,
      random: random.fork(),
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

  sql(statement: string, values: unknown[] = []): Promise<RowDataPacket[]> {
    return askOnce(this.urls.masterUrl, statement, values)
  }

  /** Made once, however often it takes: a server may be away just now. */
  async #make(path: string, body: object): Promise<void> {
    await until(async () => {
      const made = await this.admin.post(this.random.pick(this.servers.all), path, body).catch(() => null)
      if (made !== null && made.status >= 400 && made.status !== 503)
        throw new Error(JSON.stringify(made.body))
      return made !== null && made.status < 300
    }, 60_000)
  }

  /** The names of the servers that decide, by partition. */
  async owners(): Promise<string[]> {
    return (await this.sql('SELECT owner FROM partitions ORDER BY id')).map(({ owner }) => owner)
  }

  /** The server that decides for a show. */
  async ownerOf(showId: string): Promise<DeployedServer> {
    return this.servers.named((await this.owners())[partitionOf(showId, partitionsOfDeployment)])
  }

  /** A show that this server decides for. */
  async showOf({ name }: DeployedServer): Promise<string> {
    const owners = await this.owners()
    const found = this.showIds.find((id) => owners[partitionOf(id, partitionsOfDeployment)] === name)
    if (found === undefined) throw new Error(`${name} decides for no show`)
    return found
  }

  /** While it is held, nothing of the show is decided: what is asked for queues up. @returns what lets go of it */
  async holdUp(showId: string): Promise<() => Promise<void>> {
    const connection = await createConnection(this.urls.masterUrl)
    this.#t.teardown(() => connection.end())
    await connection.query('START TRANSACTION')
    await connection.query('SELECT * FROM show_heads WHERE show_id = ? FOR UPDATE', [showId])
    return async () => void (await connection.query('ROLLBACK'))
  }

  /** What stands in the journal of a show, in order. */
  async decided(showId: string): Promise<RowDataPacket[]> {
    return this.sql('SELECT * FROM journal WHERE show_id = ? ORDER BY position', [showId])
  }

  /** The seats that are not free, as a buyer sees them. */
  async projectionOf(
    showId: string,
    at = this.servers.all[0],
  ): Promise<{ revision: number; taken: string[] }> {
    const seats = await fetch(`${at?.address}/v1/shows/${showId}/seats`)
    if (!seats.ok) throw new Error(await seats.text())
    const { revision, items } = (await seats.json()) as {
      revision: number
      items: { id: string; status: string }[]
    }
    const taken = items.filter(({ status }) => status !== 'free').map(({ id, status }) => `${id} ${status}`)
    return { revision, taken }
  }

  /** Resolves once a buyer sees the seats as the master has them now. */
  async isProjected(showId: string, at = this.servers.all[0]): Promise<void> {
    const [head] = await this.sql('SELECT seats_revision FROM show_heads WHERE show_id = ?', [showId])
    await until(async () => (await this.projectionOf(showId, at)).revision >= head?.seats_revision)
  }

  /** Waits until all is quiet, has the auditor look at everything, and tells what came of the fault. */
  async conclude(outcome: Outcome): Promise<void> {
    await conclude(this.#t, this, outcome)
  }
}

/** App servers that share the work, and shows on sale, each on a partition of its own. */
export async function setStage(
  t: ExecutionContext,
  given: ServerUrls,
  { appServers, shows, settings = {}, settingsOf = () => ({}) }: StageOptions,
): Promise<Stage> {
  const deployed = await deployment(t, given)
  const settingsAt = (place: number) => ({
    ...settingsOfAll,
    ...settings,
    ...settingsOf(place, deployed.urls),
  })
  const started = await startWithShares((place) => deployed.start(settingsAt(place)), appServers)
  const servers = new AppServers(deployed, settingsAt, started)
  const [first] = started
  if (first === undefined) throw new Error('a stage has app servers')
  const admin = await person(first, 'root', 'admin')
  const stage = new Stage(t, { urls: deployed.urls, servers, admin })
  await sharedOut(() => stage.owners(), started)
  await stage.build()
  await stage.putOnSale(shows)
  return stage
}

function showsOnOwnPartitions(count: number, beside: number): string[] {
  const found = new Map<number, string>()
  for (let number = 1 + 1_000 * beside; found.size < Math.min(count, partitionsOfDeployment); number++) {
    const showId = `show-${number}`
    const partition = partitionOf(showId, partitionsOfDeployment)
    if (!found.has(partition)) found.set(partition, showId)
  }
  return [...found.values()]
}
