// A look at running reservations, through the replica's port: counts of one moment, and bounded pages of the journal.
import { limits } from '../../engine/limits.ts'
import { type Behaviour, makeShow, now, type Stage } from './master-stage.ts'

/** An entry as the engine writes it, as far as an inspection looks into it. */
const decided = ({ entry }: Stage, position: number, values: Record<string, unknown> = {}) => ({
  ...entry(position),
  entry: JSON.stringify({
    position,
    machine: 'reservation@1',
    event: { type: 'reserve' },
    outcome: 'accepted',
    code: null,
    from: 'queued',
    to: 'held',
    effects: [{ type: 'setDeadline' }],
    decidedAt: now + position,
    ...values,
  }),
})

export function inspectionContract(behaviour: Behaviour): void {
  behaviour(
    'reservations are counted by state and version, with the position that they are of',
    async (t, stage) => {
      const { replica, showId, partition, reservation, write, head } = stage
      const of = (id: string, state: string, machineVersion: number) =>
        reservation({ id: `${showId}.${id}`, state, machineVersion, deadline: null })
      await makeShow(stage.master, { id: showId })
      await write({
        shows: [head({ position: 4 })],
        reservationsMade: [of('1', 'held', 1), of('2', 'held', 1), of('3', 'held', 2), of('4', 'paid', 1)],
      })
      const lookUps = await replica.lookUps(null)
      const [found, ...others] = await lookUps.countReservations(partition)
      t.deepEqual(others, [])
      t.like(found, { showId, position: 4 })
      const counts = found?.reservations.map(
        ({ state, machineVersion, count }) => `${state}@${machineVersion} ${count}`,
      )
      t.deepEqual(counts?.sort(), ['held@1 2', 'held@2 1', 'paid@1 1'])
      t.true((await lookUps.countShows()).some(({ state, count }) => state === 'open' && count > 0))
      t.true(
        (await lookUps.decidedShows(1_000)).some((show) => show.showId === showId && show.position === 4),
      )
    },
  )

  behaviour('a show whose journal is empty is not counted', async (t, stage) => {
    await makeShow(stage.master, { id: stage.showId })
    t.deepEqual(await (await stage.replica.lookUps(null)).countReservations(stage.partition), [])
  })

  behaviour('entries are found from the end backwards, by what they say', async (t, stage) => {
    const { replica, showId, write, head } = stage
    await makeShow(stage.master, { id: showId })
    const refused = { to: 'rejected', outcome: 'refused', code: 'seat_limit' }
    const paid = { from: 'held', to: 'paid', event: { type: 'pay', note: '"code":"seat_limit"' } }
    await write({
      shows: [head({ position: 5 })],
      journal: [
        ...[decided(stage, 1), decided(stage, 2, refused), decided(stage, 3, paid)],
        ...[decided(stage, 4, { redriveOf: 'parked' }), decided(stage, 5, { machine: 'reservation@2' })],
      ],
    })
    const lookUps = await replica.lookUps(null)
    const found = async (filter: Parameters<typeof lookUps.recentEntries>[1], limit = 10, from?: number) => {
      const { rows, through } = await lookUps.recentEntries(showId, filter, limit, from)
      return [rows.map(({ position }) => position), through]
    }
    t.deepEqual(await found({}), [[5, 4, 3, 2, 1], 1])
    t.deepEqual(await found({ machine: 'reservation@1' }), [[4, 3, 2, 1], 1])
    t.deepEqual(await found({ code: 'seat_limit' }), [[2], 1], 'a fact that looks like a code is none')
    t.deepEqual(await found({ from: 'held', to: 'paid', event: 'pay' }), [[3], 1])
    t.deepEqual(await found({ isRedriven: true }), [[4], 1])
    t.deepEqual(await found({ to: 'held' }, 2), [[5, 4], 4], 'as many as were asked for')
    t.deepEqual(await found({ to: 'held' }, 2, 4), [[1], 1], 'and on from there')
    t.deepEqual(await found({ event: 'setDeadline' }), [[], 1], 'an effect is no event')
  })

  behaviour('no page looks through more of a journal than the limit', async (t, stage) => {
    const { replica, showId, write, head } = stage
    await makeShow(stage.master, { id: showId })
    const last = limits.inspectionDepthMax + 3
    await write({ shows: [head({ position: last })], journal: [decided(stage, 1), decided(stage, last)] })
    const lookUps = await replica.lookUps(null)
    const first = await lookUps.recentEntries(showId, {}, 10)
    t.deepEqual([first.rows.map(({ position }) => position), first.through], [[last], 4])
    const second = await lookUps.recentEntries(showId, {}, 10, first.through)
    t.deepEqual([second.rows.map(({ position }) => position), second.through], [[1], 1])
  })

  behaviour('a time leads to the last position that was decided by then', async (t, stage) => {
    const { replica, showId, write, head } = stage
    await makeShow(stage.master, { id: showId })
    const times = [0, 10, 10, 20, 35]
    await write({
      shows: [head({ position: times.length })],
      journal: times.map((time, index) => decided(stage, index + 1, { decidedAt: now + time })),
    })
    const lookUps = await replica.lookUps(null)
    const at = (time: number) => lookUps.positionAt(showId, now + time)
    t.deepEqual(await Promise.all([-1, 0, 9, 10, 20, 34, 99].map(at)), [0, 1, 1, 3, 4, 4, 5])
  })

  behaviour(
    'held ones come by their deadline, single ones by id, and entries by subject',
    async (t, stage) => {
      const { replica, showId, reservation, write, entry, own } = stage
      const of = (id: string, deadline: number | null) => reservation({ id: `${showId}.${id}`, deadline })
      const rows = [of('late', now - 9_000_020), of('later', now - 9_000_010), of('paid', null)]
      const mine = [1, 2, 3].map((seq) => entry(seq, { subjectId: own('subject'), seq }))
      await write({ reservationsMade: rows, journal: mine })
      const lookUps = await replica.lookUps(null)
      const held = await lookUps.heldUntil(now - 9_000_010, 1_000)
      t.deepEqual(
        held.filter((row) => row.showId === showId),
        rows.slice(0, 2),
      )
      t.deepEqual(await lookUps.reservations([rows[2]?.id ?? '', 'none']), rows.slice(2))
      t.deepEqual(await lookUps.entriesOf(own('subject'), 2), mine.slice(0, 2))
    },
  )

  behaviour('what was parked last comes first', async (t, { replica, write, showId, own }) => {
    const parked = ['one', 'two'].map((id) => ({
      id: own(id),
      showId,
      reason: 'unreadable',
      body: Buffer.from('x'),
      at: now,
    }))
    await write({ parked })
    const found = await (await replica.lookUps(null)).newestParked(1_000)
    t.deepEqual(
      found.filter((each) => each.showId === showId),
      parked.toReversed(),
    )
  })
}
