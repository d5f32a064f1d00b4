import test from 'ava'
import { limits } from '../../engine/limits.ts'
import type { ShowHead, TakenSeat } from '../../engine/ports.ts'
import { ShowMemory, type ShowMove } from '../../engine/show-memory.ts'

const head = (position: number, showId = 'show-1'): ShowHead => ({
  showId,
  partition: 0,
  state: 'open',
  seq: 0,
  machineVersion: 1,
  position,
  seatsRevision: position,
  hash: Buffer.from(`hash of ${position}`),
})
const held = (reservationId: string): TakenSeat => ({ status: 'held', reservationId })
const seats = () => ({ takenSeats: new Map([['A-1', held('ann')]]), seatsOfBuyers: new Map([['ann', 1]]) })
const move = (from: number, to: number): ShowMove => ({
  before: head(from),
  after: head(to),
  seats: [
    { seatId: 'A-1', taken: null },
    { seatId: 'A-2', taken: held('ben') },
  ],
  seatsOfBuyers: new Map([
    ['ann', 0],
    ['ben', 1],
  ]),
})

test('what is kept of a show is remembered at its entry, and follows what is committed', (t) => {
  const memory = new ShowMemory()
  memory.keep(head(1), seats())
  t.like(memory.recall(head(1)), seats())
  memory.follow(move(1, 3))
  const remembered = memory.recall(head(3))
  t.deepEqual([...(remembered?.takenSeats ?? [])], [['A-2', held('ben')]])
  t.deepEqual([...(remembered?.seatsOfBuyers ?? [])], [['ben', 1]])
})

test('nothing is remembered at another entry than the last that was seen', (t) => {
  const memory = new ShowMemory()
  memory.keep(head(1), seats())
  t.is(memory.recall(head(2)), null, 'another server has decided')
  t.is(memory.recall(head(1)), null, 'and what was found wrong is gone')

  memory.keep(head(1), seats())
  memory.follow(move(2, 3))
  t.is(memory.recall(head(3)), null, 'a batch that began elsewhere is not followed')

  memory.keep(head(1), seats())
  t.is(memory.recall({ ...head(1), hash: Buffer.from('another history') }), null)
})

test('what is forgotten is asked for again', (t) => {
  const memory = new ShowMemory()
  for (const showId of ['show-1', 'show-2']) memory.keep(head(1, showId), seats())
  memory.forget(['show-1'])
  t.is(memory.recall(head(1)), null)
  t.not(memory.recall(head(1, 'show-2')), null)
})

test('the shows that were not asked for lately make room', (t) => {
  const memory = new ShowMemory()
  for (let show = 0; show < 64; show++) memory.keep(head(1, `show-${show}`), seats())
  t.not(memory.recall(head(1, 'show-0')), null)
  memory.keep(head(1, 'one-more'), seats())
  t.not(memory.recall(head(1, 'show-0')), null)
  t.is(memory.recall(head(1, 'show-1')), null)
})

test('as many seats are remembered as there is room for, of the shows that were used last', (t) => {
  const memory = new ShowMemory()
  const hall = (seats: number) => ({
    takenSeats: new Map(Array.from({ length: seats }, (_, index) => [`A-${index}`, held('ann')])),
    seatsOfBuyers: new Map<string, number>(),
  })
  const half = limits.seatsRememberedMax / 2
  for (const showId of ['first', 'second']) memory.keep(head(1, showId), hall(half))
  t.not(memory.recall(head(1, 'first')), null)
  memory.follow({
    before: head(1, 'first'),
    after: head(2, 'first'),
    seatsOfBuyers: new Map(),
    seats: [{ seatId: 'B-1', taken: held('ben') }],
  })
  t.is(memory.recall(head(1, 'second')), null, 'one seat more, and the one that was used longest ago is gone')
  t.is(memory.recall(head(2, 'first'))?.takenSeats.size, half + 1)

  memory.keep(head(1, 'larger'), hall(limits.seatsRememberedMax + 1))
  t.is(memory.recall(head(2, 'first')), null)
  t.not(memory.recall(head(1, 'larger')), null, 'the one in use stays')
})
