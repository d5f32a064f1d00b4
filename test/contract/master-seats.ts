// Seats on the master: nobody gets one that another reservation has, whatever a batch believes.
import type { ExecutionContext } from 'ava'
import { BrokenInvariant } from '../../engine/failures.ts'
import type { BatchChanges } from '../../engine/ports.ts'
import type { Behaviour, Stage } from './master-stage.ts'

export function seatsContract(behaviour: Behaviour): void {
  const held = (stage: Stage, seatId: string, reservation: string) => ({
    ...seat(stage, seatId, reservation),
    status: 'held' as const,
  })
  const seat = ({ showId }: Stage, seatId: string, reservation: string) => ({
    showId,
    seatId,
    reservationId: `${showId}.${reservation}`,
  })

  const taken = async ({ inBatch, showId }: Stage, seatIds: readonly string[] | 'all') => {
    const found = await inBatch((transaction) => transaction.loadTakenSeats(showId, seatIds))
    const entries = [...found].map(([seatId, { status, reservationId }]) => [
      seatId,
      `${status} by ${reservationId?.slice(showId.length + 1)}`,
    ])
    return Object.fromEntries(entries.sort())
  }

  const refuses = async (t: ExecutionContext, stage: Stage, changes: Partial<BatchChanges>) => {
    const before = await taken(stage, 'all')
    await t.throwsAsync(stage.write(changes), { instanceOf: BrokenInvariant })
    t.deepEqual(await taken(stage, 'all'), before)
  }

  behaviour('a seat is held, sold and given back', async (t, stage) => {
    await stage.write({ seatsTaken: [held(stage, 'A-1', 'ann'), held(stage, 'A-2', 'ann')] })
    t.deepEqual(await taken(stage, 'all'), { 'A-1': 'held by ann', 'A-2': 'held by ann' })
    await stage.write({ seatsSold: [seat(stage, 'A-2', 'ann')] })
    t.deepEqual(await taken(stage, ['A-2', 'A-3']), { 'A-2': 'sold by ann' })
    await stage.write({ seatsReleased: [seat(stage, 'A-1', 'ann'), seat(stage, 'A-2', 'ann')] })
    t.deepEqual(await taken(stage, 'all'), {})
    t.deepEqual(await taken(stage, []), {})
  })

  behaviour(
    'a seat that is given back can be taken in the same batch, and sold at once',
    async (t, stage) => {
      await stage.write({ seatsTaken: [held(stage, 'A-1', 'ann')] })
      await stage.write({
        seatsReleased: [seat(stage, 'A-1', 'ann')],
        seatsTaken: [{ ...seat(stage, 'A-1', 'ben'), status: 'sold' }],
      })
      t.deepEqual(await taken(stage, 'all'), { 'A-1': 'sold by ben' })
    },
  )

  behaviour('a seat that is held or sold is not held again', async (t, stage) => {
    await stage.write({
      seatsTaken: [held(stage, 'A-1', 'ann'), { ...held(stage, 'A-2', 'ann'), status: 'sold' }],
    })
    for (const seatId of ['A-1', 'A-2'])
      await refuses(t, stage, { seatsTaken: [held(stage, 'A-3', 'ben'), held(stage, seatId, 'ben')] })
    await refuses(t, stage, { seatsTaken: [held(stage, 'A-1', 'ann')] })
    await refuses(t, stage, { seatsTaken: [held(stage, 'A-4', 'ben'), held(stage, 'A-4', 'eve')] })
  })

  behaviour('a reservation sells the seats that it holds, each once, and no others', async (t, stage) => {
    await stage.write({ seatsTaken: [held(stage, 'A-1', 'ann'), held(stage, 'A-2', 'ben')] })
    await refuses(t, stage, { seatsSold: [seat(stage, 'A-1', 'ann'), seat(stage, 'A-2', 'ann')] })
    await refuses(t, stage, { seatsSold: [seat(stage, 'A-3', 'ann')] })
    await stage.write({ seatsSold: [seat(stage, 'A-1', 'ann')] })
    await refuses(t, stage, { seatsSold: [seat(stage, 'A-1', 'ann')] })
  })

  behaviour('a reservation gives back its own seats and no others', async (t, stage) => {
    await stage.write({ seatsTaken: [held(stage, 'A-1', 'ann'), held(stage, 'A-2', 'ben')] })
    await refuses(t, stage, { seatsReleased: [seat(stage, 'A-1', 'ann'), seat(stage, 'A-2', 'ann')] })
    await refuses(t, stage, { seatsReleased: [seat(stage, 'A-3', 'ann')] })
  })

  behaviour('a seat of one show is another seat in the next', async (t, stage) => {
    await stage.write({ seatsTaken: [held(stage, 'A-1', 'ann')] })
    const elsewhere = { ...held(stage, 'A-1', 'ben'), showId: stage.own('other') }
    await stage.write({ seatsTaken: [elsewhere] })
    t.deepEqual(await taken(stage, 'all'), { 'A-1': 'held by ann' })
  })

  behaviour('seats are told apart byte by byte', async (t, stage) => {
    const seatIds = ['Abc', 'abc', 'Abc ', 'Äbc', 'Abc\u0000', '50', '50 or 1=1', "';--"]
    await stage.write({ seatsTaken: seatIds.map((seatId) => held(stage, seatId, seatId)) })
    for (const seatId of seatIds) t.deepEqual(await taken(stage, [seatId]), { [seatId]: `held by ${seatId}` })
  })

  behaviour('all seats of a hall change hands in one batch', async (t, stage) => {
    const seatIds = Array.from({ length: 1_999 }, (_, index) => `A-${index}`)
    await stage.write({ seatsTaken: seatIds.map((seatId) => held(stage, seatId, 'ann')) })
    await stage.write({ seatsSold: seatIds.map((seatId) => seat(stage, seatId, 'ann')) })
    const found = await stage.inBatch((transaction) => transaction.loadTakenSeats(stage.showId, seatIds))
    t.is([...found.values()].filter(({ status }) => status === 'sold').length, seatIds.length)
    await stage.write({ seatsReleased: seatIds.map((seatId) => seat(stage, seatId, 'ann')) })
    t.deepEqual(await taken(stage, 'all'), {})
  })

  behaviour(
    'the seat map shows what is not free, at the revision that changed a seat last',
    async (t, stage) => {
      const { master, showId, head } = stage
      t.deepEqual(await master.seatMap(showId), { revision: 0, taken: new Map() })
      await stage.write({
        shows: [head({ position: 9, seatsRevision: 7 })],
        seatsTaken: [held(stage, 'A-1', 'ann'), { ...held(stage, 'A-2', 'ben'), status: 'sold' }],
      })
      t.deepEqual(await master.seatMap(showId), {
        revision: 7,
        taken: new Map([
          ['A-1', { status: 'held', reservationId: `${showId}.ann` }],
          ['A-2', { status: 'sold', reservationId: `${showId}.ben` }],
        ]),
      })
      t.is(await master.seatMap('unknown'), null)
    },
  )

  behaviour(
    'it is known where the journals of a partition stand, once they have an entry',
    async (t, stage) => {
      const { master, partition, showId, head, write } = stage
      t.deepEqual(await master.standings(partition), [])
      await write({ shows: [head({ position: 9, seatsRevision: 7 })] })
      t.deepEqual(await master.standings(partition), [{ showId, position: 9, seatsRevision: 7 }])
    },
  )
}
