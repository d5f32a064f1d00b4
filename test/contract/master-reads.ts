// What was decided, and who decides, read back from the master.
import { type Behaviour, now } from './master-stage.ts'

export function readsContract(behaviour: Behaviour): void {
  behaviour('an entry is found by its command', async (t, { master, entry, own, write }) => {
    await write({ journal: [entry(1)] })
    t.deepEqual(await master.findEntry(entry(1).commandId), entry(1))
    t.is(await master.findEntry(own('unknown')), null)
  })

  behaviour('commands and subjects are told apart byte by byte', async (t, stage) => {
    const { master, entry, own, write } = stage
    const ids = ['Abc', 'abc', 'Abc ', 'Äbc'].map((id) => `${own('')}${id}`)
    const rows = ids.map((id, index) => entry(index + 1, { commandId: id, subjectId: id }))
    await write({ journal: rows })
    for (const [index, id] of ids.entries()) {
      t.deepEqual(await master.findEntry(id), rows[index] ?? null)
      t.deepEqual(await master.history(id), rows.slice(index, index + 1))
    }
  })

  behaviour("a subject's history is in the order of the journal", async (t, stage) => {
    const { master, entry, own, write } = stage
    const of = (position: number, seq: number | null) => entry(position, { subjectId: own('subject'), seq })
    await write({ journal: [of(12, 3), of(2, 1), entry(3), of(9, 2), of(11, null), of(1, null)] })
    t.deepEqual(await master.history(own('subject')), [
      of(1, null),
      of(2, 1),
      of(9, 2),
      of(11, null),
      of(12, 3),
    ])
    t.deepEqual(await master.history(own('unknown')), [])
  })

  behaviour('the last entry of a reservation is the one with its number', async (t, stage) => {
    const { master, entry, own, write } = stage
    const of = (position: number, id: string, seq: number) => entry(position, { subjectId: own(id), seq })
    await write({ journal: [of(1, 'a', 1), of(2, 'b', 1), of(3, 'a', 2), of(4, 'a', 3)] })
    const found = await master.lastEntries([
      { id: own('a'), seq: 2 },
      { id: own('b'), seq: 1 },
      { id: own('c'), seq: 1 },
    ])
    const expected = new Map([
      [own('a'), of(3, 'a', 2)],
      [own('b'), of(2, 'b', 1)],
    ])
    t.deepEqual(found, expected)
    t.deepEqual(await master.lastEntries([]), new Map())
  })

  behaviour('a reservation is found by its id, to the byte', async (t, { master, reservation, write }) => {
    const row = reservation({ deadline: null })
    await write({ reservationsMade: [row] })
    t.deepEqual(await master.reservation(row.id), row)
    t.is(await master.reservation(row.id.toUpperCase()), null)
    t.is(await master.reservation(`${row.id} `), null)
  })

  behaviour("a buyer's reservations come newest first, page by page", async (t, stage) => {
    const { master, showId, own, reservation, write } = stage
    const of = (id: string, createdAt: number, userId = own('ann')) =>
      reservation({ id: `${showId}.${id}`, userId, createdAt })
    await write({
      reservationsMade: [
        ...[of('1', now), of('2', now + 1), of('3', now + 1), of('4', now + 1), of('5', now + 2)],
        of('6', now + 9, own('ben')),
      ],
    })
    const pages: string[][] = []
    let before: { createdAt: number; id: string } | undefined
    for (;;) {
      const page = await master.reservationsOf(own('ann'), 2, before)
      if (page.length === 0) break
      pages.push(page.map((row) => row.id.slice(showId.length + 1)))
      before = page.at(-1)
    }
    t.deepEqual(pages, [['5', '4'], ['3', '2'], ['1']])
  })

  behaviour('an owner that beats is heard, until another one takes over', async (t, stage) => {
    const { master, partition, epoch } = stage
    const isSilent = async (since: number) => (await master.silentPartitions(since)).includes(partition)
    t.true(await isSilent(now + 1))
    t.false(await isSilent(now))
    t.true(await master.heartbeat(partition, epoch, now + 10))
    t.true(await master.heartbeat(partition, epoch, now + 10))
    t.false(await isSilent(now + 10))
    await stage.write({ stamp: now + 20 })
    t.false(await isSilent(now + 20))

    await master.raiseEpoch(partition, 'successor', now + 30)
    t.false(await master.heartbeat(partition, epoch, now + 40))
    t.true(await isSilent(now + 31))
  })

  behaviour('refusals are kept, many at once, with the number of those that were lost', async (t, stage) => {
    const { master, showId, own } = stage
    const refusals = Array.from({ length: 2_500 }, (_, index) => ({
      at: now,
      showId,
      userId: own('ann'),
      commandId: own(`${index}`),
      code: 'seats_taken',
      seatIds: ['A-1', 'A-2'],
    }))
    await t.notThrowsAsync(master.append(refusals, 3, now))
    await t.notThrowsAsync(master.append([], 0, now))
  })
}
