// From the clients' notes to what happened to each seat, as they saw it.
import type { RequestEvidence, ToldDecision } from '../auditor/evidence.ts'
import { isLinearizable, type Operation } from './check.ts'

/** How far the clocks of clients and servers may be apart, beyond what is known. */
const clockSlackMs = 500

interface Command {
  readonly type: string
  readonly target: string
  readonly calledAt: number
  readonly answeredAt: number
  /** Null where none was heard. */
  readonly decision: ToldDecision | null
  readonly body: string
}

interface HeldBody {
  readonly id: string
  readonly seats: readonly { readonly id: string }[]
  readonly holdExpiresAt: string
}

export interface SeatVerdict {
  readonly seats: number
  readonly operations: number
  /** Of each seat whose history nothing explains. */
  readonly violations: readonly { readonly seatId: string; readonly operations: readonly Operation[] }[]
}

/**
 * @param requests of one show, from its beginning
 * @param epochMs what a moment of zero in the notes is, in ms since the epoch
 */
export function checkSeats(requests: readonly RequestEvidence[], epochMs: number): SeatVerdict {
  const histories = new Map<string, Operation[]>()
  const add = (seatId: string, operation: Operation) => {
    const known = histories.get(seatId)
    if (known) known.push(operation)
    else histories.set(seatId, [operation])
  }
  const commands = commandsOf(requests)
  const seatsOf = new Map<string, readonly string[]>()
  for (const command of commands.filter(({ type }) => type === 'reserve'))
    readReserve(command, epochMs, add, seatsOf)
  for (const command of commands.filter(({ type }) => type === 'pay' || type === 'cancel'))
    for (const seatId of seatsOf.get(command.target) ?? []) readEnd(command, seatId, add)
  const violations = [...histories].flatMap(([seatId, operations]) =>
    isLinearizable(operations) ? [] : [{ seatId, operations }],
  )
  const operations = [...histories.values()].reduce((sum, each) => sum + each.length, 0)
  return { seats: histories.size, operations, violations }
}

/** Repeats under one key are one command, from the first call to the first answer. */
function commandsOf(requests: readonly RequestEvidence[]): Command[] {
  const repeats = Map.groupBy(requests, ({ userId, type, target, idempotencyKey }) =>
    [userId, type, target, idempotencyKey].join(' '),
  )
  return [...repeats.values()].flatMap((same) => {
    const sent = same.filter(({ told }) => told.is !== 'refused')
    const [first] = sent
    if (first === undefined) return []
    const decided = sent.flatMap(({ told, toldAt }) =>
      told.is === 'decided' ? [{ decision: told.decision, toldAt }] : [],
    )
    const decision = decided.find((each) => each.decision.code !== 'idempotency_mismatch')?.decision ?? null
    return [
      {
        type: first.type,
        target: first.target,
        body: first.body,
        decision,
        calledAt: Math.min(...sent.map(({ sentAt }) => sentAt)),
        answeredAt: Math.min(Number.POSITIVE_INFINITY, ...decided.map(({ toldAt }) => toldAt)),
      },
    ]
  })
}

type Add = (seatId: string, operation: Operation) => void

function readReserve(
  command: Command,
  epochMs: number,
  add: Add,
  seatsOf: Map<string, readonly string[]>,
): void {
  const { decision, calledAt, answeredAt } = command
  if (decision === null) {
    // It may have held what it asked for, under an id that nobody was told.
    const { seatIds } = JSON.parse(command.body) as { seatIds?: string[] }
    if (seatIds === undefined) throw new Error('a best-available request without an answer can be any seat')
    const reservation = `unknown since ${calledAt}`
    for (const seatId of seatIds) {
      const maybe = { reservation, calledAt, answeredAt: Number.POSITIVE_INFINITY, isCertain: false }
      add(seatId, { ...maybe, effect: 'hold' })
      add(seatId, { ...maybe, effect: 'free' })
    }
    return
  }
  if (decision.outcome === 'accepted') {
    const { id, seats, holdExpiresAt } = decision.details as HeldBody
    const expiresAt = Date.parse(holdExpiresAt) - epochMs - clockSlackMs
    seatsOf.set(
      id,
      seats.map((seat) => seat.id),
    )
    for (const seat of seats) {
      add(seat.id, { effect: 'hold', reservation: id, calledAt, answeredAt, isCertain: true })
      const ends = { answeredAt: Number.POSITIVE_INFINITY, isCertain: false }
      add(seat.id, { effect: 'free', reservation: id, calledAt: expiresAt, ...ends })
    }
    return
  }
  const { seatsTaken } = decision.details as { seatsTaken: readonly string[] | null }
  for (const seatId of seatsTaken ?? [])
    add(seatId, { effect: 'see taken', reservation: null, calledAt, answeredAt, isCertain: true })
}

function readEnd({ type, target, decision, calledAt, answeredAt }: Command, seatId: string, add: Add): void {
  if (decision?.outcome === 'refused') return
  const effect = type === 'pay' ? 'sell' : 'free'
  add(seatId, { effect, reservation: target, calledAt, answeredAt, isCertain: decision !== null })
}
