// What a batch with a command that nobody can decide costs those around it: a few transactions, however long it is.
import test from 'ava'
import type { Aftermath } from '../../engine/aftermath.ts'
import { type Command, encodeCommands } from '../../engine/command.ts'
import { Consumer } from '../../engine/consumer.ts'
import { Machines } from '../../engine/machines.ts'
import type { BatchTransaction, PartitionChannel } from '../../engine/ports.ts'
import { ShowMemory } from '../../engine/show-memory.ts'
import { Shows } from '../../engine/shows.ts'
import { knownTo } from '../simulation/builds.ts'
import { makeHall, makeShow } from '../simulation/hall.ts'
import { SimulatedMaster } from '../simulation/master/master.ts'
import { Random } from '../simulation/random.ts'

const showId = 'show-1'
const now = Date.UTC(2030, 0, 1)
const commandsSent = 256
const nameOf = (number: number): string => `command-${number}`

test('a command that cannot be decided is parked within a few transactions, its neighbours are decided in order', async (t) => {
  const master = await masterWithSale()
  const poisoned = 100
  const transactions = await decide(master, (number) => (number === poisoned ? 'pause' : 'cancel'))

  const decided = master.tables.journal.map(({ commandId }) => commandId)
  t.deepEqual(
    decided,
    Array.from({ length: commandsSent }, (_, number) => nameOf(number)),
  )
  t.deepEqual([...master.tables.parked.keys()], [nameOf(poisoned)])
  // At each halving one half that fails and one that does not; in the end the one that parks.
  t.true(transactions <= 2 * Math.log2(commandsSent) + 2, `${transactions} transactions`)
})

async function masterWithSale(): Promise<SimulatedMaster> {
  const random = new Random(1)
  const { plan, seatIds } = makeHall(random)
  const master = new SimulatedMaster(1, { after: () => {}, now: () => now })
  await master.register(knownTo('earlier'))
  await master.createVenue({ id: 'hall', name: 'A small hall', seatCount: seatIds.length, plan })
  await master.createConcert({ id: 'concert', name: 'A concert', description: '' })
  await master.createShow(makeShow(showId, random, { hasWaitingRoom: false, mayCloseEarly: true }))
  return master
}

/** @returns how many transactions it took to decide all that came in one message */
async function decide(
  master: SimulatedMaster,
  typeOf: (number: number) => 'pause' | 'cancel',
): Promise<number> {
  const commands = Array.from({ length: commandsSent }, (_, number) => ({
    ...{ id: nameOf(number), type: typeOf(number), showId, subjectId: `${showId}.never.was` },
    ...{ userId: 'buyer', fingerprint: 'none', acceptedAt: now },
  })) satisfies Command[]
  let transactions = 0
  const counted = <T>(work: (transaction: BatchTransaction) => Promise<T>): Promise<T> => {
    transactions++
    return master.transaction(work)
  }
  const deliveries = [[{ number: 1, body: encodeCommands(commands) }], []]
  const channel: PartitionChannel = {
    receive: async () => deliveries.shift() ?? [],
    acknowledge: async () => stop.abort(),
    close: async () => {},
  }
  const stop = new AbortController()
  const machines = new Machines(master)
  await machines.refresh()
  const clock = { now: () => now, sleep: async () => {} }
  const shows = new Shows(master)
  const memory = new ShowMemory()
  const claims = { claimed: async () => new Map<string, string>() }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const consumer = new Consumer(
    {
      decider: { master: { transaction: counted }, claims, clock, machines, shows, holdGraceMs: 0, memory },
      broker: { subscribe: async () => channel },
      aftermath: { follow: () => {} } as unknown as Aftermath,
      ...{ ownership: master, clock, random: () => 0, log, server: 'alpha' },
    },
    0,
  )
  await consumer.run(stop.signal)
  return transactions
}
