// Branches of the spine that no simulated evening comes to, or one in hundreds, each with its reason. Whatever is neither here
// nor reached by a long run is a gap in the workload or in the faults.

export interface OutOfReach {
  readonly path: string
  /** How the branch begins. */
  readonly code: string
  readonly reason: string
}

const seldom =
  'seldom: a lease of three seconds has to lapse between two calls of one step; test/contract/waiting-room*.ts has it at each of them'
const forTheCompiler = 'the compiler cannot see that it is always there'

export const outOfReach: readonly OutOfReach[] = [
  {
    path: 'engine/intake.ts',
    code: "throw new HoldfastError('idempotency_mismatch')\n    // The grace",
    reason: 'an order has no body in which a repeat could differ; the store might answer anything',
  },
  {
    path: 'engine/publisher.ts',
    code: "throw new HoldfastError('overloaded'",
    reason: 'twenty thousand commands would have to wait on one server',
  },
  { path: 'engine/publisher.ts', code: '?? 0) - 1', reason: forTheCompiler },
  { path: 'engine/publisher.ts', code: '?? now', reason: forTheCompiler },
  { path: 'engine/decide.ts', code: '?? overdue', reason: forTheCompiler },
  { path: 'engine/books.ts', code: '?? 0\n  }\n\n  setReservation', reason: forTheCompiler },
  { path: 'engine/books.ts', code: '?? 0,\n      to:', reason: forTheCompiler },
  {
    path: 'engine/consumer.ts',
    code: '?.decided',
    reason: 'no evening counts its decisions: what counts them knows the released machines alone',
  },
  { path: 'engine/consumer.ts', code: '?.retried', reason: 'as above' },
  {
    path: 'engine/consumer.ts',
    code: 'throw error\n      this.#parts.log.error',
    reason: 'no batch is empty',
  },
  { path: 'engine/consumer.ts', code: ': String(error)', reason: 'nothing throws what is no error' },
  {
    path: 'engine/consumer.ts',
    code: "case 'unreadable':",
    reason: 'the simulated master keeps whatever is parked as bytes',
  },
  {
    path: 'engine/facts.ts',
    code: 'return books.seat(id, seatId) === null',
    reason:
      'seldom: another batch has to make room, or to have trouble, in the moment in which this one is loaded; test/engine/best-seats.test.ts has it',
  },
  {
    path: 'engine/aftermath.ts',
    code: 'sweep.wake(partition)',
    reason: 'five hundred holds would have to end at once, in a hall of 120 seats',
  },
  {
    path: 'engine/inlet.ts',
    code: 'throw new FencedOut(`the inlet of ',
    reason: seldom,
  },
  { path: 'engine/inlet.ts', code: 'throw new FencedOut(`another server draws', reason: seldom },
  { path: 'engine/inlet.ts', code: 'async step()', reason: 'for tests that lead a room by hand' },
  {
    path: 'engine/session-keeper.ts',
    code: 'return\n    const { userId, deadline }',
    reason: 'what is announced was committed, and the master that is asked loses nothing',
  },
]
