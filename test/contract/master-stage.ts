// A show of its own in a partition of its own for each behaviour of the master, so that all of them can run at once
// on one database; and the rows that they are about.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { partitionOf } from '../../engine/command.ts'
import { Transient } from '../../engine/failures.ts'
import { chainStart } from '../../engine/journal.ts'
import type {
  Administration,
  Archive,
  BatchChanges,
  BatchTransaction,
  LedgerTransaction,
  MachineVersions,
  Master,
  Replica,
  ReservationRow,
  ScheduledShow,
  Settings,
  ShowHead,
} from '../../engine/ports.ts'
import { retrying } from '../../engine/retry.ts'
import { lanes } from '../support/lanes.ts'

export type WholeMaster = Master & Administration & MachineVersions & Settings

export const partitions = 128

/** One database for the whole suite. */
export interface MasterUnderTest {
  readonly master: WholeMaster
  /** Of the same database: it is never behind. */
  readonly replica: Replica
  /** Of the same database, for whoever reads all of it; closed by whoever opens it. */
  openArchive(): Archive
  /** Another server at the same database, asking for so many partitions. */
  open(partitions: number): Promise<WholeMaster>
  close(): Promise<void>
}

export type MasterSetUp = () => Promise<MasterUnderTest>

export interface Stage extends MasterUnderTest {
  readonly partition: number
  readonly epoch: number
  readonly showId: string
  /** As `id`, and nobody else's. */
  own(id: string): string
  inBatch<T>(work: (transaction: BatchTransaction) => Promise<T>): Promise<T>
  write(changes: Partial<BatchChanges>): Promise<void>
  changes(changes: Partial<BatchChanges>): BatchChanges
  head(values?: Partial<ShowHead>): ShowHead
  entry(position: number, values?: Partial<ReturnType<typeof entryOf>>): ReturnType<typeof entryOf>
  reservation(values?: Partial<ReservationRow>): ReservationRow
}

export const now = 1_800_000_000_000

type Run = (t: ExecutionContext, stage: Stage) => Promise<void>

export interface Behaviour {
  (sentence: string, run: Run): void
  /** Before all others, and not at once with any. */
  alone(sentence: string, run: Run): void
}

/** Each sentence is a test of its own on the one database that `setUp` opens. */
export function stageFor(adapter: string, setUp: MasterSetUp): Behaviour {
  let given: MasterUnderTest
  test.before(async () => {
    given = await setUp()
    const machines = ['reservation', 'show'].map((name) => ({ name, version: 1, definitionHash: name }))
    await given.master.register(machines)
  })
  test.after.always(() => given?.close())

  let staged = 0
  const inTurn = lanes()
  const onStage = (run: Run) => {
    const partition = staged++
    return async (t: ExecutionContext) => {
      t.timeout(60_000)
      await inTurn(partition, async () => run(t, await stage(given, partition)))
    }
  }
  return Object.assign((sentence: string, run: Run) => test(`${adapter}: ${sentence}`, onStage(run)), {
    alone: (sentence: string, run: Run) => test.serial(`${adapter}: ${sentence}`, onStage(run)),
  })
}

const patienceMs = 20_000

export const unused: Omit<BatchChanges, 'partition' | 'epoch' | 'stamp'> = {
  journal: [],
  shows: [],
  reservationsMade: [],
  reservationsChanged: [],
  seatsReleased: [],
  seatsSold: [],
  seatsTaken: [],
  ledger: [],
  outbox: [],
  parked: [],
}

async function stage(given: MasterUnderTest, partition: number): Promise<Stage> {
  const { master } = given
  const showId = showIn(partition)
  await makeShow(master, { id: showId })
  const epoch = await master.raiseEpoch(partition, 'server', now)
  const own = (id: string) => `${id}@${partition}`
  const changes = (some: Partial<BatchChanges>) => ({ ...unused, partition, epoch, stamp: now, ...some })
  const inBatch: Stage['inBatch'] = (work) => master.transaction(work)
  return {
    ...given,
    partition,
    epoch,
    showId,
    own,
    inBatch,
    changes,
    // As a consumer does: the batches of other tests are on the same tables, and may be in the way.
    write: (some) =>
      retrying(
        () =>
          inBatch(async (transaction) => {
            await transaction.fence(partition)
            await transaction.write(changes(some))
          }),
        {
          clock: { sleep: (ms) => sleep(ms) },
          random: () => 0.5,
          signal: AbortSignal.timeout(patienceMs),
          isRetried: (error) => error instanceof Transient,
          onRetry() {},
        },
      ),
    head: (values) => ({
      showId,
      partition,
      state: 'open',
      seq: 0,
      machineVersion: 1,
      position: 0,
      hash: chainStart(showId),
      seatsRevision: 0,
      ...values,
    }),
    entry: (position, values) => ({ ...entryOf(showId, position), ...values }),
    reservation: (values) => ({ ...reservationOf(showId), ...values }),
  }
}

function showIn(partition: number): string {
  for (;;) {
    const showId = `show-${randomUUID().slice(0, 8)}`
    if (partitionOf(showId, partitions) === partition) return showId
  }
}

export async function makeShow(
  master: Administration,
  values: Partial<ScheduledShow> & { id: string },
): Promise<ScheduledShow> {
  const venue = { id: `venue-of-${values.id}`, name: 'Hall', seatCount: 3, plan: { name: 'Hall', zones: [] } }
  const concert = { id: values.concertId ?? `concert-of-${values.id}`, name: 'The Band', description: '' }
  const show: ScheduledShow = {
    concertId: concert.id,
    venueId: venue.id,
    currency: 'EUR',
    startsAt: now + 9_000,
    opensAt: now - 1_000,
    closesAt: now + 8_000,
    holdTtlMs: 480_000,
    seatLimit: 4,
    extensionMs: 60_000,
    extensionsMax: 1,
    refundableUntil: 0,
    hasWaitingRoom: true,
    prices: { Stalls: 5_000, Balcony: 3_000 },
    ...values,
  }
  await master.createVenue(venue)
  await master.createConcert(concert)
  await master.createShow(show)
  return show
}

const entryOf = (showId: string, position: number) => ({
  showId,
  position,
  commandId: `${showId}-${position}`,
  subjectId: `${showId}.${position}`,
  seq: 1 as number | null,
  entry: `{"position": ${position},  "spaced":"Ünïcode \u{1f3ab} \\u0000"}`,
  hash: Buffer.alloc(32, position),
})

export const reservationOf = (showId: string): ReservationRow => ({
  id: `${showId}.one`,
  showId,
  userId: `buyer-of-${showId}`,
  state: 'held',
  seq: 1,
  machineVersion: 1,
  seatCount: 2,
  deadline: now + 1_000,
  context: '{"seats":[{"id":"A-1","price":5000}],"note":"日本"}',
  createdAt: now,
  updatedAt: now,
})

/** Between a user and the show's revenue; positive amounts go to the user. */
export const transfer = (id: string, userId: string, showId: string, amount: number): LedgerTransaction => ({
  id,
  kind: amount < 0 ? 'payment' : 'refund',
  at: now,
  reference: `${showId}.one`,
  entries: [
    { account: `user:${userId}`, amount },
    { account: `revenue:${showId}`, amount: -amount },
  ],
})
