// A small sale, decided by the real engine on a real master: two buyers, of whom one pays and the other lets a hold run
// out; and all of it as evidence.
import type { Knex } from 'knex'
import { EmbeddedProjection } from '../../../adapters/locks/embedded-projection.ts'
import type { WholeMaster } from '../../../adapters/master/master.ts'
import { type Command, commandId, fingerprint, partitionOf, reservationId } from '../../../engine/command.ts'
import { handle, type Item } from '../../../engine/handle.ts'
import { definitionHash, Machines } from '../../../engine/machines.ts'
import { ShowMemory } from '../../../engine/show-memory.ts'
import { Shows } from '../../../engine/shows.ts'
import { registry } from '../../../machines/registry.ts'
import { makeHall, makeShow, salesOpenAtMs } from '../../simulation/hall.ts'
import { beginning } from '../../simulation/process-clock.ts'
import { Random } from '../../simulation/random.ts'
import type { Evidence } from '../evidence.ts'
import { readMaster } from '../from-database.ts'
import { readFastStore } from '../from-fast-store.ts'

export const partitions = 1
const holdGraceMs = 2_000
const showId = 'show-1'
export const openedAt = beginning + salesOpenAtMs

/** The fast store is the embedded one. Whoever pays nothing has never charged a balance. */
export async function sell(
  master: WholeMaster,
  knex: Knex,
  { isFree = false } = {},
): Promise<() => Promise<Evidence>> {
  const random = new Random(1)
  const { plan, seatIds } = makeHall(random)
  const priced = makeShow(showId, random, { hasWaitingRoom: false, mayCloseEarly: true })
  const free = Object.fromEntries(Object.keys(priced.prices).map((category) => [category, 0]))
  const show = isFree ? { ...priced, prices: free } : priced
  const charges = isFree ? [] : [{ userId: 'ann', amount: 50_000, told: 'done' as const }]
  await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
  await master.createVenue({ id: 'hall', name: 'A small hall', seatCount: seatIds.length, plan })
  await master.createConcert({ id: 'concert', name: 'A concert', description: '' })
  await master.createShow(show)
  for (const { userId, amount } of charges)
    await master.charge({ id: 'charge', userId, amount, at: openedAt })

  const machines = new Machines(master)
  await machines.refresh()
  const projection = new EmbeddedProjection()
  const partition = partitionOf(showId, partitions)
  const tenure = { partition, epoch: await master.raiseEpoch(partition, 'server', openedAt) }
  let now = openedAt
  const decider = {
    master,
    machines,
    holdGraceMs,
    shows: new Shows(master),
    memory: new ShowMemory(),
    claims: { claimed: async () => new Map() },
    clock: { now: () => now },
  }
  const decide = async (at: number, items: Item[]) => {
    now = at
    for (const { from, to, changes } of (await handle(decider, tenure, items)).seatMoves)
      if ((await projection.apply(showId, from, to, changes)) === 'gap')
        await projection.replace(showId, (await master.seatMap(showId)) ?? { revision: 0, taken: new Map() })
  }
  const { reservationIdKey } = await master.settings()
  const command = (userId: string, what: Pick<Command, 'type'> & object): Item => {
    const subjectId = reservationId(reservationIdKey, userId, showId, 'key')
    const id = commandId(userId, what.type, showId, 'key')
    const common = { id, showId, subjectId, userId, fingerprint: fingerprint({}), acceptedAt: now }
    return { kind: 'command', delivery: 1, command: { ...common, ...what } as Command }
  }
  const reserve = (...seats: (string | undefined)[]) => ({
    type: 'reserve' as const,
    seatIds: seats.map(String),
  })
  await decide(openedAt, [
    command('ann', reserve(seatIds[0], seatIds[1])),
    command('ben', reserve(seatIds[2])),
  ])
  await decide(openedAt + 500, [command('ann', { type: 'pay' }), command('ben', reserve(seatIds[0]))])
  const until = openedAt + show.holdTtlMs + holdGraceMs
  await decide(until, [{ kind: 'wake', delivery: 2, until }])

  const fastStore = { read: (id: string) => projection.read(id), claimed: async () => new Map() }
  return async () => ({
    master: await readMaster(knex),
    fastStore: await readFastStore(fastStore, [showId], until),
    clients: { requests: [], charges },
    heard: null,
    now: until,
  })
}
