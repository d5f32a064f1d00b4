// A stadium of any size on a stack, with a show that is on sale, made as an administrator makes it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stadiumPlan } from '../../bench/stadium.ts'
import { signToken } from '../../bench/tokens.ts'

export interface SeedOptions {
  /** The load balancer's address for administrators. */
  readonly inside: string
  /** The stack's. */
  readonly folder: string
  readonly seats: number
  readonly showId: string
  readonly hasWaitingRoom: boolean
}

/** @returns what there is now, as a sentence */
export async function seed({ inside, folder, seats, showId, hasWaitingRoom }: SeedOptions): Promise<string> {
  const token = signToken(readFileSync(join(folder, 'secrets/auth-secret'), 'utf8'), 'stack', 'admin')
  const make = makerAt(inside, token)
  const plan = stadiumPlan(seats)
  await make('POST', '/v1/admin/venues', { id: showId, name: plan.name, plan })
  await make('POST', '/v1/admin/concerts', { id: showId, name: 'Stadium tour', description: '' })
  await make('POST', '/v1/admin/shows', {
    ...{ id: showId, concertId: showId, venueId: showId, prices: { Standard: 1_000 }, hasWaitingRoom },
    ...{
      opensAt: '2020-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
      startsAt: '2090-01-01T00:00:00Z',
    },
  })
  if (hasWaitingRoom)
    await make('PUT', `/v1/admin/shows/${showId}/waiting-room`, {
      ...{ ratePerSecond: 500, admittedMax: 100_000, sessionTtlMs: 3_600_000 },
    })
  return `The show ${showId} is on sale: ${plan.name}${hasWaitingRoom ? ', with a waiting room' : ''}.`
}

const makerAt =
  (address: string, token: string) =>
  async (method: string, path: string, body: object): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${address}${path}`, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} was refused: ${await answer.text()}`)
  }
