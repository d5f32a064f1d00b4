// A batch on the master: fenced, whole or not at all, and read back as it was written.
import { BrokenInvariant, FencedOut } from '../../engine/failures.ts'
import type { JournalRow } from '../../engine/journal.ts'
import type { OutboxRow, ParkedCommand } from '../../engine/ports.ts'
import { type Behaviour, now } from './master-stage.ts'

export function batchContract(behaviour: Behaviour): void {
  // ── the fence ───────────────────────────────────────────────────────────────────────────────────────────

  behaviour('an epoch ascends by one with each owner, and the fence tells it', async (t, stage) => {
    const { master, partition, epoch, inBatch } = stage
    t.is(await master.raiseEpoch(partition, 'another', now), epoch + 1)
    const fence = await inBatch((transaction) => transaction.fence(partition))
    t.deepEqual(fence, { epoch: epoch + 1, lastStamp: 0 })
  })

  behaviour("the stamp of a batch is the next one's last stamp", async (t, stage) => {
    await stage.write({ stamp: now + 5 })
    const fence = await stage.inBatch((transaction) => transaction.fence(stage.partition))
    t.is(fence.lastStamp, now + 5)
  })

  behaviour('a batch of an earlier epoch is fenced out and writes nothing', async (t, stage) => {
    const { master, partition, reservation, write } = stage
    await master.raiseEpoch(partition, 'successor', now)
    const row = reservation()
    await t.throwsAsync(write({ reservationsMade: [row] }), { instanceOf: FencedOut })
    t.is(await master.reservation(row.id), null)
    await t.throwsAsync(write({ stamp: now + 1 }), { instanceOf: FencedOut })
  })

  behaviour('an epoch is raised before a batch or after it, never inside', async (t, stage) => {
    const { master, partition, inBatch, changes } = stage
    const order: string[] = []
    let raising: Promise<unknown> | undefined
    await inBatch(async (transaction) => {
      await transaction.fence(partition)
      raising = master.raiseEpoch(partition, 'successor', now).then(() => order.push('raised'))
      await transaction.write(changes({}))
      order.push('written')
    })
    await raising
    t.deepEqual(order, ['written', 'raised'])
  })

  behaviour('batches of one partition follow each other', async (t, stage) => {
    const { partition, inBatch, changes } = stage
    const bump = () =>
      inBatch(async (transaction) => {
        const { lastStamp } = await transaction.fence(partition)
        await transaction.write(changes({ stamp: Math.max(now, lastStamp) + 1 }))
      })
    await Promise.all(Array.from({ length: 8 }, bump))
    const fence = await inBatch((transaction) => transaction.fence(partition))
    t.is(fence.lastStamp, now + 8)
  })

  behaviour(
    'what is asked behind the fence without waiting is as the batch before left it',
    async (t, stage) => {
      const { showId, partition, inBatch, changes, entry, head } = stage
      const row = entry(1)
      const fenced = Promise.withResolvers<void>()
      const next = Promise.withResolvers<void>()
      const before = inBatch(async (transaction) => {
        await transaction.fence(partition)
        fenced.resolve()
        await next.promise
        await transaction.write(changes({ journal: [row], shows: [head({ position: 1 })] }))
      })
      await fenced.promise
      const behind = inBatch((transaction) =>
        Promise.all([
          transaction.fence(partition),
          transaction.findEntries([row.commandId]),
          transaction.loadShows([showId]),
        ]),
      )
      next.resolve()
      await before
      const [, entries, heads] = await behind
      t.deepEqual([entries.size, heads.map(({ position }) => position)], [1, [1]])
    },
  )

  behaviour('a partition that the deployment does not have has no fence', async (t, { inBatch }) => {
    await t.throwsAsync(
      inBatch((transaction) => transaction.fence(9_999)),
      { instanceOf: BrokenInvariant },
    )
  })

  // ── whole or not at all ─────────────────────────────────────────────────────────────────────────────────

  behaviour('a batch that rejects after it has written leaves nothing behind', async (t, stage) => {
    const { master, showId, partition, inBatch, changes, entry, reservation, head, own } = stage
    await master.charge({ id: own('charge'), userId: own('ann'), amount: 100, at: now })
    const row = reservation()
    const seat = { showId, seatId: 'A-1', reservationId: row.id }
    const failing = inBatch(async (transaction) => {
      await transaction.fence(partition)
      const written = {
        journal: [entry(1)],
        shows: [head({ position: 1 })],
        reservationsMade: [row],
        seatsTaken: [{ ...seat, status: 'held' as const }],
        ledger: [{ id: own('pay'), kind: 'payment' as const, at: now, reference: row.id, entries: [] }],
        outbox: [{ id: own('said'), partition, topic: 'a', showId, payload: '{}' }],
        parked: [{ id: own('parked'), showId, reason: 'r', body: Buffer.of(1), at: now }],
      }
      await transaction.write(changes({ ...written, stamp: now + 7 }))
      throw new Error('after all')
    })
    await t.throwsAsync(failing, { message: 'after all' })

    t.is(await master.reservation(row.id), null)
    t.is(await master.findEntry(entry(1).commandId), null)
    t.deepEqual(await master.seatMap(showId), { revision: 0, taken: new Map() })
    t.deepEqual(await master.pending(partition, 10), [])
    t.is(await master.find(own('parked')), null)
    const fence = await inBatch((transaction) => transaction.fence(partition))
    t.is(fence.lastStamp, 0)
  })

  behaviour('a batch that has ended takes no further statement', async (t, { inBatch, partition }) => {
    const kept = await inBatch(async (transaction) => ({ transaction }))
    await t.throwsAsync(kept.transaction.fence(partition), { message: /after the end/ })
  })

  // ── journal and heads ───────────────────────────────────────────────────────────────────────────────────

  behaviour('whatever a text holds, it is read back as it was written', async (t, stage) => {
    const { master, write, entry, head } = stage
    const texts = ["it's", 'a \\ b', `"'\\'"`, '?;--\n\t\r\0\u001a%_', "O'Hara \\", '한국 🎟️', '', '\\', "'"]
    const rows = texts.map((text, index) => ({ ...entry(index + 1), entry: JSON.stringify({ text }) + text }))
    await write({ journal: rows, shows: [head({ position: rows.length })] })
    for (const row of rows) t.is((await master.findEntry(row.commandId))?.entry, row.entry)
  })

  behaviour('entries are found by their command, to the byte', async (t, stage) => {
    const { showId, inBatch, entry, head, write } = stage
    const rows: JournalRow[] = [entry(1), entry(2, { subjectId: showId, seq: null }), entry(3)]
    await write({ journal: rows, shows: [head({ position: 3, hash: Buffer.alloc(32, 3) })] })
    const found = await inBatch((transaction) =>
      transaction.findEntries([...rows.map((row) => row.commandId), 'unknown']),
    )
    t.deepEqual(found, new Map(rows.map((row) => [row.commandId, row])))
    t.deepEqual(await inBatch((transaction) => transaction.findEntries([])), new Map())
  })

  behaviour('a show has its head from the start, and a batch moves it', async (t, stage) => {
    const { showId, inBatch, head, write } = stage
    const load = () => inBatch((transaction) => transaction.loadShows([showId, 'unknown']))
    t.deepEqual(await load(), [head()])
    const moved = head({ state: 'paused', seq: 1, position: 4, hash: Buffer.alloc(32, 4), seatsRevision: 3 })
    await write({ shows: [moved] })
    t.deepEqual(await load(), [moved])
  })

  behaviour('a command is journaled once, in whatever show', async (t, stage) => {
    const { entry, own, write } = stage
    await write({ journal: [entry(1, { commandId: own('same') })] })
    const again = entry(2, { showId: own('other'), commandId: own('same') })
    await t.throwsAsync(write({ journal: [again] }), { instanceOf: BrokenInvariant })
  })

  behaviour('a position of a show, and a number of a subject, are given once', async (t, stage) => {
    const { entry, own, write } = stage
    await write({ journal: [entry(1, { subjectId: own('subject'), seq: 1 })] })
    const samePosition = entry(1, { commandId: own('another'), subjectId: own('another') })
    await t.throwsAsync(write({ journal: [samePosition] }), { instanceOf: BrokenInvariant })
    const sameSeq = entry(2, { subjectId: own('subject'), seq: 1 })
    await t.throwsAsync(write({ journal: [sameSeq] }), { instanceOf: BrokenInvariant })
  })

  behaviour('what was asked of a subject that never was can stand in the journal often', async (t, stage) => {
    const { entry, own, write, master } = stage
    const rows = [1, 2].map((position) => entry(position, { subjectId: own('nobody'), seq: null }))
    await write({ journal: rows })
    t.deepEqual(await master.history(own('nobody')), rows)
  })

  behaviour('a head or a reservation that is not there is not changed into being', async (t, stage) => {
    const { head, reservation, own, write, master } = stage
    await t.throwsAsync(write({ shows: [head({ showId: own('unknown') })] }), { instanceOf: BrokenInvariant })
    await t.throwsAsync(write({ reservationsChanged: [reservation()] }), { instanceOf: BrokenInvariant })
    t.is(await master.reservation(reservation().id), null)
  })

  // ── reservations ────────────────────────────────────────────────────────────────────────────────────────

  behaviour('reservations are made, loaded and changed in one go', async (t, stage) => {
    const { showId, reservation, inBatch, write } = stage
    const rows = ['b', 'a', 'c'].map((id) => reservation({ id: `${showId}.${id}` }))
    await write({ reservationsMade: rows })
    const paid = rows.map((row, index) => ({
      ...row,
      state: 'paid',
      seq: 2 + index,
      deadline: null,
      context: '{}',
      machineVersion: 2,
      seatCount: 1,
      updatedAt: now + index,
    }))
    await write({ reservationsChanged: paid })
    const loaded = await inBatch((transaction) =>
      transaction.loadReservations([...rows.map((row) => row.id), `${showId}.unknown`]),
    )
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    t.deepEqual([...loaded].sort(byId), [...paid].sort(byId))
  })

  behaviour(
    'overdue holds of the partition come earliest first, no more than asked for',
    async (t, stage) => {
      const { showId, partition, reservation, inBatch, write, master } = stage
      const at = (id: string, deadline: number | null, state = 'held') =>
        reservation({ id: `${showId}.${id}`, deadline, state })
      t.false(await master.hasOverdue(partition, now + 100))
      await write({
        reservationsMade: [
          ...[at('late', now + 20), at('same-b', now + 10), at('same-a', now + 10), at('last', now + 21)],
          ...[at('early', now), at('paid', null, 'paid'), at('odd', now, 'expired')],
        ],
      })
      const overdue = async (before: number, limit: number) => {
        const rows = await inBatch((transaction) => transaction.loadOverdue(partition, before, limit))
        return rows.map((row) => row.id.slice(showId.length + 1))
      }
      t.deepEqual(await overdue(now + 20, 10), ['early', 'same-a', 'same-b', 'late'])
      t.deepEqual(await overdue(now + 20, 2), ['early', 'same-a'])
      t.deepEqual(await overdue(now - 1, 10), [])
      t.true(await master.hasOverdue(partition, now))
      t.false(await master.hasOverdue(partition, now - 1))
    },
  )

  behaviour('the seats of a buyer are those of the show, held and paid for', async (t, stage) => {
    const { showId, own, reservation, inBatch, write } = stage
    const [ann, ben] = [own('ann'), own('ben')]
    const of = (id: string, userId: string, state: string, seatCount: number, show = showId) =>
      reservation({ id: `${show}.${id}`, showId: show, userId, state, seatCount })
    await write({
      reservationsMade: [
        ...[of('1', ann, 'held', 2), of('2', ann, 'paid', 3), of('3', ann, 'held', 1)],
        ...[of('4', ann, 'rejected', 9), of('5', ann, 'expired', 9), of('6', ann, 'held', 7, own('other'))],
        of('7', ben, 'paid', 4),
      ],
    })
    const buyers = [
      { showId, userId: ann },
      { showId, userId: ben },
      { showId: own('other'), userId: ann },
      { showId, userId: own('nobody') },
    ]
    const counts = await inBatch((transaction) => transaction.countSeatsOfBuyers(buyers))
    const seats = new Map(counts.map((count) => [`${count.showId} ${count.userId}`, count.seats]))
    t.is(seats.get(`${showId} ${ann}`), 6)
    t.is(seats.get(`${showId} ${ben}`), 4)
    t.is(seats.get(`${own('other')} ${ann}`), 7)
    t.is(seats.get(`${showId} ${own('nobody')}`) ?? 0, 0)
  })

  behaviour('all seats of a show are counted by buyer, as they are taken', async (t, stage) => {
    const { showId, own, reservation, inBatch, write } = stage
    const [ann, ben, eve] = [own('ann'), own('ben'), own('eve')]
    const take = (reservationId: string, ...seatIds: string[]) =>
      seatIds.map((seatId) => ({ showId, seatId, reservationId, status: 'held' as const }))
    await write({
      reservationsMade: [
        ...[reservation({ id: `${showId}.1`, userId: ann }), reservation({ id: `${showId}.2`, userId: ann })],
        ...[reservation({ id: `${showId}.3`, userId: ben }), reservation({ id: `${showId}.4`, userId: eve })],
      ],
      seatsTaken: [
        ...take(`${showId}.1`, 'A-1', 'A-2'),
        ...take(`${showId}.2`, 'A-3'),
        ...take(`${showId}.3`, 'A-4'),
      ],
    })
    const counts = await inBatch((transaction) => transaction.countSeatsOfShow(showId))
    t.deepEqual(
      [...counts].sort(),
      [
        [ann, 3],
        [ben, 1],
      ].sort(),
    )
    t.is((await inBatch((transaction) => transaction.countSeatsOfShow(own('other')))).size, 0)
  })

  behaviour('a batch may be larger than a statement', async (t, stage) => {
    const { showId, reservation, inBatch, write } = stage
    const ids = Array.from({ length: 6_000 }, (_, index) => `${showId}.${index}`)
    await write({ reservationsMade: ids.map((id) => reservation({ id })) })
    await write({ reservationsChanged: ids.map((id) => reservation({ id, seq: 2 })) })
    const loaded = await inBatch((transaction) => transaction.loadReservations(ids))
    t.is(loaded.length, ids.length)
    t.true(loaded.every((row) => row.seq === 2))
  })

  // ── announcements and what was parked ───────────────────────────────────────────────────────────────────

  behaviour('announcements wait in order until they are removed, wherever a gap is', async (t, stage) => {
    const { master, partition, showId, own, write } = stage
    const said = (id: string): OutboxRow => ({
      id: own(id),
      partition,
      topic: 't',
      showId,
      payload: `"${id}"`,
    })
    const ids = async (limit = 10) => (await master.pending(partition, limit)).map(({ id }) => id)
    await write({ outbox: ['b', 'a', 'd', 'c'].map(said) })
    t.deepEqual(await ids(), ['b', 'a', 'd', 'c'].map(own))
    t.deepEqual(await ids(2), ['b', 'a'].map(own))
    await master.remove([own('a'), own('d'), own('unknown')])
    await write({ outbox: [said('e')] })
    t.deepEqual(await ids(), ['b', 'c', 'e'].map(own))
    const [first] = await master.pending(partition, 1)
    t.deepEqual(first, { id: own('b'), topic: 't', showId, payload: '"b"' })
    await master.remove([])
    t.deepEqual(await master.pending(partition + 1_000, 10), [])
  })

  behaviour('a command is parked once, by a batch or by whoever could not read it', async (t, stage) => {
    const { master, showId, own, write } = stage
    const command = { id: own('bad'), showId, reason: 'first', body: Buffer.of(0, 255, 1), at: now }
    await write({ parked: [command] })
    await write({ parked: [{ ...command, reason: 'second' }] })
    await master.park([{ ...command, reason: 'third' }])
    t.deepEqual(await master.find(own('bad')), command)
    t.is(await master.find(own('unknown')), null)
  })

  behaviour('parked commands are listed as they came, page by page', async (t, { master, own }) => {
    const parked = ['z', 'y', 'x'].map((id) => ({
      id: own(id),
      showId: null,
      reason: 'not JSON',
      body: Buffer.from(id),
      at: now,
    }))
    await master.park(parked)
    const mine = (commands: readonly ParkedCommand[]) =>
      commands.filter(({ id }) => parked.some((each) => each.id === id))
    t.deepEqual(mine(await master.list(1_000)), parked)
    t.deepEqual(mine(await master.list(1_000, own('z'))), parked.slice(1))
    t.is((await master.list(2)).length, 2)
    t.deepEqual(await master.list(10, own('unknown')), [])
  })
}
