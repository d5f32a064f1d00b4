// A small hall on a master of its own (SQLite), with shows on sale in its one partition, and who decides about them: without a
// broker and servers, for tests that look at what is decided, or at what is stored then.
import type { ExecutionContext } from 'ava'
import { type Command, commandId, reservationId } from '../../engine/command.ts'
import { type Handled, handle, type Item } from '../../engine/handle.ts'
import { definitionHash, Machines } from '../../engine/machines.ts'
import { ShowMemory } from '../../engine/show-memory.ts'
import { Shows } from '../../engine/shows.ts'
import { registry } from '../../machines/registry.ts'
import { oneHall } from './one-hall.ts'
import { openTemporaryMaster, type TemporaryMaster } from './temporary-master.ts'

export const holdTtlMs = 5_000

export interface HallOnSale extends TemporaryMaster {
  /** The master's time, which tests set. */
  readonly time: { now: number }
  reservationOf(userId: string, showId: string): string
  reserve(userId: string, showId: string, seatId: string): Command
  pay(userId: string, showId: string): Command
  decide(...items: Item[]): Promise<Handled>
}

/** @param seats of a single row, `hall-1-1` and so on */
export async function hallOnSale(
  t: ExecutionContext,
  showIds: readonly string[],
  seats = 3,
): Promise<HallOnSale> {
  const time = { now: Date.UTC(2030, 0, 1) }
  const clock = { now: () => time.now }
  const opened = await openTemporaryMaster(1, clock)
  t.teardown(opened.close)
  const { master } = opened
  await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
  const plan = oneHall({ name: 'Hall', rows: 1, seatsPerRow: seats })
  await master.createVenue({ id: 'hall', name: 'Hall', seatCount: seats, plan })
  await master.createConcert({ id: 'concert', name: 'A concert', description: '' })
  for (const id of showIds)
    await master.createShow({
      id,
      concertId: 'concert',
      venueId: 'hall',
      currency: 'KRW',
      startsAt: time.now + 86_400_000,
      opensAt: time.now - 1,
      closesAt: time.now + 3_600_000,
      holdTtlMs,
      seatLimit: 4,
      extensionMs: 0,
      extensionsMax: 0,
      refundableUntil: 0,
      hasWaitingRoom: false,
      prices: { all: 100 },
    })
  const { reservationIdKey } = await master.settings()
  const machines = new Machines(master)
  await machines.refresh()
  const decider = {
    master,
    machines,
    clock,
    shows: new Shows(master),
    claims: { claimed: async () => new Map<string, string>() },
    memory: new ShowMemory(),
    holdGraceMs: 2_000,
  }
  const tenure = { partition: 0, epoch: await master.raiseEpoch(0, 'alpha', time.now) }
  const reservationOf = (userId: string, showId: string) =>
    reservationId(reservationIdKey, userId, showId, 'key')
  const about = (userId: string, showId: string) => ({
    showId,
    subjectId: reservationOf(userId, showId),
    userId,
    fingerprint: 'body',
    acceptedAt: time.now,
  })
  return {
    ...opened,
    time,
    reservationOf,
    reserve: (userId, showId, seatId) => ({
      ...about(userId, showId),
      id: commandId(userId, 'reserve', showId, 'key'),
      type: 'reserve',
      seatIds: [seatId],
    }),
    pay: (userId, showId) => ({
      ...about(userId, showId),
      id: commandId(userId, 'pay', reservationOf(userId, showId), 'key'),
      type: 'pay',
    }),
    decide: (...items) => handle(decider, tenure, items),
  }
}

export const asItem = (command: Command): Item => ({ kind: 'command', delivery: 1, command })
