// Faulty parts, one a design. Each takes the place of a part of the simulation; the engine's code is as it is.
import { createHash } from 'node:crypto'
import { type Command, encodeCommands } from '../../engine/command.ts'
import type { JournalRow } from '../../engine/journal.ts'
import { Machines } from '../../engine/machines.ts'
import type {
  BatchChanges,
  BatchTransaction,
  Broker,
  Delivery,
  Fence,
  MachineVersions,
  PartitionChannel,
  TakenSeat,
} from '../../engine/ports.ts'
import type { RegisteredMachine } from '../../machines/registry.ts'
import { asBuilt, type Design } from './design.ts'
import { FastStore } from './fast-store.ts'
import { Batch } from './master/batch.ts'
import { SimulatedMaster } from './master/master.ts'
import type { RemoteMaster } from './remote-master.ts'

const withTransactions = (transactions: typeof Batch): Pick<Design, 'makeMaster'> => ({
  makeMaster: (partitions, timer) => new SimulatedMaster(partitions, timer, transactions),
})

// ── the fence ───────────────────────────────────────────────────────────────────────────────────────────────

/** Nothing is locked, each process is told that the epoch is still its own, and a write does not look again. */
export const fenceLeftOut: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override async fence(partition: number): Promise<Fence> {
        return { epoch: 0, lastStamp: 0, ...this.tables.partitions.get(partition) }
      }
      protected override assertFence(): void {}
    },
  ),
  seenMaster: (remote) => {
    const epochs = new Map<number, number>()
    const believed = (transaction: BatchTransaction): BatchTransaction => ({
      ...transaction,
      fence: async (partition) => {
        const fence = await transaction.fence(partition)
        return { ...fence, epoch: epochs.get(partition) ?? fence.epoch }
      },
    })
    const raiseEpoch: RemoteMaster['raiseEpoch'] = async (partition, owner, at) => {
      const epoch = await remote.raiseEpoch(partition, owner, at)
      epochs.set(partition, epoch)
      return epoch
    }
    return {
      ...remote,
      raiseEpoch,
      transaction: (work) => remote.transaction((transaction) => work(believed(transaction))),
    }
  },
}

// ── deduplication ───────────────────────────────────────────────────────────────────────────────────────────

/** No command is known, and the journal's keys let it in again. */
export const deduplicationInTheJournalLeftOut: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override async findEntries(): Promise<ReadonlyMap<string, JournalRow>> {
        return new Map()
      }
      protected override assertNewEntries(): void {}
    },
  ),
}

const mark = '~again'
const unmarked = (id: string): string => id.replace(mark, '')

/** A repeat comes to the engine under a name of its own, where its first is in the same batch; kept under the real one. */
export const deduplicationInTheBatchLeftOut: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override async findEntries(commandIds: readonly string[]): Promise<ReadonlyMap<string, JournalRow>> {
        const found = await super.findEntries(commandIds.map(unmarked))
        return new Map(commandIds.flatMap((id) => [[id, found.get(unmarked(id))] as const]).filter(isFound))
      }
      protected override assertNewEntries(): void {}
      override write(changes: BatchChanges): Promise<void> {
        return super.write(withoutMarks(changes, (showId) => this.tables.shows.get(showId)?.hash))
      }
    },
  ),
  seenBroker: (remote) =>
    withChannel(remote, (channel) => ({
      receive: async (max) => markRepeats(await channel.receive(max)),
    })),
}

const isFound = (pair: readonly [string, JournalRow | undefined]): pair is readonly [string, JournalRow] =>
  pair[1] !== undefined

function markRepeats(deliveries: readonly Delivery[]): Delivery[] {
  const seen = new Set<string>()
  return deliveries.map(({ number, body }) => {
    const { commands } = JSON.parse(body.toString()) as { commands?: Command[] }
    if (!commands) return { number, body }
    const named = commands.map((command) => {
      const isRepeat = seen.has(command.id)
      seen.add(command.id)
      return isRepeat ? { ...command, id: `${command.id}${mark}` } : command
    })
    return { number, body: encodeCommands(named) }
  })
}

/** The names put right, and the chain closed over them. */
function withoutMarks(
  changes: BatchChanges,
  hashBefore: (showId: string) => Buffer | undefined,
): BatchChanges {
  const hashes = new Map<string, Buffer>()
  const journal = changes.journal.map((row) => {
    const entry = unmarked(row.entry)
    const before = hashes.get(row.showId) ?? hashBefore(row.showId) ?? ''
    const hash = createHash('sha256').update(before).update(entry).digest()
    hashes.set(row.showId, hash)
    return { ...row, commandId: unmarked(row.commandId), entry, hash }
  })
  const shows = changes.shows.map((head) => ({ ...head, hash: hashes.get(head.showId) ?? head.hash }))
  return { ...changes, journal, shows }
}

// ── acknowledgement, order ──────────────────────────────────────────────────────────────────────────────────

export const acknowledgedBeforeCommit: Design = {
  ...asBuilt,
  seenBroker: (remote) =>
    withChannel(remote, (channel) => ({
      receive: async (max) => {
        const deliveries = await channel.receive(max)
        const last = deliveries.at(-1)
        if (last) await channel.acknowledge(last)
        return deliveries
      },
    })),
}

/** What is received together is decided in the order of its bytes. */
export const orderNotKept: Design = {
  ...asBuilt,
  seenBroker: (remote) =>
    withChannel(remote, (channel) => ({
      receive: async (max) => {
        const deliveries = await channel.receive(max)
        const bodies = deliveries.map(({ body }) => body).sort(Buffer.compare)
        return deliveries.map(({ number }, index) => ({ number, body: bodies[index] as Buffer }))
      },
    })),
}

const withChannel = (
  remote: Broker,
  changed: (channel: PartitionChannel) => Partial<PartitionChannel>,
): Broker => ({
  publish: (partition, message) => remote.publish(partition, message),
  check: () => remote.check(),
  close: () => remote.close(),
  subscribe: async (partition) => {
    const channel = await remote.subscribe(partition)
    return {
      receive: (max) => channel.receive(max),
      acknowledge: (through) => channel.acknowledge(through),
      close: () => channel.close(),
      ...changed(channel),
    }
  },
})

// ── deadlines ───────────────────────────────────────────────────────────────────────────────────────────────

class MachinesWithoutOverdue extends Machines {
  readonly #changed = new Map<RegisteredMachine, RegisteredMachine>()

  override version(...named: Parameters<Machines['version']>): RegisteredMachine {
    const registered = super.version(...named)
    if (registered.name !== 'reservation') return registered
    const machine = registered.machine.provide({ guards: { isOverdue: () => true } })
    const changed = this.#changed.get(registered) ?? { ...registered, machine }
    this.#changed.set(registered, changed)
    return changed
  }
}

export const expiryWithoutItsGuard: Design = {
  ...asBuilt,
  makeMachines: (versions) => new MachinesWithoutOverdue(versions as MachineVersions),
}

export const nobodyLooksForOverdueHolds: Design = {
  ...asBuilt,
  seenMaster: (remote) => ({ ...remote, hasOverdue: async () => false, silentPartitions: async () => [] }),
}

// ── money and seats ─────────────────────────────────────────────────────────────────────────────────────────

/** Balances are read without a lock, and a debit takes what is not there. */
export const debitWithoutItsCondition: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      protected override async lockAccounts(): Promise<void> {}
      protected override assertCovered(): void {}
    },
  ),
}

/** Best-available sees an empty hall, and the seats' key is not there. */
export const seatsNotLookedAt: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override async loadTakenSeats(
        showId: string,
        seatIds: readonly string[] | 'all',
      ): Promise<ReadonlyMap<string, TakenSeat>> {
        return seatIds === 'all' ? new Map() : super.loadTakenSeats(showId, seatIds)
      }
      protected override assertSeats(): void {}
    },
  ),
}

export const halfAHold: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override write(changes: BatchChanges): Promise<void> {
        return super.write({ ...changes, seatsTaken: changes.seatsTaken.slice(0, 1) })
      }
      protected override assertSeats(): void {}
    },
  ),
}

// ── projection ──────────────────────────────────────────────────────────────────────────────────────────────

/** Each change is shown on top of whatever is there. */
export const projectionWithoutRevisions: Design = {
  ...asBuilt,
  makeFastStore: () =>
    new (class extends FastStore {
      override async apply(...[showId, , to, changes]: Parameters<FastStore['apply']>) {
        const { revision, taken } = (await this.read(showId)) ?? { revision: 0, taken: new Map() }
        const after = new Map(taken)
        for (const change of changes) {
          if (change.taken === null) after.delete(change.seatId)
          else after.set(change.seatId, change.taken)
        }
        await this.replace(showId, { revision: Math.max(to, revision), taken: after })
        return 'applied' as const
      }
    })(),
}
