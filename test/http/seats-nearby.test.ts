import test from 'ava'
import { HoldfastError } from '../../engine/errors.ts'
import type { SeatMap } from '../../engine/ports.ts'
import { withSeatsNearby } from '../../http/seats-nearby.ts'
import { startEmbedded } from '../support/embedded-server.ts'

const seats = { seatIds: ['A-1-1'] }
const until = '2090-01-01T00:00:00.000Z'

const maps: Readonly<Record<string, () => Promise<SeatMap | null>>> = {
  'that can be read': async () => ({ revision: 1, taken: new Map() }),
  'that is nowhere': async () => null,
  'that can not be read': () => Promise.reject(new Error('the projection is away')),
}

test('a refusal for taken seats says in one form until when they are claimed, whatever becomes of the look near by', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  for (const [what, read] of Object.entries(maps))
    for (const [claimedUntil, told] of [
      [Date.parse(until), until],
      [undefined, null],
    ] as const) {
      const refusal = new HoldfastError('seats_taken', undefined, { seatsTaken: seats.seatIds, claimedUntil })
      const parts = { ...server.parts, seatView: { read } }
      const { code, details } = (await withSeatsNearby(parts, 'demo-1', seats, refusal)) as HoldfastError
      t.is(code, 'seats_taken')
      t.deepEqual(details.seatsTaken, seats.seatIds)
      t.is(details.claimedUntil, told, `with a seat map ${what}`)
      t.is((details.seatsNearby as unknown[]).length, what === 'that can be read' ? 8 : 0)
    }
})
