// What one command asks of MySQL or MariaDB does not grow with what was sold before it: each statement finds its rows by a key,
// whether it is about one of them or about several.
import test from 'ava'
import type { BatchChanges, BatchTransaction } from '../../engine/ports.ts'
import { makeShow, now, reservationOf, transfer, unused } from '../contract/master-stage.ts'
import { askOnce, ownMaster } from '../support/mysql-master.ts'

const sold = 3_000
/** Rows; a scan would read as many as were sold, and to be asked how many it has read makes MySQL read some 450. */
const readMax = 1_000

test('a command reads no more rows than it is about, alone or with another', async (t) => {
  const { database, master } = await ownMaster(t)
  await master.register(['reservation', 'show'].map((name) => ({ name, version: 1, definitionHash: name })))
  const { id: showId } = await makeShow(master, { id: 'show-1' })
  const epoch = await master.raiseEpoch(0, 'server', now)
  const write = (changes: Partial<BatchChanges>) => (transaction: BatchTransaction) =>
    transaction.write({ ...unused, partition: 0, epoch, stamp: now, ...changes })

  const reservation = (index: number) => ({
    ...reservationOf(showId),
    id: `${showId}.${index}`,
    userId: `buyer-${index}`,
    seatCount: 1,
    deadline: now + 1_000_000,
  })
  const seat = (index: number) => ({ showId, seatId: `A-${index}`, reservationId: reservation(index).id })
  const entry = (index: number) => ({
    showId,
    position: index + 1,
    commandId: `command-${index}`,
    subjectId: reservation(index).id,
    seq: 1,
    entry: '{}',
    hash: Buffer.alloc(32, index),
  })
  const announcement = (index: number) => ({
    id: `announcement-${index}`,
    partition: 0,
    topic: 'reservation.held',
    showId,
    payload: '{}',
  })
  const all = Array.from({ length: sold }, (_, index) => index)
  await master.transaction(
    write({
      journal: all.map(entry),
      reservationsMade: all.map(reservation),
      seatsTaken: all.map((index) => ({ ...seat(index), status: 'held' })),
      outbox: all.map(announcement),
    }),
  )
  const balances = ['buyer-1', 'buyer-2', 'buyer-3']
  for (const userId of balances)
    await master.charge({ id: `charge-${userId}`, userId, amount: 9_000, at: now })

  const asked: [string, (transaction: BatchTransaction) => Promise<unknown>][] = [1, 2].flatMap((count) => {
    const some = all.slice(count * 10, count * 10 + count)
    const users = balances.slice(0, count)
    const named = (what: string) => `${what} (${count})`
    return [
      [named('sell'), write({ seatsSold: some.map(seat) })],
      [named('give back'), write({ seatsReleased: some.map(seat) })],
      [named('take'), write({ seatsTaken: some.map((index) => ({ ...seat(index), status: 'held' })) })],
      [
        named('change'),
        write({ reservationsChanged: some.map((index) => ({ ...reservation(index), seq: 2 })) }),
      ],
      [
        named('pay'),
        write({ ledger: users.map((user) => transfer(`payment-${count}-${user}`, user, showId, -10)) }),
      ],
      [named('entries'), (open) => open.findEntries(some.map((index) => entry(index).commandId))],
      [named('reservations'), (open) => open.loadReservations(some.map((index) => reservation(index).id))],
      [
        named('seats'),
        (open) =>
          open.loadTakenSeats(
            showId,
            some.map((index) => seat(index).seatId),
          ),
      ],
      [named('balances'), (open) => open.loadBalances(users)],
      [
        named('counts'),
        (open) =>
          open.countSeatsOfBuyers(some.map((index) => ({ showId, userId: reservation(index).userId }))),
      ],
      [named('overdue'), (open) => open.loadOverdue(0, now, count)],
      [named('last entries'), () => master.lastEntries(some.map(reservation))],
      [named('announcements'), () => master.pending(0, count)],
      [named('announced'), () => master.remove(some.map((index) => announcement(index).id))],
    ]
  })
  const scans: string[] = []
  for (const [what, work] of asked) {
    const before = await rowsRead(database.url)
    await master.transaction(work)
    const read = (await rowsRead(database.url)) - before
    if (read > readMax) scans.push(`${what}: ${read} rows`)
  }
  t.deepEqual(scans, [])
})

/** By the whole server, which is this test's alone. */
async function rowsRead(url: string): Promise<number> {
  const counts = await askOnce(url, "SHOW GLOBAL STATUS LIKE 'Handler_read%'")
  return counts.reduce((sum, { Value }) => sum + Number(Value), 0)
}
