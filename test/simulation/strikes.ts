// What a seed has in store for an evening, drawn before it begins, so that any of it can be left out and the rest stays
// as it is: each strike with its name, its moment and a stream of chance of its own.
import type { Random } from './random.ts'

/** How often each kind strikes in a minute, at most. */
const perMinuteMax = {
  crash: 20,
  'graceful restart': 8,
  'stopped process': 16,
  'cut off from the master': 12,
  'cut off from the broker': 12,
  'cut off from the fast store': 12,
  'cut off from the replica': 8,
  'cut off from clients': 8,
  'half-open link': 12,
  'clogged link': 12,
  'master away': 6,
  'broker away': 6,
  'fast store away': 6,
  'replica away': 6,
  'master restarted': 6,
  'broker restarted': 6,
  'master slow': 12,
  'broker slow': 8,
  'replication stopped': 8,
  'replica lags': 12,
  'fast store flushed': 10,
  'older copy of the fast store': 6,
  'channel closed': 20,
  'channel deaf': 6,
  'row locked by a stranger': 20,
  'row changed by hand': 12,
  'rubbish published': 10,
  'poison published': 10,
  'unreadable command published': 6,
  'strange command published': 30,
  'unknown show published': 6,
  'unstorable command published': 6,
  'flood published': 2,
} as const
export type Kind = keyof typeof perMinuteMax

export interface Strike {
  readonly name: string
  readonly kind: Kind
  readonly atMs: number
  readonly random: Random
}

/** In the order of their moments. */
export function drawStrikes(random: Random, endsAtMs: number): Strike[] {
  const strikes: Omit<Strike, 'name'>[] = []
  for (const [kind, most] of Object.entries(perMinuteMax) as [Kind, number][]) {
    const own = random.fork()
    if (!own.chance(0.4)) continue
    const meanMs = 60_000 / (most * own.next())
    for (let atMs = own.exponential(meanMs); atMs < endsAtMs; atMs += own.exponential(meanMs))
      strikes.push({ kind, atMs, random: own.fork() })
  }
  // A draw by lot takes long enough then for another server to take the room over.
  const atOpening = random.fork()
  if (atOpening.chance(0.2))
    strikes.push({ kind: 'master slow', atMs: atOpening.between(800, 1_000), random: atOpening })
  strikes.sort((a, b) => a.atMs - b.atMs)
  return strikes.map((strike, index) => ({ ...strike, name: `s${index + 1}` }))
}
