// A partition's consumer with a show on sale, on the simulated master: messages go in, and what it takes to decide them comes out.
import type { Aftermath } from '../../engine/aftermath.ts'
import { type Command, encodeCommands } from '../../engine/command.ts'
import { Consumer } from '../../engine/consumer.ts'
import type { Handled } from '../../engine/handle.ts'
import { Machines } from '../../engine/machines.ts'
import type { BatchTransaction, PartitionChannel } from '../../engine/ports.ts'
import { ShowMemory } from '../../engine/show-memory.ts'
import { Shows } from '../../engine/shows.ts'
import { knownTo } from '../simulation/builds.ts'
import { makeHall, makeShow, salesOpenAtMs } from '../simulation/hall.ts'
import { SimulatedMaster } from '../simulation/master/master.ts'
import { beginning } from '../simulation/process-clock.ts'
import { Random } from '../simulation/random.ts'

export const showId = 'show-1'
const now = beginning + salesOpenAtMs

/** About a reservation that never was, so that any of these types is refused. */
export const commandOf = (id: string, type: 'pause' | 'cancel'): Command => ({
  id,
  type,
  showId,
  subjectId: `${showId}.never.was`,
  userId: 'buyer',
  fingerprint: 'none',
  acceptedAt: now,
  replyTo: 'whoever-asked',
})

export async function masterWithSale(): Promise<SimulatedMaster> {
  const random = new Random(1)
  const { plan, seatIds } = makeHall(random)
  const master = new SimulatedMaster(1, { after: () => {}, now: () => now })
  await master.register(knownTo('earlier'))
  await master.createVenue({ id: 'hall', name: 'A small hall', seatCount: seatIds.length, plan })
  await master.createConcert({ id: 'concert', name: 'A concert', description: '' })
  await master.createShow(makeShow(showId, random, { hasWaitingRoom: false, mayCloseEarly: true }))
  return master
}

/** @param messages one after the other, each decided and acknowledged before the next one comes */
export async function decideAll(
  master: SimulatedMaster,
  messages: readonly (readonly Command[])[],
  memory = new ShowMemory(),
): Promise<{ transactions: number; lookUps: number; handled: readonly Handled[] }> {
  const done = { transactions: 0, lookUps: 0, handled: [] as Handled[] }
  const transaction = <T>(work: (transaction: BatchTransaction) => Promise<T>): Promise<T> => {
    done.transactions++
    return master.transaction((open) =>
      work({
        ...open,
        findEntries(commandIds) {
          done.lookUps++
          return open.findEntries(commandIds)
        },
      }),
    )
  }
  const deliveries = messages.map((commands, index) => ({
    number: index + 1,
    body: encodeCommands(commands),
  }))
  const stop = new AbortController()
  const channel: PartitionChannel = {
    receive: async () => deliveries.splice(0, 1),
    acknowledge: async () => {
      if (deliveries.length === 0) stop.abort()
    },
    close: async () => {},
  }
  const machines = new Machines(master)
  await machines.refresh()
  const clock = { now: () => now, sleep: async () => {} }
  const consumer = new Consumer(
    {
      decider: {
        master: { transaction },
        claims: { claimed: async () => new Map<string, string>() },
        clock,
        machines,
        shows: new Shows(master),
        holdGraceMs: 0,
        memory,
      },
      broker: { subscribe: async () => channel },
      aftermath: {
        follow: (_partition: number, handled: readonly Handled[]) => void done.handled.push(...handled),
      } as unknown as Aftermath,
      ownership: master,
      clock,
      random: () => 0,
      log: { info() {}, warn() {}, error() {} },
      server: 'alpha',
    },
    0,
  )
  await consumer.run(stop.signal)
  return done
}
