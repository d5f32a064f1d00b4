// What the contract of the master's part of the waiting room is tried on: a room of its own for each behaviour, on a
// database that all of them share.
import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Master } from '../../engine/ports.ts'
import type {
  AdmissionRequest,
  FreezeRequest,
  InletPolicy,
  Turn,
  WaitingRoomLedger,
} from '../../engine/waiting-room-ports.ts'
import { lanes } from '../support/lanes.ts'
import { reservationOf, unused } from './master-stage.ts'

export interface MasterOfRooms extends Pick<Master, 'transaction' | 'raiseEpoch'> {
  readonly waitingRooms: WaitingRoomLedger
}

export interface MasterOfRoomsUnderTest {
  readonly master: MasterOfRooms
  close(): Promise<void>
}

/** On a database that all behaviours share, with a partition for each. */
export type WaitingRoomLedgerSetUp = (partitions: number) => Promise<MasterOfRoomsUnderTest>

const partitions = 64

export const now = 1_800_000_000_000
export const closesAt = now + 24 * 3_600_000
export const settings = {
  ratePerSecond: 0.25,
  admittedMax: 100,
  sessionTtlMs: 600_000,
  isLottery: false,
  followsStock: false,
}
export const policy = { ...settings, isPaused: false, version: 1 }

export const turn = (userId: string, number: number): Turn => ({ userId, number, lot: number })

export type Behaviour = (
  sentence: string,
  run: (t: ExecutionContext, stage: Awaited<ReturnType<typeof stageOf>>) => Promise<void>,
) => void

/** To be called once a file: it opens the database. */
export function behaviourOf(adapter: string, setUp: WaitingRoomLedgerSetUp): Behaviour {
  let given: MasterOfRoomsUnderTest
  test.before(async () => {
    given = await setUp(partitions)
  })
  test.after.always(() => given?.close())

  let staged = 0
  const inTurn = lanes()
  return (sentence, run) => {
    const partition = staged++
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(60_000)
      await inTurn(partition, async () => run(t, await stageOf(given.master, partition)))
    })
  }
}

export const opensAt = now + 3_600_000
export const opening = (at: number) => ({ clock: { now: () => at }, opensAt })

export const crowd = { through: 3, members: 2, digest: 'ab'.repeat(32) }

async function stageOf(master: MasterOfRooms, partition: number) {
  const ledger = master.waitingRooms
  const showId = `show-${randomUUID().slice(0, 8)}`
  await ledger.ensure(showId, settings, closesAt)
  return {
    ledger,
    showId,
    async change(
      ...[some, at = now]: [Parameters<WaitingRoomLedger['change']>[1], number?]
    ): Promise<InletPolicy> {
      const changed = await ledger.change(showId, some, opening(at))
      if (changed === 'settled') throw new Error('the lottery is settled')
      return changed
    },
    async hold(userId: string, createdAt: number, deadline: number): Promise<void> {
      const held = { ...reservationOf(showId), id: `${showId}.${randomUUID()}`, userId, createdAt, deadline }
      const epoch = await master.raiseEpoch(partition, 'server', createdAt)
      await master.transaction(async (transaction) => {
        await transaction.fence(partition)
        await transaction.write({
          ...unused,
          partition,
          epoch,
          stamp: createdAt,
          reservationsMade: [held],
        })
      })
    },
    async freeze(some: Partial<FreezeRequest>) {
      const { generation } = await ledger.ensure(showId, settings, closesAt)
      return ledger.freeze({ showId, generation, policy, crowd, now, ...some })
    },
    /** As the leader of the moment, unless it says another. */
    async admit(some: Partial<AdmissionRequest>) {
      const { generation } = await ledger.ensure(showId, settings, closesAt)
      const nothing = { turns: [], lapsed: [], serving: 0, issued: 1, now }
      return ledger.admit({ showId, generation, policy, ...nothing, ...some })
    },
  }
}
