// Planted: money without its condition, seats that nobody looks at, halves of a transaction.
import { Transient } from '../../../engine/failures.ts'
import type { BatchChanges, BatchTransaction, TakenSeat } from '../../../engine/ports.ts'
import { asBuilt, type Design } from '../design.ts'
import { Batch } from '../master/batch.ts'
import { withTransactions } from './parts.ts'

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

/** What the door has claimed counts as free, and the seats' key is not there. */
export const claimTrusted: Design = {
  ...asBuilt,
  ...withTransactions(
    class extends Batch {
      override async loadTakenSeats(
        showId: string,
        seatIds: readonly string[] | 'all',
      ): Promise<ReadonlyMap<string, TakenSeat>> {
        const taken = await super.loadTakenSeats(showId, seatIds)
        return seatIds === 'all' ? taken : new Map([...taken].filter(([, { status }]) => status === 'sold'))
      }
      protected override assertSeats(): void {}
    },
  ),
}

/** The seats are a statement of their own; where it waits too long for a lock, it is left out and the rest committed. */
export const halfATransactionRetried: Design = {
  ...asBuilt,
  seenMaster: (remote) => {
    const inHalves = (transaction: BatchTransaction): BatchTransaction => ({
      ...transaction,
      write: async (changes) => {
        await transaction.write({ ...changes, seatsTaken: [] })
        try {
          await transaction.write(seatsTakenOf(changes))
        } catch (error) {
          if (!(error instanceof Transient)) throw error
        }
      },
    })
    return {
      ...remote,
      transaction: (work) => remote.transaction((transaction) => work(inHalves(transaction))),
    }
  },
}

const seatsTakenOf = ({ partition, epoch, stamp, seatsTaken }: BatchChanges): BatchChanges => ({
  partition,
  epoch,
  stamp,
  seatsTaken,
  journal: [],
  shows: [],
  reservationsMade: [],
  reservationsChanged: [],
  seatsReleased: [],
  seatsSold: [],
  ledger: [],
  outbox: [],
  parked: [],
})
