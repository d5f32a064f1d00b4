// What every archive must do, over the master that it is the archive of: all that was written, in order, page by page,
// and of one moment.
import { chainStart } from '../../engine/journal.ts'
import type { Archive, ArchiveRecords } from '../../engine/ports.ts'
import type { Behaviour, Stage } from './master-stage.ts'
import { now, transfer } from './master-stage.ts'

export function archiveContract(behaviour: Behaviour): void {
  const reads = (
    sentence: string,
    run: (t: Parameters<Parameters<Behaviour>[1]>[0], stage: Stage, archive: Archive) => Promise<void>,
  ) =>
    behaviour(sentence, async (t, stage) => {
      const archive = stage.openArchive()
      try {
        await run(t, stage, archive)
      } finally {
        await archive.close()
      }
    })

  reads("a show's journal comes by position, page by page", async (t, { showId, entry, write }, archive) => {
    const rows = [1, 2, 3, 4, 5].map((position) => entry(position))
    await write({ journal: [...rows].reverse() })
    const found = await archive.atOneMoment(async (records) => [
      await records.journal(showId, 0, 2),
      await records.journal(showId, 2, 2),
      await records.journal(showId, 4, 2),
      await records.journal(showId, 5, 2),
    ])
    t.deepEqual(found, [rows.slice(0, 2), rows.slice(2, 4), rows.slice(4), []])
    const named = await archive.atOneMoment((records) => records.journaledShowIds())
    t.is(named.filter((each) => each === showId).length, 1, 'and its show is named once')
  })

  reads('entries are found by subject and by command', async (t, { entry, own, write }, archive) => {
    const rows = [2, 1].map((seq) => entry(3 - seq, { subjectId: own('subject'), seq }))
    await write({ journal: rows })
    await archive.atOneMoment(async (records) => {
      t.deepEqual(
        (await records.history(own('subject'))).map(({ position }) => position),
        [1, 2],
      )
      t.deepEqual(await records.entryOf(entry(1).commandId), rows[0] ?? null)
      t.is(await records.entryOf(own('unknown')), null)
    })
  })

  reads(
    'reservations come by id with their partition, and only those of the show',
    async (t, stage, archive) => {
      const { showId, partition, reservation, write } = stage
      const ids = ['c', 'a', 'b'].map((id) => `${showId}.${id}`)
      await write({ reservationsMade: [...ids, `${showId}-2.z`].map((id) => reservation({ id })) })
      await archive.atOneMoment(async (records) => {
        const page = await records.reservations(showId, '', 2)
        t.deepEqual(page, [
          { ...reservation({ id: `${showId}.a` }), partition },
          { ...reservation({ id: `${showId}.b` }), partition },
        ])
        t.like(await records.reservations(showId, `${showId}.b`, 2), [{ id: `${showId}.c` }])
        t.is(await records.countReservations(showId), 4)
        t.is((await records.reservationsById([`${showId}.a`, 'unknown'])).length, 1)
      })
    },
  )

  reads('overdue holds come with the earliest first', async (t, { showId, reservation, write }, archive) => {
    const of = (id: string, deadline: number | null) => reservation({ id: `${showId}.${id}`, deadline })
    await write({ reservationsMade: [of('a', now + 2), of('b', now + 1), of('c', now + 3), of('d', null)] })
    const found = await archive.atOneMoment((records) => records.overdue(showId, now + 3, 10))
    t.deepEqual(
      found.map(({ id }) => id.slice(showId.length + 1)),
      ['b', 'a'],
    )
  })

  reads('a show comes with its head, concert and venue', async (t, { showId, head, write }, archive) => {
    const moved = head({ position: 7, hash: chainStart('else'), seatsRevision: 6, seq: 2, state: 'paused' })
    await write({ shows: [moved] })
    await archive.atOneMoment(async (records) => {
      const found = await records.archivedShow(showId)
      t.deepEqual(found?.head, moved)
      t.like(found, { concertName: 'The Band', show: { id: showId, seatLimit: 4 }, venue: { seatCount: 3 } })
      t.is(await records.archivedShow('unknown'), null)
      t.true((await records.showIds()).includes(showId))
      t.false((await records.journaledShowIds()).includes(showId), 'nothing was decided about it')
    })
  })

  reads('seats that are taken are there, free ones are not', async (t, { showId, write }, archive) => {
    const seat = (seatId: string) => ({ showId, seatId, reservationId: `${showId}.a` })
    await write({
      seatsTaken: [
        { ...seat('A-1'), status: 'held' },
        { ...seat('A-2'), status: 'sold' },
      ],
    })
    const seats = await archive.atOneMoment((records) => records.takenSeats(showId))
    t.deepEqual(
      seats,
      new Map([
        ['A-1', { status: 'held', reservationId: `${showId}.a` }],
        ['A-2', { status: 'sold', reservationId: `${showId}.a` }],
      ]),
    )
  })

  reads('the ledger comes by transaction and in order, and sums by account', async (t, stage, archive) => {
    const { master, showId, own, write } = stage
    await master.charge({ id: own('charge'), userId: own('ann'), amount: 900, at: now })
    await write({ ledger: [transfer(own('pay'), own('ann'), showId, -500)] })
    await archive.atOneMoment(async (records) => {
      const lines = await records.ledgerOf([own('pay')])
      t.deepEqual(
        lines.map(({ line, account, amount, kind }) => [line, account, amount, kind]),
        [
          [0, `user:${own('ann')}`, -500, 'payment'],
          [1, `revenue:${showId}`, 500, 'payment'],
        ],
      )
      const before = (lines[0]?.sequence ?? 0) - 1
      t.is((await records.ledger(before, 1))[0]?.transactionId, own('pay'))
      const [sum] = await records.accountSums(`user:${own('ann')}`.slice(0, -1), 1)
      t.deepEqual(sum, await records.sumOf(`user:${own('ann')}`))
      t.deepEqual(await records.sumOf('nobody'), { account: 'nobody', sum: 0, lines: 0 })
      t.deepEqual(sum, { account: `user:${own('ann')}`, sum: 400, lines: 2 })
      t.deepEqual(await records.balances(own('ann').slice(0, -1), 1), [{ userId: own('ann'), balance: 400 }])
      t.deepEqual(await records.unbalanced(1), [])
    })
  })

  reads('refusals at the door come in order, with the seats', async (t, { master, showId, own }, archive) => {
    const refusal = { at: now, showId, userId: own('ann'), commandId: own('c'), code: 'seats_taken' }
    await master.append(
      [
        { ...refusal, seatIds: ['A-1'] },
        { ...refusal, seatIds: [] },
      ],
      4,
      now + 1,
    )
    await archive.atOneMoment(async (records) => {
      const [first, second] = await records.refusals(showId, 0, 5)
      t.like(first, { ...refusal, seatIds: ['A-1'] })
      t.is((await records.refusals(showId, first?.sequence ?? 0, 5))[0]?.sequence, second?.sequence)
      t.true((await records.refusalLosses()).some(({ at, lost }) => at === now + 1 && lost === 4))
    })
  })

  reads('parked commands come in order, and by id', async (t, { master, showId, own }, archive) => {
    const parked = (id: string) => ({
      id: own(id),
      showId,
      reason: 'r',
      at: now,
      body: Buffer.from('{}'),
    })
    await master.park([parked('b'), parked('a')])
    await archive.atOneMoment(async (records) => {
      const [first] = await records.parkedById([own('b')])
      t.like(first, parked('b'))
      t.like(
        (await records.parked(first?.sequence ?? 0, 500)).find(({ id }) => id === own('a')),
        parked('a'),
      )
    })
  })

  reads('the deployment, its partitions and machines are told', async (t, { partition, epoch }, archive) => {
    await archive.atOneMoment(async (records) => {
      const deployment = await records.deployment()
      t.true(deployment.isWhole)
      t.is(deployment.pseudonymKey?.length, 32)
      t.true(Math.abs(deployment.asOf - Date.now()) < 60_000)
      const found = (await records.partitions()).find((each) => each.partition === partition)
      t.is(found?.epoch, epoch)
      const machine = (await records.machines()).find(({ name }) => name === 'reservation')
      t.like(machine, { version: 1, isActive: true, definitionHash: 'reservation' })
    })
  })

  reads('what is committed meanwhile does not show', async (t, { showId, entry, write }, archive) => {
    const count = async (records: ArchiveRecords) => (await records.journal(showId, 0, 10)).length
    await write({ journal: [entry(1)] })
    await archive.atOneMoment(async (records) => {
      t.is(await count(records), 1)
      await write({ journal: [entry(2)] })
      t.is(await count(records), 1)
    })
    t.is(await archive.atOneMoment(count), 2)
  })
}
