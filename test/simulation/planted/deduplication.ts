// Planted: one command decided twice, one charge booked twice.
import { createHash } from 'node:crypto'
import { type Command, encodeCommands } from '../../../engine/command.ts'
import type { JournalRow } from '../../../engine/journal.ts'
import type { Accounts, BatchChanges, Delivery } from '../../../engine/ports.ts'
import { asBuilt, type Design } from '../design.ts'
import { Batch } from '../master/batch.ts'
import { SimulatedMaster } from '../master/master.ts'
import { withChannel, withTransactions } from './parts.ts'

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

/** What is known is found by whoever looks; for others the journal's keys let it in again. */
export const repeatNotLookedForAndTaken: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
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

/** A repeat of a charge is a charge. */
export const chargeBookedAtEachRepeat: Design = {
  ...asBuilt,
  makeMaster: (partitions, timer) => {
    const master = new SimulatedMaster(partitions, timer)
    const chargeOnce = master.charge
    let repeats = 0
    master.charge = (charge: Parameters<Accounts['charge']>[0]) => {
      const isRepeat = master.tables.ledger.has(charge.id)
      return chargeOnce(isRepeat ? { ...charge, id: `${charge.id}-${++repeats}` } : charge)
    }
    return master
  },
}
