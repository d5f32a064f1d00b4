// What every adapter of the tallies must do: give the last of each partition to everybody, and none of an earlier epoch.
import test from 'ava'
import type { PartitionTally, Tallies } from '../../engine/ports.ts'

export interface TalliesUnderTest {
  readonly tallies: Tallies
  /** The same tallies, seen by another server. */
  readonly elsewhere: Tallies
}

const tally = (partition: number, epoch: number, values: Partial<PartitionTally> = {}): PartitionTally => ({
  partition,
  epoch,
  at: 1_800_000_000_000,
  since: 1_799_000_000_000,
  isWhole: true,
  machines: {
    'reservation@1': {
      states: { held: 3, paid: 1 },
      flows: { 5: { total: 4, lastMinute: 4, perSecond: 0.5 } },
      durations: { held: { 80: 1 } },
    },
  },
  waitingMessages: null,
  commandsPerMessage: 1.5,
  retriesLastMinute: 0,
  ...values,
})

export function talliesContract(adapter: string, setUp: () => Promise<TalliesUnderTest>): void {
  const read = async ({ elsewhere }: TalliesUnderTest) =>
    (await elsewhere.read()).toSorted((one, other) => one.partition - other.partition)

  test(`${adapter}: what is told is read whole, by any server`, async (t) => {
    const given = await setUp()
    t.deepEqual(await read(given), [])
    const told = [tally(0, 1), tally(1, 7, { waitingMessages: 12, machines: {} })]
    await given.tallies.tell(told)
    t.deepEqual(await read(given), told)
  })

  test(`${adapter}: the last one of a partition counts, and the others' stay`, async (t) => {
    const given = await setUp()
    await given.tallies.tell([tally(0, 1), tally(1, 1)])
    const later = tally(0, 1, { at: 1_800_000_001_000 })
    await given.elsewhere.tell([later])
    t.deepEqual(await read(given), [later, tally(1, 1)])
  })

  test(`${adapter}: who has been fenced out changes nothing any more`, async (t) => {
    const given = await setUp()
    await given.tallies.tell([tally(0, 10)])
    await given.elsewhere.tell([tally(0, 9, { isWhole: false })])
    t.deepEqual(await read(given), [tally(0, 10)])
    await given.elsewhere.tell([tally(0, 11)])
    t.deepEqual(await read(given), [tally(0, 11)])
  })
}
