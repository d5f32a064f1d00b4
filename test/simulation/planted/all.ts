// Bugs planted on purpose. Each takes the place of a part of the simulation; the engine's code is as it is. Which
// invariant must find it is named beside it: a check that finds nothing here would find nothing at all.
import type { Invariant } from '../../auditor/evidence.ts'
import { asBuilt, type Design } from '../design.ts'
import {
  expiryWithoutItsGuard,
  nobodyLooksForOverdueHolds,
  paymentCountsFromItsDecision,
  versionNotKept,
} from './deadlines.ts'
import {
  chargeBookedAtEachRepeat,
  deduplicationInTheBatchLeftOut,
  deduplicationInTheJournalLeftOut,
  repeatNotLookedForAndTaken,
} from './deduplication.ts'
import {
  acknowledgedBeforeCommit,
  epochRaisedOnSubscribing,
  fenceLeftOut,
  orderNotKept,
} from './ownership.ts'
import {
  claimTrusted,
  debitWithoutItsCondition,
  halfAHold,
  halfATransactionRetried,
  seatsNotLookedAt,
} from './seats.ts'
import {
  commitPointNotWaitedFor,
  lateProjectionWrite,
  outboxReadByGreaterThanTheLast,
  projectionWithoutRevisions,
} from './showing.ts'
import { admissionNotWritten, numberRangeReissued, servingBeginsAnew } from './waiting-room.ts'

export interface Bug {
  readonly design: Design
  /** What it takes the place of. */
  readonly part: string
  readonly invariant: Invariant
}

const bug = (design: Design, part: string, invariant: Invariant): Bug => ({ design, part, invariant })
const transaction = "the master's transaction"
const guards = "the machine's guards"
const ledger = "the waiting room's ledger"

export const bugs: Readonly<Record<string, Bug>> = {
  'the fence is left out': bug(fenceLeftOut, transaction, 'I5'),
  'the epoch is raised on subscribing': bug(epochRaisedOnSubscribing, 'the channel', 'I6'),
  'messages are acknowledged before the commit': bug(acknowledgedBeforeCommit, 'the channel', 'I6'),
  'the order of the queue is not kept': bug(orderNotKept, 'the channel', 'I7'),
  'deduplication in the journal is left out': bug(deduplicationInTheJournalLeftOut, transaction, 'I6'),
  'a repeat that was not looked for is taken': bug(repeatNotLookedForAndTaken, transaction, 'I6'),
  'deduplication in the batch is left out': bug(
    deduplicationInTheBatchLeftOut,
    'transaction and channel',
    'I6',
  ),
  'a charge is booked at each repeat': bug(chargeBookedAtEachRepeat, "the master's accounts", 'I2'),
  'an expiry has no guard': bug(expiryWithoutItsGuard, guards, 'I5'),
  'a payment counts from its decision': bug(paymentCountsFromItsDecision, guards, 'I5'),
  'a reservation goes on with the newest version': bug(versionNotKept, 'the choice of a version', 'I5'),
  'nobody looks for overdue holds': bug(nobodyLooksForOverdueHolds, 'the index of deadlines', 'I3'),
  'a debit has no condition': bug(debitWithoutItsCondition, transaction, 'I2'),
  'best-available does not look whether seats are free': bug(seatsNotLookedAt, transaction, 'I1'),
  'a claim is trusted': bug(claimTrusted, transaction, 'I1'),
  'a hold gets one of its seats': bug(halfAHold, transaction, 'I4'),
  'half of a transaction is not done again': bug(halfATransactionRetried, transaction, 'I4'),
  'the projection does without revisions': bug(projectionWithoutRevisions, 'the fast store', 'I8'),
  'a late write to the projection is shown': bug(lateProjectionWrite, 'the fast store', 'I8'),
  'a look-up does not wait for its commit point': bug(
    commitPointNotWaitedFor,
    'the routing of look-ups',
    'I8',
  ),
  'the outbox is read by "greater than the last"': bug(outboxReadByGreaterThanTheLast, 'the outbox', 'I6'),
  'a range of numbers is issued again': bug(numberRangeReissued, ledger, 'I9'),
  'serving begins anew after a loss': bug(servingBeginsAnew, ledger, 'I9'),
  'an admission is not written': bug(admissionNotWritten, ledger, 'I9'),
}

/** @param name null for none */
export function designOf(name: string | null): Design {
  if (name === null) return asBuilt
  const found = bugs[name]
  if (!found) throw new RangeError(`no planted bug is called ${name}`)
  return found.design
}
