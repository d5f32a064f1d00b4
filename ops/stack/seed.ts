// A show that is on sale on a stack, made as an administrator makes it.
import { signToken } from '../../bench/tokens.ts'

export interface SeedOptions {
  /** The load balancer's address for administrators. */
  readonly inside: string
  /** That signs bearer tokens. */
  readonly authSecret: string
  readonly showId: string
  readonly plan: { readonly name: string; readonly categories: readonly { readonly name: string }[] }
  /** A waiting room that lets in so many each second, and has so many inside at most; without one everybody comes in. */
  readonly room?: { readonly ratePerSecond: number; readonly admittedMax?: number }
}

/** Every seat costs the same, in minor units. */
const price = 1_000
const roomForAll = { admittedMax: 100_000, sessionTtlMs: 3_600_000 }

/** @throws {Error} with what the server says instead */
export async function seed({ inside, authSecret, showId, plan, room }: SeedOptions): Promise<void> {
  const headers = {
    authorization: `Bearer ${signToken(authSecret, 'stack', 'admin')}`,
    'content-type': 'application/json',
  }
  const make = async (method: string, path: string, body: object): Promise<void> => {
    const answer = await fetch(`${inside}${path}`, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} was refused: ${await answer.text()}`)
  }
  await make('POST', '/v1/admin/venues', { id: showId, name: plan.name, plan })
  await make('POST', '/v1/admin/concerts', { id: showId, name: plan.name, description: '' })
  await make('POST', '/v1/admin/shows', {
    id: showId,
    concertId: showId,
    venueId: showId,
    hasWaitingRoom: room !== undefined,
    opensAt: '2020-01-01T00:00:00Z',
    closesAt: '2090-01-01T00:00:00Z',
    startsAt: '2090-01-01T00:00:00Z',
    prices: Object.fromEntries(plan.categories.map(({ name }) => [name, price])),
  })
  if (room) await make('PUT', `/v1/admin/shows/${showId}/waiting-room`, { ...roomForAll, ...room })
}
