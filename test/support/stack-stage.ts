// A native stack of a test's own, with shows on sale and people who come in through the load balancer and have money.
import type { Agent } from 'node:http'
import type { RowDataPacket } from 'mysql2/promise'
import { signToken } from '../../bench/tokens.ts'
import { PrivateFolder } from '../../ops/servers/folder.ts'
import type { ServerUrls } from '../../ops/servers/given.ts'
import { type SeedOptions, seed } from '../../ops/stack/seed.ts'
import { type Stack, startStack } from '../../ops/stack/stack.ts'
import { Buyer } from '../faults/support/buyer.ts'
import { Notes } from '../simulation/notes.ts'
import { Random } from '../simulation/random.ts'
import type { Address } from './deployment.ts'
import { askOnce } from './mysql-master.ts'
import { sharedConnections, Visitor } from './visitor.ts'

const fortune = 1_000_000
const settingsOfAll = { RATE_LIMIT_MAX: '1000000', LOG_LEVEL: 'warn' }

export interface Guest {
  readonly visitor: Visitor
  readonly buyer: Buyer
}

export class StackStage {
  readonly stack: Stack
  /** Of all the shows that there were. */
  readonly showIds: string[] = []
  readonly notes = new Notes()
  readonly statuses = new Map<string, number>()
  readonly seed: number
  readonly random: Random
  readonly #agent: Agent = sharedConnections()
  readonly #folder: PrivateFolder
  #people = 0
  #isStopped = false

  constructor({ stack, folder }: StartedStack, seed: number) {
    this.stack = stack
    this.seed = seed
    this.random = new Random(seed)
    this.#folder = folder
  }

  get urls(): ServerUrls {
    const { replicaUrl, redisUrl, amqpUrl } = this.stack.services
    return { masterUrl: this.stack.masterUrl, replicaUrl, redisUrl, amqpUrl }
  }

  /** Then nobody needs to try any longer. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** As requests reach them. */
  get servers(): { readonly all: readonly Address[] } {
    return { all: [{ address: this.stack.outside }] }
  }

  visitor(userId: string, role: 'buyer' | 'admin' | 'payments' = 'buyer'): Visitor {
    return new Visitor(userId, signToken(this.stack.secrets.authSecret, userId, role), this.#agent)
  }

  /** With money in the account, which the payment provider has brought there. */
  async guest(userId: string): Promise<Guest> {
    const { notes, statuses, servers, random } = this
    const provider = this.visitor('provider', 'payments')
    const key = `deposit-${userId}`
    notes.charge(key, { userId, amount: fortune, told: 'unknown' })
    const charged = await provider.post(
      { address: this.stack.outside },
      `/v1/users/${userId}/charges`,
      { amount: fortune },
      { 'idempotency-key': key },
    )
    if (charged.status !== 201) throw new Error(JSON.stringify(charged.body))
    notes.charge(key, { userId, amount: fortune, told: 'done' })
    const visitor = this.visitor(userId)
    return { visitor, buyer: new Buyer({ person: visitor, random: random.fork(), servers, notes, statuses }) }
  }

  async buyers(count: number): Promise<Buyer[]> {
    const buyers: Buyer[] = []
    while (buyers.length < count) buyers.push((await this.guest(`buyer-${++this.#people}`)).buyer)
    return buyers
  }

  async openShow(show: Pick<SeedOptions, 'showId' | 'plan' | 'room'>): Promise<void> {
    const { inside, secrets } = this.stack
    await seed({ inside, authSecret: secrets.authSecret, ...show })
    this.showIds.push(show.showId)
  }

  sql(statement: string, values: unknown[] = []): Promise<RowDataPacket[]> {
    return askOnce(this.urls.masterUrl, statement, values)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#agent.destroy()
    await this.stack.stop()
    await this.#folder.remove()
  }
}

export interface StartedStack {
  readonly stack: Stack
  readonly folder: PrivateFolder
}

/** @param settings of the app servers */
export async function startOwnStack(settings: Readonly<Record<string, string>>): Promise<StartedStack> {
  const folder = new PrivateFolder('stack')
  try {
    return { stack: await startStack({ folder, settings: { ...settingsOfAll, ...settings } }), folder }
  } catch (error) {
    await folder.remove()
    throw error
  }
}
