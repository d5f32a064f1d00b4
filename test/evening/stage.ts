// Where an evening is played: a native stack of its own, a show on sale behind a waiting room, and visitors with money.
import type { Agent } from 'node:http'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { stadiumPlan } from '../../bench/stadium.ts'
import { signToken } from '../../bench/tokens.ts'
import hall from '../../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import { PrivateFolder } from '../../ops/servers/folder.ts'
import type { ServerUrls } from '../../ops/servers/given.ts'
import { seed } from '../../ops/stack/seed.ts'
import { type Stack, startStack } from '../../ops/stack/stack.ts'
import { Buyer } from '../faults/support/buyer.ts'
import { Notes } from '../simulation/notes.ts'
import { Random } from '../simulation/random.ts'
import { sharedConnections, Visitor } from './visitor.ts'

export const showId = 'evening'
const fortune = 1_000_000

export interface StageOptions {
  /** The seats of the hall, or of a stadium of that size. */
  readonly seats: number
  readonly seed: number
  readonly holdTtlMs: number
  readonly hasWaitingRoom: boolean
}

export interface Guest {
  readonly visitor: Visitor
  readonly buyer: Buyer
}

export class EveningStage {
  readonly stack: Stack
  readonly showIds = [showId]
  readonly onSale = [showId]
  readonly notes = new Notes()
  readonly statuses = new Map<string, number>()
  readonly random: Random
  readonly seatIds: readonly string[]
  readonly #agent: Agent = sharedConnections()
  readonly #folder: PrivateFolder

  constructor(stack: Stack, folder: PrivateFolder, seed: number, seatIds: readonly string[]) {
    this.stack = stack
    this.random = new Random(seed)
    this.seatIds = seatIds
    this.#folder = folder
  }

  get urls(): ServerUrls {
    const { replicaUrl, redisUrl, amqpUrl } = this.stack.services
    return { masterUrl: this.stack.masterUrl, replicaUrl, redisUrl, amqpUrl }
  }

  /** As requests reach them. */
  get servers(): { readonly all: readonly { readonly address: string }[] } {
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
    while (buyers.length < count) buyers.push((await this.guest(`buyer-${buyers.length + 1}`)).buyer)
    return buyers
  }

  async sql(statement: string, values: unknown[] = []): Promise<RowDataPacket[]> {
    const connection = await createConnection(this.urls.masterUrl)
    try {
      const [rows] = await connection.query<RowDataPacket[]>(statement, values)
      return rows
    } finally {
      await connection.end()
    }
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    await this.stack.stop()
    await this.#folder.remove()
  }
}

export async function setEveningStage(options: StageOptions): Promise<EveningStage> {
  const { seats, holdTtlMs, hasWaitingRoom } = options
  const plan = seats === 1_222 ? hall : stadiumPlan(seats)
  const seatIds = plan.zones.flatMap(({ rows }) =>
    rows.flatMap((row) => row.seats.map((seat) => seat.seat_guid)),
  )
  const folder = new PrivateFolder('stack')
  const settings = { HOLD_TTL: `${holdTtlMs}ms`, RATE_LIMIT_MAX: '1000000', LOG_LEVEL: 'warn' }
  const stack = await startStack({ folder, settings })
  const stage = new EveningStage(stack, folder, options.seed, seatIds)
  try {
    const { inside, secrets } = stack
    await seed({ inside, authSecret: secrets.authSecret, showId, plan, hasWaitingRoom })
    return stage
  } catch (error) {
    await stage.stop()
    throw error
  }
}
