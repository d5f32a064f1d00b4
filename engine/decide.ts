// One decision: a subject, an event with its facts, the machine's step, the entry in the journal, and what the
// effects make of the books. The only place where an entry comes into being.
import type { Books } from './books.ts'
import { type Command, expiryId } from './command.ts'
import { applyEffects } from './effects.ts'
import { eventOf } from './facts.ts'
import { assert } from './failures.ts'
import { type JournalEntry, seal } from './journal.ts'
import { type Machines, titleOf } from './machines.ts'
import type { ReservationRow, ShowHead } from './ports.ts'
import type { ShowMemory } from './show-memory.ts'
import type { ShowPlan } from './shows.ts'
import { type MachineEvent, type MachineState, step } from './step.ts'

/** What is the same for the whole batch. */
export interface Bench {
  readonly books: Books
  readonly machines: Machines
  readonly memory: ShowMemory
  readonly plans: ReadonlyMap<string, ShowPlan>
  /** Live claims per show, for best-available to go round. */
  readonly claims: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly holdGraceMs: number
  readonly partition: number
  readonly epoch: number
  readonly decidedAt: number
}

export function decideCommand(bench: Bench, command: Command, delivery: number): JournalEntry {
  const { books, memory, decidedAt } = bench
  const plan = bench.plans.get(command.showId)
  assert(plan, `the plan of ${command.showId} was loaded`)
  const reservation = books.reservation(command.subjectId)
  const claims = bench.claims.get(command.showId) ?? new Map()
  const event = eventOf(command, { books, memory, plan, reservation, claims, decidedAt })
  const entry = decide(bench, { ...command, commandId: command.id }, event, delivery)
  assert(entry, 'every command is journaled')
  return entry
}

/** Ends what can never be decided, so that nobody waits for it and the next in line goes on. */
export function decidePark(bench: Bench, command: Command, reason: string, delivery: number): JournalEntry {
  const event = { type: 'park', reason, acceptedAt: command.acceptedAt, decidedAt: bench.decidedAt }
  const entry = decide(bench, { ...command, commandId: command.id }, event, delivery)
  assert(entry, 'every parked command is journaled')
  return entry
}

/** Null where the hold is not overdue after all: a wake-up leaves no trace. */
export function decideExpiry(bench: Bench, overdue: ReservationRow, until: number, delivery: number) {
  const { id: subjectId, showId, userId, deadline } = bench.books.reservation(overdue.id) ?? overdue
  if (deadline === null) return null
  const ask = {
    commandId: expiryId(subjectId, deadline),
    subjectId,
    showId,
    userId,
    fingerprint: '',
    acceptedAt: until,
  }
  const { holdGraceMs, decidedAt } = bench
  return decide(bench, ask, { type: 'expire', acceptedAt: until, decidedAt, holdGraceMs }, delivery)
}

type Ask = Pick<
  JournalEntry,
  'commandId' | 'showId' | 'subjectId' | 'userId' | 'fingerprint' | 'acceptedAt'
> & {
  readonly type?: string
} & Pick<JournalEntry, (typeof wishes)[number]>

/** What a command says besides, and its entry keeps; most say none of it. */
const wishes = ['bestAvailable', 'redriveOf', 'redriveBy', 'redriveReason'] as const

function wishesOf(ask: Ask): Pick<Ask, (typeof wishes)[number]> {
  const said = wishes.filter((name) => ask[name] !== undefined)
  return said.length === 0 ? {} : Object.fromEntries(said.map((name) => [name, ask[name]]))
}

function decide(bench: Bench, ask: Ask, event: MachineEvent, delivery: number): JournalEntry | null {
  const { books, decidedAt, partition, epoch } = bench
  const head = books.show(ask.showId)
  const subject = ask.subjectId === ask.showId ? showSubject(bench, head) : reservationSubject(bench, ask)
  const { machine, before, isKept } = subject

  const stepped = step(machine, before, event)
  if (event.type === 'expire' && stepped.outcome === 'refused') return null

  const isParked = event.type === 'park'
  const entry: JournalEntry = {
    showId: ask.showId,
    position: head.position + 1,
    commandId: ask.commandId,
    subjectId: ask.subjectId,
    seq: isKept ? subject.seq + 1 : null,
    userId: ask.userId,
    fingerprint: ask.fingerprint,
    machine: titleOf(machine),
    event,
    verdicts: stepped.verdicts,
    outcome: isParked ? 'parked' : stepped.outcome,
    code: stepped.code,
    from: isKept ? (before?.state ?? 'queued') : null,
    to: isKept ? stepped.state : null,
    effects: stepped.effects,
    acceptedAt: ask.acceptedAt,
    decidedAt,
    partition,
    epoch,
    delivery,
    ...wishesOf(ask),
  }
  const row = seal(entry, head.hash)
  const movesSeats = entry.effects.some(({ type }) => seatEffects.has(type))
  books.append(row, {
    ...head,
    position: entry.position,
    hash: row.hash,
    seatsRevision: movesSeats ? entry.position : head.seatsRevision,
    ...(subject.kind === 'show' ? { state: stepped.state, seq: subject.seq + 1 } : {}),
  })
  if (subject.kind === 'reservation' && isKept) {
    const { version: machineVersion } = machine
    const context = JSON.stringify(stepped.context)
    books.setReservation({
      ...(subject.row ?? newReservation(ask)),
      state: stepped.state,
      seq: subject.seq + 1,
      machineVersion,
      context,
      updatedAt: decidedAt,
    })
  }
  applyEffects(
    books,
    entry,
    subject.kind === 'reservation' ? (subject.row?.userId ?? ask.userId) : ask.userId,
  )
  return entry
}

const seatEffects = new Set(['assignSeats', 'sellSeats', 'releaseSeats'])

function showSubject({ machines }: Bench, head: ShowHead) {
  const before: MachineState = { state: head.state, context: {} }
  const machine = machines.version('show', head.machineVersion)
  return { kind: 'show', machine, before, seq: head.seq, isKept: true } as const
}

function reservationSubject({ books, machines }: Bench, { subjectId, type }: Ask) {
  const row = books.reservation(subjectId)
  const machine = row ? machines.version('reservation', row.machineVersion) : machines.active('reservation')
  const before: MachineState | null = row && { state: row.state, context: JSON.parse(row.context) }
  // Only a reserve command makes a reservation; the journal keeps what others asked of one that never was.
  const isKept = row !== null || type === 'reserve'
  return { kind: 'reservation', machine, before, seq: row?.seq ?? 0, isKept, row } as const
}

const newReservation = ({ subjectId: id, showId, userId, acceptedAt }: Ask): ReservationRow => ({
  id,
  showId,
  userId,
  state: 'queued',
  seq: 0,
  machineVersion: 0,
  seatCount: 0,
  deadline: null,
  context: '{}',
  createdAt: acceptedAt,
  updatedAt: acceptedAt,
})
